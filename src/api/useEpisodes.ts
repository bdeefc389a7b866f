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

const panelMs = 30_000;
/** The most that a page holds: more alerts at once are one failure, which no row's button heals. */
const mostOpen = 500;

/** Episodes that are open now, for lists of alerts. */
export function useOpenEpisodes() {
  return useQuery({
    queryKey: [...remediationKey, 'open-episodes'],
    queryFn: async ({ signal }) =>
      (await send(endpoints.listEpisodes({ state: 'open', limit: mostOpen }), EpisodePage, signal)).items,
    refetchInterval: ({ state }) => (state.status === 'error' ? false : panelMs),
  });
}
