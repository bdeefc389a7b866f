import { useMutation, useQuery } from '@tanstack/react-query';
import { ConnectionReport, pageOf, SourceSummary, Status } from '../../backend/src/contract/index.ts';
import { send } from './client.ts';
import { endpoints } from './endpoints.ts';

const refreshMs = 30_000;

/** The backend's state; asked again every 30 s while the page is open and the backend answers. */
export function useStatus() {
  return useQuery({
    queryKey: ['status'],
    queryFn: ({ signal }) => send(endpoints.status(), Status, signal),
    refetchInterval: ({ state }) => (state.status === 'error' ? false : refreshMs),
  });
}

const SourcePage = pageOf(SourceSummary);

/** The sources that a job can read. */
export function useSources() {
  return useQuery({
    queryKey: ['sources'],
    queryFn: async ({ signal }) => (await send(endpoints.sources(), SourcePage, signal)).items,
  });
}

/** Tests one source from the backend's side. */
export function useSourceCheck() {
  return useMutation({
    mutationFn: (name: string) => send(endpoints.checkSource(name), ConnectionReport, AbortSignal.timeout(60_000)),
  });
}
