import type { DataQuery } from '@grafana/data';
import { getTemplateSrv } from '@grafana/runtime';
import { formatDurationMs, type JobSpecInput } from '../../backend/src/contract/index.ts';
import { readProperty, type QueryContext } from '../extensions/readContext.ts';
import type { ForecastChoices } from './ForecastControls.tsx';
import type { PanelSeries } from './seriesFromFrames.ts';
import { trainingStepMs, trainingWindowsMs } from './training.ts';

export interface DraftSource {
  readonly context: QueryContext;
  readonly title: string;
  readonly series: PanelSeries;
  readonly choices: ForecastChoices;
  readonly unit: string | undefined;
}

/** Lower-case letters, digits and single dashes, at most 63: what a job may be called. */
export function jobNameOf(title: string): string {
  const name = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replaceAll(/^-+|-+$/g, '');
  return name === '' ? 'forecast' : name;
}

/**
 * PromQL of a target with dashboard variables replaced; Grafana's interval variables become fixed lengths,
 * since the backend asks at its own step.
 * @returns undefined when the target is not a Prometheus query
 */
function promqlOf(target: DataQuery | undefined, context: QueryContext, stepMs: number): string | undefined {
  const expr = readProperty(target, 'expr');
  if (typeof expr !== 'string' || expr.trim() === '') {
    return undefined;
  }
  const window = formatDurationMs(Math.max(4 * stepMs, 240_000));
  const step = formatDurationMs(stepMs);
  const fixed = {
    ...context.scopedVars,
    __interval: { text: step, value: step },
    __interval_ms: { text: String(stepMs), value: stepMs },
    __rate_interval: { text: window, value: window },
    __range: { text: '1d', value: '1d' },
  };
  return getTemplateSrv().replace(expr, fixed);
}

/** A job that would keep what the modal shows; the user may change all of it. */
export function jobDraft({ context, title, series, choices, unit }: DraftSource): JobSpecInput | undefined {
  const stepMs = trainingStepMs(trainingWindowsMs[choices.training]);
  const target = context.targets.find(({ refId }) => refId === series.refId) ?? context.targets[0];
  const query = promqlOf(target, context, stepMs);
  if (query === undefined) {
    return undefined;
  }
  const allPositive = series.values.every((value) => value === null || value >= 0);
  return {
    name: jobNameOf(title),
    ...(title === '' ? {} : { title }),
    query,
    step: formatDurationMs(stepMs),
    training: choices.training,
    horizon: choices.horizon,
    direction: 'both',
    sensitivity: choices.alertsPerWeek,
    ...(unit === undefined ? {} : { unit }),
    ...(allPositive ? { range: { min: 0 } } : {}),
  };
}
