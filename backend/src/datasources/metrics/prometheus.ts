import { AppError } from '../../errors.ts';
import { createPacer } from '../../pacer.ts';
import { checkConnection } from '../connection-check.ts';
import { HttpSource, type SourceReply } from '../http-source.ts';
import type { SourceSettings } from '../source-settings.ts';
import { flavours } from './flavours.ts';
import { cutSamples } from './matrix-text.ts';
import type { InstantAnswer, MetricStore, RangeAnswer, RangeQuery } from './metric-store.ts';
import { readInstant, readMatrix, readReply, type UnreadSeries } from './prometheus-reply.ts';
import { maxPointsPerQuery, pointsPerSlice, SliceJoiner } from './range-slices.ts';

/** 1.1 million points a series are two years at one minute; more is a mistyped step or range. */
const maxPointsPerRange = 100 * maxPointsPerQuery;

interface SliceAnswer {
  readonly series: readonly UnreadSeries[];
  readonly warnings: readonly string[];
}

/** One client for everything that speaks the Prometheus HTTP API; the differences are in `flavours`. */
class PrometheusStore implements MetricStore {
  readonly name: string;
  readonly kind: MetricStore['kind'];
  readonly #http: HttpSource;
  readonly #settings: SourceSettings;

  constructor(settings: SourceSettings) {
    const { tenantHeader } = flavours[settings.kind];
    const tenant = settings.tenant;
    this.name = settings.name;
    this.kind = settings.kind;
    this.#settings = settings;
    this.#http = new HttpSource(
      settings,
      tenantHeader !== undefined && tenant !== undefined ? { [tenantHeader]: tenant } : {}
    );
  }

  async queryRange(query: RangeQuery, signal: AbortSignal): Promise<RangeAnswer> {
    const { startMs, endMs, stepMs, maxSeries } = query;
    const points = countPoints(query);
    // `@ start()` and `@ end()` mean the ends of the whole range: such a query can't be asked in slices.
    const indivisible = /@\s*(start|end)\s*\(/.test(query.promql);
    if (indivisible && points > maxPointsPerQuery) {
      const message = `${this.#http.where}: a query with @ start() or @ end() can't be split, and ${points} points are more than the ${maxPointsPerQuery} of one query; use a longer step`;
      throw new AppError('source_query_rejected', message);
    }
    const joiner = new SliceJoiner({ startMs, stepMs, length: points });
    const pacer = createPacer(signal);
    const warnings = new Set<string>();
    let slicePoints = indivisible ? points : pointsPerSlice(maxSeries);
    for (let done = 0; done < points;) {
      const count = Math.min(slicePoints, points - done);
      const fromMs = startMs + done * stepMs;
      const slice = { ...query, startMs: fromMs, endMs: Math.min(endMs, fromMs + (count - 1) * stepMs) };
      const answer = await this.#slice(slice, signal);
      if (answer === undefined) {
        slicePoints = Math.max(1, Math.floor(count / 4));
        continue;
      }
      // Before it is joined too: room is made for the whole range of each series.
      refuseTooMany(answer.series.length, query, this.#http.where);
      await joiner.add(answer.series, pacer);
      answer.warnings.forEach((warning) => warnings.add(warning));
      refuseTooMany(joiner.size, query, this.#http.where);
      done += count;
      slicePoints = pointsPerSlice(answer.series.length);
    }
    return { series: joiner.series(), warnings: [...warnings] };
  }

  async queryInstant(promql: string, atMs: number, signal: AbortSignal): Promise<InstantAnswer> {
    const reply = await this.#ask('query', { query: promql, time: seconds(atMs) }, signal);
    const { data, warnings } = readReply(reply, this.#http, flavours[this.kind]);
    return { samples: readInstant(data, this.#http), warnings };
  }

  checkConnection(signal: AbortSignal) {
    return checkConnection({ http: this.#http, settings: this.#settings }, signal);
  }

  stop(): Promise<void> {
    return this.#http.stop();
  }

  /** Undefined when the answer was too large and may be asked for in smaller parts. */
  async #slice({ promql, startMs, endMs, stepMs }: RangeQuery, signal: AbortSignal): Promise<SliceAnswer | undefined> {
    const form = { query: promql, start: seconds(startMs), end: seconds(endMs), step: seconds(stepMs) };
    try {
      const reply = await this.#ask('query_range', form, signal);
      const { rest, samples } = cutSamples(reply.body);
      const { data, warnings } = readReply(reply, this.#http, flavours[this.kind], rest);
      const { series, histograms } = readMatrix(data, samples, this.#http);
      const note = `${histograms} series are native histograms and were left out; use histogram_quantile() or histogram_count()`;
      return { series, warnings: histograms > 0 ? [...warnings, note] : warnings };
    } catch (error) {
      const divisible = endMs > startMs && !/@\s*(start|end)\s*\(/.test(promql);
      if (error instanceof AppError && error.code === 'source_too_large' && divisible) {
        return undefined;
      }
      throw error;
    }
  }

  async #ask(endpoint: string, form: Record<string, string>, signal: AbortSignal): Promise<SourceReply> {
    const { queryParameters } = flavours[this.kind];
    const question = { path: `/api/v1/${endpoint}`, form: { ...form, ...queryParameters } };
    const reply = await this.#http.ask({ ...question, method: 'POST' }, signal);
    // some proxies let only GET through
    return reply.status === 405 ? await this.#http.ask({ ...question, method: 'GET' }, signal) : reply;
  }
}

/** Seconds as Prometheus takes them; milliseconds stay exact. */
function seconds(ms: number): string {
  return String(ms / 1_000);
}

function countPoints({ startMs, endMs, stepMs }: RangeQuery): number {
  const points = Math.floor((endMs - startMs) / stepMs) + 1;
  if (!(stepMs > 0) || !(points >= 1)) {
    throw new AppError('invalid_request', 'expected a range that ends after it starts and a step above zero');
  }
  if (points > maxPointsPerRange) {
    const message = `the range holds ${points} points a series, the limit is ${maxPointsPerRange}; use a longer step or a shorter range`;
    throw new AppError('invalid_request', message);
  }
  return points;
}

function refuseTooMany(count: number, { maxSeries, promql }: RangeQuery, where: string): void {
  if (count > maxSeries) {
    const message = `${where}: the query answers ${count} series, at most ${maxSeries} are allowed; aggregate it (sum by (…)) or narrow its selectors`;
    throw new AppError('too_many_series', message, { context: { count, maxSeries, promql } });
  }
}

/** The metric store of one configured source. Nothing is connected before the first question. */
export function createMetricStore(settings: SourceSettings): MetricStore {
  return new PrometheusStore(settings);
}
