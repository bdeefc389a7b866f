import { queryOptions, useQuery } from '@tanstack/react-query';
import { AlertRows, type AlertRuleFormat } from '../../backend/src/contract/index.ts';
import { send, sendForText } from './client.ts';
import { endpoints } from './endpoints.ts';

const refreshMs = 30_000;

/** Alerts of every source that answers; asked again every 30 s while the panel is shown and the backend answers. */
export function useAlerts() {
  return useQuery({
    queryKey: ['alerts'],
    queryFn: ({ signal }) => send(endpoints.listAlerts(), AlertRows, signal),
    refetchInterval: ({ state }) => (state.status === 'error' ? false : refreshMs),
  });
}

/** A file of alert rules that watches a job's series. */
export function alertRulesQuery(job: string, format: AlertRuleFormat) {
  return queryOptions({
    queryKey: ['alert-rules', job, format],
    queryFn: ({ signal }) => sendForText(endpoints.alertRules(job, format), signal),
  });
}
