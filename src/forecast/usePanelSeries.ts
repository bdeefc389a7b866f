import type { DataQuery, ScopedVars } from '@grafana/data';
import { getTemplateSrv } from '@grafana/runtime';
import { useQuery } from '@tanstack/react-query';
import { runPanelQueries, type QueryFault } from './panelQueries.ts';
import { seriesFromFrames, type PanelSeries } from './seriesFromFrames.ts';
import { trainingStepMs } from './training.ts';

export interface PanelHistoryOptions {
  readonly targets: readonly DataQuery[];
  readonly scopedVars: ScopedVars;
  readonly timeZone: string;
  readonly windowMs: number;
  /** The end of the history. */
  readonly nowMs: number;
}

export interface PanelHistory {
  readonly series: readonly PanelSeries[];
  readonly skippedFrames: number;
  readonly faults: readonly QueryFault[];
  readonly stepMs: number;
}

/** Names of the data, with variables replaced: two panels whose variables differ must not share an answer. */
function historyKey(options: PanelHistoryOptions, endMs: number) {
  const targets = getTemplateSrv().replace(JSON.stringify(options.targets), options.scopedVars);
  return ['panel-history', targets, options.timeZone, options.windowMs, endMs] as const;
}

/**
 * A panel's own queries over the training window that ends at the last full step: dashboards that refresh every
 * few seconds ask once a step.
 */
export function usePanelSeries(options: PanelHistoryOptions) {
  const stepMs = trainingStepMs(options.windowMs);
  const toMs = Math.floor(options.nowMs / stepMs) * stepMs;
  return useQuery({
    queryKey: historyKey(options, toMs),
    enabled: options.targets.length > 0,
    staleTime: Infinity,
    queryFn: async ({ signal }): Promise<PanelHistory> => {
      const { targets, scopedVars, timeZone, windowMs } = options;
      const answer = await runPanelQueries(
        { targets, scopedVars, timeZone, fromMs: toMs - windowMs, toMs, stepMs },
        signal
      );
      return { ...seriesFromFrames(answer.frames), faults: answer.faults, stepMs };
    },
  });
}
