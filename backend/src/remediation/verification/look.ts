import type { MetricStore } from '../../datasources/metrics/metric-store.ts';
import { messageOf } from '../../errors.ts';
import type { ReadQuery } from './read-query.ts';

const deadlineMs = 10_000;

export interface LookRequest extends Pick<ReadQuery, 'selectors'> {
  /** With its labels filled in. */
  readonly promql: string;
  readonly atMs: number;
  /** Only values that are newer than this count: the end of the run. */
  readonly newerThanMs: number;
}

/** What a source said at one instant. */
export type Look = {
  /** Oldest of the newest values of all that the query reads; null when there is none. */
  readonly sampleMs: number | null;
} & (
  | { readonly kind: 'answered'; readonly values: readonly number[] }
  /** Nothing that can be judged: no values, only old ones, or no answer. */
  | { readonly kind: 'no-data' | 'error'; readonly detail: string }
);

/**
 * Asks a source for the values of a query at one instant, and how new they are: an instant vector carries the instant it
 * was asked for, so `timestamp()` of each selector is asked too. What a series that ended still answers for five
 * minutes, or a range that reaches back before the run, is no data.
 * @throws the signal's reason when aborted; a fault of the source is an answer
 */
export async function lookAt(store: MetricStore, request: LookRequest, signal: AbortSignal): Promise<Look> {
  const deadline = AbortSignal.timeout(deadlineMs);
  try {
    return await ask(store, request, AbortSignal.any([signal, deadline]));
  } catch (error) {
    signal.throwIfAborted();
    const detail = deadline.aborted ? `no answer within ${deadlineMs / 1_000} s` : messageOf(error);
    return { kind: 'error', sampleMs: null, detail };
  }
}

async function ask(
  store: MetricStore,
  { promql, selectors, atMs, newerThanMs }: LookRequest,
  signal: AbortSignal
): Promise<Look> {
  const [answer, ...newest] = await Promise.all([
    store.queryInstant(promql, atMs, signal),
    ...selectors.map(({ text }) => store.queryInstant(`min(timestamp(${text}))`, atMs, signal)),
  ]);
  // A selector that matches nothing may be meant (absent, unless); one that matches must be new.
  const times = newest.flatMap(({ samples }) => samples.slice(0, 1).map(({ value }) => Math.round(value * 1_000)));
  if (times.length === 0) {
    return { kind: 'no-data', sampleMs: null, detail: 'the source has no values of what the query reads' };
  }
  const sampleMs = Math.min(...times);
  if (!(sampleMs > newerThanMs)) {
    return { kind: 'no-data', sampleMs, detail: 'the newest value is from before the end of the run' };
  }
  const reachMs = Math.max(...selectors.map(({ rangeMs }) => rangeMs));
  if (reachMs > 0 && atMs - reachMs < newerThanMs) {
    return { kind: 'no-data', sampleMs, detail: 'the range of the query still reaches back before the end of the run' };
  }
  const values = answer.samples.map(({ value }) => value);
  return values.some((value) => Number.isNaN(value))
    ? { kind: 'no-data', sampleMs, detail: 'the query answers NaN' }
    : { kind: 'answered', sampleMs, values };
}
