import { QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { createQueryClient } from '../api/queryClient.ts';
import type { ForecastModalProps } from './forecastModalProps.ts';
import { ForecastView } from './ForecastView.tsx';

/**
 * The body of the modal. Grafana mounts it outside our app's tree, so it brings its own query client;
 * closing it unmounts the tree, which aborts what still runs.
 */
export default function ForecastModal(props: ForecastModalProps) {
  const [client] = useState(createQueryClient);
  return (
    <QueryClientProvider client={client}>
      <ForecastView {...props} />
    </QueryClientProvider>
  );
}
