import { QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { createQueryClient } from '../api/queryClient.ts';
import type { RemediateProps } from './remediateProps.ts';
import { RemediateView } from './RemediateView.tsx';

/** The body of the modal. Grafana mounts it outside our app's tree, so it brings its own query client. */
export default function RemediateModal(props: RemediateProps) {
  const [client] = useState(createQueryClient);
  return (
    <QueryClientProvider client={client}>
      <RemediateView {...props} />
    </QueryClientProvider>
  );
}
