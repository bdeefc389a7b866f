import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { z } from 'zod';
import { CapacityRow } from '../../backend/src/contract/index.ts';
import { send } from './client.ts';
import { endpoints } from './endpoints.ts';

/** Estimates change about once an hour; a new job has its first within minutes. */
const refreshMs = 30_000;

const Rows = z.object({ items: z.array(CapacityRow) });

/** All capacity rows, asked again while they are shown; with `beforeMs` their probabilities are those of a crossing before that instant. */
export function useCapacity(beforeMs?: number) {
  return useQuery({
    queryKey: ['capacity', beforeMs],
    queryFn: async ({ signal }) => (await send(endpoints.listCapacity({ beforeMs }), Rows, signal)).items,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.status === 'error' ? false : refreshMs),
  });
}
