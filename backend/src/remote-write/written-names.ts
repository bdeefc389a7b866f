import type { JobSpec } from '../contract/job.ts';
import { formatDurationMs } from '../contract/duration.ts';
import { type Dialect, namesOfJob, type OwnName } from '../facade/own-names.ts';

/** What a written series holds: a figure at each sample's own instant, or what was forecast then for a horizon. */
export type WrittenFigure = 'expected' | 'lower' | 'upper' | 'score' | 'anomalous';

export interface WrittenName extends Pick<OwnName, 'metric' | 'labels'> {
  readonly figure: WrittenFigure;
  /** Undefined: the figure belongs to the sample's instant. */
  readonly horizonMs: number | undefined;
}

const dayMs = 86_400_000;

/** `24h`, `1h30m`, `7d`: a day is said in hours, as dashboards and rules name it. */
export function horizonText(horizonMs: number): string {
  return horizonMs === dayMs ? '24h' : formatDurationMs(horizonMs);
}

/**
 * The names under which a job's results are written: those of its served series for what the source does not already
 * have, with the widest level's bounds. Forecasts for a horizon are stamped with the instant at which they were made,
 * since samples ahead of the clock make Mimir refuse the live ones of the whole tenant.
 */
export function writtenNames(
  job: JobSpec,
  dialects: readonly Dialect[],
  horizonsMs: readonly number[]
): readonly WrittenName[] {
  const widest = Math.max(...job.levels);
  const names = namesOfJob(job).flatMap(({ metric, dialect, figure, labels }): WrittenName[] => {
    const isWritten =
      dialects.includes(dialect) &&
      figure.kind !== 'observed' &&
      !('levelPercent' in figure && figure.levelPercent !== widest);
    return isWritten ? [{ metric, labels, figure: figure.kind, horizonMs: undefined }] : [];
  });
  const forecasts = names.filter(({ figure }) => figure === 'expected' || figure === 'lower' || figure === 'upper');
  const ahead = horizonsMs.flatMap((horizonMs) =>
    forecasts.map((name) => ({ ...name, labels: { ...name.labels, horizon: horizonText(horizonMs) }, horizonMs }))
  );
  return [...names, ...ahead];
}
