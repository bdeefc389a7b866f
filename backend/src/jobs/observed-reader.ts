import type { Clock } from '../clock.ts';
import type { JobSpec } from '../contract/job.ts';
import { AppError } from '../errors.ts';
import { labelKey } from '../timeseries/series.ts';
import type { ObservedSeries } from './band-reader.ts';
import { seriesIdOf } from './job-record.ts';
import { jobDurations } from './job-spec-faults.ts';
import type { JobSources } from './job-sources.ts';

const keptMs = 15_000;
const maxKept = 64;
const deadlineMs = 30_000;
const maxPoints = 100_000;

interface Kept {
  readonly atMs: number;
  readonly answer: Promise<readonly ObservedSeries[]>;
}

export interface ObservedReaderDeps {
  readonly sources: JobSources;
  readonly clock: Clock;
  readonly maxSeries: number;
}

/** Observed values of jobs; an answer serves everyone who asks the same within 15 s. */
export class ObservedReader {
  readonly #deps: ObservedReaderDeps;
  readonly #kept = new Map<string, Kept>();

  constructor(deps: ObservedReaderDeps) {
    this.#deps = deps;
  }

  /**
   * Values of all series of a job in [startMs, endMs], on its grid; none newer than what has arrived for sure.
   * @throws AppError `source_…`, `too_many_series`, or `invalid_request` for a range of too many points
   */
  async read(
    spec: JobSpec,
    range: { readonly startMs: number; readonly endMs: number },
    signal: AbortSignal
  ): Promise<readonly ObservedSeries[]> {
    signal.throwIfAborted();
    const { stepMs } = jobDurations(spec);
    const startMs = Math.ceil(range.startMs / stepMs) * stepMs;
    const nowMs = this.#deps.clock.nowMs();
    const newestMs = this.#deps.sources.newestMs(spec, nowMs, stepMs);
    const endMs = Math.min(newestMs, Math.floor(range.endMs / stepMs) * stepMs);
    if (startMs > endMs) {
      return [];
    }
    if ((endMs - startMs) / stepMs > maxPoints) {
      throw new AppError('invalid_request', `expected a range of at most ${maxPoints} steps of ${spec.step}`);
    }
    const key = JSON.stringify([spec.name, spec.source, spec.query, startMs, endMs, stepMs]);
    const kept = this.#kept.get(key);
    if (kept !== undefined && nowMs - kept.atMs < keptMs) {
      return await abortable(kept.answer, signal);
    }
    const answer = this.#query(spec, startMs, endMs);
    this.#keep(key, { atMs: nowMs, answer });
    return await abortable(answer, signal);
  }

  #keep(key: string, kept: Kept): void {
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    // a failure is told to those who wait for it, and not kept for others
    kept.answer.catch(() => {
      if (this.#kept.get(key) === kept) {
        this.#kept.delete(key);
      }
    });
    for (const [oldKey, old] of this.#kept) {
      if (this.#kept.size > maxKept || kept.atMs - old.atMs >= keptMs) {
        this.#kept.delete(oldKey);
      }
    }
  }

  // Not bound to one caller's signal: others may wait for the same answer.
  async #query(spec: JobSpec, startMs: number, endMs: number): Promise<readonly ObservedSeries[]> {
    const { stepMs } = jobDurations(spec);
    const query = { promql: spec.query, startMs, endMs, stepMs, maxSeries: this.#deps.maxSeries };
    const answer = await this.#deps.sources.storeOf(spec).queryRange(query, AbortSignal.timeout(deadlineMs));
    return answer.series.map(({ labels, values, ...grid }) => ({
      seriesId: seriesIdOf(spec.name, labelKey(labels)),
      labels,
      // an infinite value can't be drawn or scored
      series: { ...grid, values: values.map((value) => (Number.isFinite(value) ? value : NaN)) },
    }));
  }
}

/** The promise's outcome, or the signal's reason when that comes first. */
async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => {
    reject(signal.reason as Error);
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
