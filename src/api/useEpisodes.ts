import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Episode, EpisodeDetail, pageOf, type EpisodeListQuery } from '../../backend/src/contract/index.ts';
import { send } from './client.ts';
import { endpoints, type ListFilter } from './endpoints.ts';
import { remediationKey } from './useRemediation.ts';

const refreshMs = 10_000;
const EpisodePage = pageOf(Episode);

/** Episodes that match, newest first, a page at a time. */
export function useEpisodes(filter: ListFilter<EpisodeListQuery>) {
  return useInfiniteQuery({
    queryKey: [...remediationKey, 'episodes', filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      send(endpoints.listEpisodes({ ...filter, cursor: pageParam }), EpisodePage, signal),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    refetchInterval: ({ state }) => (state.status === 'error' ? false : refreshMs),
  });
}

/** One episode with what the policies thought of it and what was run. */
export function useEpisode(id: string) {
  return useQuery({
    queryKey: [...remediationKey, 'episode', id],
    queryFn: ({ signal }) => send(endpoints.getEpisode(id), EpisodeDetail, signal),
    refetchInterval: ({ state }) => (state.status === 'error' ? false : refreshMs),
  });
}
