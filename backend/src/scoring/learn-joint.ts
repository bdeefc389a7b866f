import type { JointHistory } from '../detection/kinds/joint.ts';
import type { BandReader } from '../jobs/band-reader.ts';
import type { JobSources } from '../jobs/job-sources.ts';
import { labelKey } from '../timeseries/series.ts';
import type { LiveJob } from './live-job.ts';

/** Enough to learn how metrics move together; a week at 10 minutes. */
const learnedSteps = 1_000;

export interface LearnDeps {
  readonly sources: JobSources;
  readonly bands: Pick<BandReader, 'readBands'>;
  readonly maxSeries: number;
  readonly nowMs: number;
}

/**
 * Reads the newest history of a job that looks at several metrics as one, and what was forecast of it.
 * @throws AppError `source_…`, `too_many_series` for a set of more metrics than can be judged together
 */
export async function learnJoint(job: LiveJob, deps: LearnDeps, signal: AbortSignal): Promise<void> {
  if (!job.kinds.has('joint')) {
    return;
  }
  const { spec, trainedToMs = 0 } = job.record;
  const { stepMs } = job.rules;
  const endMs = Math.min(trainedToMs, deps.sources.newestMs(spec, deps.nowMs, stepMs));
  const startMs = endMs - (learnedSteps - 1) * stepMs;
  const query = { promql: spec.query, startMs, endMs, stepMs, maxSeries: deps.maxSeries };
  const answer = await deps.sources.storeOf(spec).queryRange(query, signal);
  const known = job.series.filter(({ hasBand }) => hasBand);
  const bands = await deps.bands.readBands(
    known.map(({ id }) => id),
    startMs,
    endMs
  );
  const histories = new Map<string, JointHistory>();
  for (const { labels, values } of answer.series) {
    const series = job.byKey.get(labelKey(labels));
    const band = series === undefined ? undefined : bands.get(series.id);
    if (series !== undefined && band !== undefined) {
      const first = Math.round((startMs - band.startMs) / stepMs);
      const residuals = values.map((value, i) => value - (band.expected[first + i] ?? NaN));
      histories.set(series.id, { id: series.id, name: nameOf(series.labels), residuals });
    }
  }
  job.kinds.learnJoint(known, histories);
}

function nameOf(labels: Readonly<Record<string, string>>): string {
  const { __name__: name = '', ...others } = labels;
  const text = Object.entries(others).map(([key, value]) => `${key}="${value}"`);
  return text.length === 0 ? name : `${name}{${text.join(', ')}}`;
}
