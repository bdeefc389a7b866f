import type { JobSpec } from '../contract/job.ts';
import { type Dialect, ownLabels } from '../facade/own-names.ts';
import type { HorizonForecast, SeriesScores, TickScores } from '../scoring/tick-scores.ts';
import type { Labels } from '../timeseries/series.ts';
import { encodeLabels, type SampleColumns, WriteRequestEncoder } from './write-request-encoder.ts';
import { type WrittenName, writtenNames } from './written-names.ts';

/** What Prometheus itself sends at most in one request, and so what every receiver is set up for. */
export const maxSamplesPerRequest = 2_000;

/** A message that is ready to be sent. */
export interface WriteRequest {
  /** Protobuf in snappy's block format. */
  readonly body: Uint8Array;
  readonly samples: number;
  readonly newestMs: number;
}

export interface EncodedTick {
  readonly requests: readonly WriteRequest[];
  /** Samples that were not written because their instant is after now. */
  readonly futureSamples: number;
}

/** What a job's results are called, and the label sets of its series under all those names, encoded. */
interface JobBlocks {
  readonly horizonsMs: readonly number[];
  readonly names: readonly WrittenName[];
  readonly ofSeries: WeakMap<Labels, readonly Uint8Array[]>;
}

/** Turns ticks into remote-write messages in the given dialects. Keeps the encoded labels of series that it has seen. */
export class TickEncoder {
  readonly #dialects: readonly Dialect[];
  readonly #encoder = new WriteRequestEncoder();
  readonly #jobs = new WeakMap<JobSpec, JobBlocks>();
  #requests: WriteRequest[] = [];
  #samples = 0;
  #newestMs = 0;

  constructor(dialects: readonly Dialect[]) {
    this.#dialects = dialects;
  }

  /** One message for every 2,000 samples; samples later than `nowMs` are left out and counted. */
  encode({ job, series }: TickScores, nowMs: number): EncodedTick {
    this.#requests = [];
    let futureSamples = 0;
    for (const one of series) {
      const known = this.#blocksOf(job, one.horizons);
      const count = countUntil(one.timesMs, nowMs);
      futureSamples += (one.timesMs.length - count) * known.names.length;
      this.#addSeries(one, count, { job, known });
    }
    this.#finish();
    return { requests: this.#requests, futureSamples };
  }

  #addSeries(series: SeriesScores, count: number, { job, known }: { job: JobSpec; known: JobBlocks }): void {
    if (count === 0) {
      return;
    }
    const { names, ofSeries } = known;
    const blocks =
      ofSeries.get(series.labels) ?? names.map((name) => encodeLabels(ownLabels(name, series.labels, job)));
    ofSeries.set(series.labels, blocks);
    const lastMs = series.timesMs.subarray(count - 1, count);
    for (const [i, name] of names.entries()) {
      const samples =
        name.horizonMs === undefined
          ? { timesMs: series.timesMs, values: valuesOf(series, name.figure), count }
          : { timesMs: lastMs, values: [horizonValue(series.horizons, name)], count: 1 };
      this.#add(blocks[i] ?? new Uint8Array(), samples);
    }
  }

  #add(labels: Uint8Array, { timesMs, values, count }: SampleColumns): void {
    for (let from = 0; from < count; from += maxSamplesPerRequest) {
      const to = Math.min(count, from + maxSamplesPerRequest);
      if (this.#samples + to - from > maxSamplesPerRequest) {
        this.#finish();
      }
      const part = from === 0 && to === count ? { timesMs, values, count } : slice(timesMs, values, [from, to]);
      const written = this.#encoder.addSeries(labels, part);
      this.#samples += written;
      this.#newestMs = written === 0 ? this.#newestMs : Math.max(this.#newestMs, timesMs[to - 1] ?? 0);
    }
  }

  #finish(): void {
    if (this.#samples > 0) {
      this.#requests.push({ body: this.#encoder.finish(), samples: this.#samples, newestMs: this.#newestMs });
    }
    this.#samples = 0;
    this.#newestMs = 0;
  }

  #blocksOf(job: JobSpec, horizons: readonly HorizonForecast[]): JobBlocks {
    const kept = this.#jobs.get(job);
    if (kept !== undefined && sameHorizons(kept.horizonsMs, horizons)) {
      return kept;
    }
    const horizonsMs = horizons.map(({ horizonMs }) => horizonMs);
    const made = { horizonsMs, names: writtenNames(job, this.#dialects, horizonsMs), ofSeries: new WeakMap() };
    this.#jobs.set(job, made);
    return made;
  }
}

function slice(
  timesMs: ArrayLike<number>,
  values: ArrayLike<number>,
  [from, to]: readonly [number, number]
): SampleColumns {
  return {
    timesMs: Array.from(timesMs).slice(from, to),
    values: Array.from(values).slice(from, to),
    count: to - from,
  };
}

/** How many of the ascending instants are not after now. */
function countUntil(timesMs: Float64Array, nowMs: number): number {
  let count = timesMs.length;
  while (count > 0 && (timesMs[count - 1] ?? 0) > nowMs) {
    count -= 1;
  }
  return count;
}

function sameHorizons(horizonsMs: readonly number[], horizons: readonly HorizonForecast[]): boolean {
  return horizonsMs.length === horizons.length && horizonsMs.every((ms, i) => ms === horizons[i]?.horizonMs);
}

function valuesOf(series: SeriesScores, figure: WrittenName['figure']): ArrayLike<number> {
  switch (figure) {
    case 'expected':
      return series.expected;
    case 'lower':
      return series.lower;
    case 'upper':
      return series.upper;
    case 'score':
      return series.scores;
    case 'anomalous':
      return sides(series);
  }
}

/** 1 above the band, -1 below it, 0 inside, NaN where nothing is known. */
function sides({ scores, observed, expected }: SeriesScores): Float32Array {
  return scores.map((score, i) => {
    if (score > 1) {
      return (observed[i] ?? NaN) > (expected[i] ?? NaN) ? 1 : -1;
    }
    return Number.isNaN(score) ? NaN : 0;
  });
}

function horizonValue(horizons: readonly HorizonForecast[], { figure, horizonMs }: WrittenName): number {
  const horizon = horizons.find((one) => one.horizonMs === horizonMs);
  return figure === 'expected' || figure === 'lower' || figure === 'upper' ? (horizon?.[figure] ?? NaN) : NaN;
}
