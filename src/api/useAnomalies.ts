import {
  keepPreviousData,
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import {
  AnomalyRecord,
  ChangeRecord,
  JobForecast,
  JudgedAnomaly,
  pageOf,
  VerdictPreview,
  type Verdict,
} from '../../backend/src/contract/index.ts';
import { z } from 'zod';
import { send } from './client.ts';
import { endpoints, type AnomalyFilter } from './endpoints.ts';
import { useServerEvents } from './useServerEvents.ts';

const anomalyKeys = {
  all: ['anomalies'] as const,
  list: (filter: AnomalyFilter) => [...anomalyKeys.all, 'list', filter] as const,
  one: (id: string) => [...anomalyKeys.all, 'one', id] as const,
};

const changeDeadlineMs = 60_000;
const deadline = () => AbortSignal.timeout(changeDeadlineMs);
const AnomalyPage = pageOf(AnomalyRecord);
const Changes = z.object({ items: z.array(ChangeRecord) });

/** Anomalies that match the filter, newest first, a page at a time. */
export function useAnomalies(filter: AnomalyFilter) {
  return useInfiniteQuery({
    queryKey: anomalyKeys.list(filter),
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      send(endpoints.listAnomalies({ ...filter, cursor: pageParam }), AnomalyPage, signal),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function anomalyQuery(id: string) {
  return queryOptions({
    queryKey: anomalyKeys.one(id),
    enabled: id !== '',
    queryFn: ({ signal }) => send(endpoints.getAnomaly(id), AnomalyRecord, signal),
  });
}

export function useAnomaly(id: string) {
  return useQuery(anomalyQuery(id));
}

/** Values, band and regions around one anomaly. */
export function useAnomalyChart(id: string) {
  return useQuery({
    queryKey: [...anomalyKeys.one(id), 'chart'],
    queryFn: ({ signal }) => send(endpoints.anomalyChart(id), JobForecast, signal),
  });
}

/** What a verdict would change; asked for once it is chosen. */
export function useVerdictPreview(id: string, verdict: Verdict | undefined) {
  return useQuery({
    queryKey: [...anomalyKeys.one(id), 'verdict-preview', verdict],
    enabled: verdict !== undefined,
    queryFn: ({ signal }) => send(endpoints.previewVerdict(id, verdict ?? 'real'), VerdictPreview, signal),
  });
}

export interface Judgement {
  readonly verdict: Verdict | null;
  /** Also change the setting that the preview named. */
  readonly apply: boolean;
}

/** Says what an anomaly was, or takes it back. */
export function useJudge(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ verdict, apply }: Judgement) =>
      send(endpoints.judgeAnomaly(id, verdict, apply), JudgedAnomaly, deadline()),
    onSuccess: ({ setting: _setting, ...record }) => {
      client.setQueryData(anomalyQuery(id).queryKey, record);
      return client.invalidateQueries({ queryKey: anomalyKeys.all });
    },
  });
}

/** Accepts a change of level as the new normal, or rejects it. */
export function useLevelDecision(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (decision: 'accepted' | 'rejected') =>
      send(endpoints.decideLevel(id, decision), AnomalyRecord, deadline()),
    onSuccess: (record) => {
      client.setQueryData(anomalyQuery(id).queryKey, record);
      return client.invalidateQueries({ queryKey: anomalyKeys.all });
    },
  });
}

/** Deploys and other changes in a range of time. */
export function useChanges(range: { readonly fromMs: number; readonly toMs: number }) {
  return useQuery({
    queryKey: ['changes', range],
    queryFn: ({ signal }) => send(endpoints.listChanges(range), Changes, signal),
  });
}

const pollMs = 15_000;

/** Keeps everything about anomalies as fresh as the backend knows it: by events, or by asking every 15 s. */
export function useAnomalyEvents(): void {
  const client = useQueryClient();
  const refresh = () => void client.invalidateQueries({ queryKey: anomalyKeys.all });
  useServerEvents({ onEvent: ({ kind }) => kind === 'anomaly' && refresh(), poll: refresh, pollMs });
}
