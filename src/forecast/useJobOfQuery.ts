import { useQuery } from '@tanstack/react-query';
import { send } from '../api/client.ts';
import { endpoints } from '../api/endpoints.ts';
import { jobKeys } from '../api/useJobs.ts';
import { JobSummary, pageOf } from '../../backend/src/contract/index.ts';

const JobPage = pageOf(JobSummary);
/** What the list of jobs takes as a search. */
const mostSearched = 200;

const plain = (query: string) => query.replaceAll(/\s+/g, ' ').trim();

/** The job that keeps this very query; null when there is none, undefined until it is known. */
export function useJobOfQuery(query: string | undefined) {
  return useQuery({
    queryKey: [...jobKeys.all, 'of-query', query],
    enabled: query !== undefined,
    queryFn: async ({ signal }) => {
      const search = (query ?? '').trim().slice(0, mostSearched);
      const page = await send(endpoints.listJobs({ search, state: 'all' }), JobPage, signal);
      return page.items.find(({ spec }) => plain(spec.query) === plain(query ?? '')) ?? null;
    },
  });
}
