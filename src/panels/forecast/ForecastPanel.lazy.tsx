import type { PanelProps } from '@grafana/data';
import { QueryClientProvider } from '@tanstack/react-query';
import { panelQueryClient } from '../../api/queryClient.ts';
import { JobPanel } from './JobPanel.tsx';
import type { ForecastPanelOptions } from './options.ts';
import { QueryPanel } from './QueryPanel.tsx';

/** The Forecast panel: its own query forecast on the fly, or a job's trained bands. */
export default function ForecastPanel(props: PanelProps<ForecastPanelOptions>) {
  return (
    <QueryClientProvider client={panelQueryClient}>
      {props.options.source === 'job' ? <JobPanel {...props} /> : <QueryPanel {...props} />}
    </QueryClientProvider>
  );
}
