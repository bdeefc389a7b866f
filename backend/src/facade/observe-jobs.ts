import { parseDurationMs } from '../contract/duration.ts';
import type { JobSpec } from '../contract/job.ts';
import { AppError } from '../errors.ts';
import type { BandReader } from '../jobs/band-reader.ts';
import type { RegularSeries } from '../timeseries/series.ts';
import { presentHoldMs } from './figures.ts';

const jobsAtOnce = 4;

interface Observations {
  readonly bySeriesId: ReadonlyMap<string, RegularSeries>;
  readonly warnings: readonly string[];
}

/**
 * What the sources of some jobs observed in a span that ends at now at the latest.
 * A source that does not answer makes a warning, not an error: forecasts are served without it.
 */
export async function observeJobs(
  bands: BandReader,
  jobs: readonly JobSpec[],
  span: { readonly startMs: number; readonly endMs: number; readonly nowMs: number },
  signal: AbortSignal
): Promise<Observations> {
  const bySeriesId = new Map<string, RegularSeries>();
  const warnings: string[] = [];
  for (let i = 0; i < jobs.length; i += jobsAtOnce) {
    await Promise.all(jobs.slice(i, i + jobsAtOnce).map(observe));
  }
  return { bySeriesId, warnings };

  async function observe(job: JobSpec): Promise<void> {
    const startMs = span.startMs - presentHoldMs(parseDurationMs(job.step) ?? 0);
    const endMs = Math.min(span.endMs, span.nowMs);
    if (startMs > endMs) {
      return;
    }
    try {
      const observed = await bands.observed(job.name, { startMs, endMs }, signal);
      observed.forEach(({ seriesId, series }) => bySeriesId.set(seriesId, series));
    } catch (error) {
      if (!(error instanceof AppError) || signal.aborted) {
        throw error;
      }
      warnings.push(`observed values and scores of ${job.name} are missing: ${error.message}`);
    }
  }
}
