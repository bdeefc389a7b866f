import { QueryClient } from '@tanstack/react-query';

/**
 * A client that does not hammer a backend that is down: nothing is retried by itself, and a fresh answer is kept.
 * @returns one client for each tree of components; panels share `panelQueryClient`
 */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry: false, staleTime: 15_000, refetchOnWindowFocus: false },
      mutations: { retry: false },
    },
  });
}

/** All forecast panels of a page: two panels with one query ask once. */
export const panelQueryClient = createQueryClient();
