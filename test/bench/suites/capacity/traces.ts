import { estimateCapacity, probabilityBefore } from '../../../../backend/src/capacity/estimate-capacity.ts';
import type { RegularSeries } from '../../../../backend/src/timeseries/series.ts';
import { hasData, readTable } from '../../data.ts';
import { linearEtaMs, newestPart } from './predict-linear.ts';

const stepMs = 300_000;
const dayMs = 86_400_000;
const dayRows = dayMs / stepMs;
const files = ['alibaba2018-300s', 'google2019-300s', 'azure-v2-300s'];
/** Days of the past that must be there, and days ahead that are asked for. */
const seenDays = 3;
const aheadDays = 2;
/** How far away the limit is set, as a share of all that was covered so far. */
const distances = [0.05, 0.1, 0.2, 0.4];

/** One question: will this trace cross this limit within two days, and when? */
export interface TraceAnswer {
  /** Which trace and day: questions of one day hang together. */
  readonly group: string;
  readonly crossed: boolean;
  readonly probability: number;
  /** What a straight line through the last day says, without a probability of its own. */
  readonly linear: boolean;
  /** Of a claimed range that ends within what was seen afterwards: whether the crossing was inside. */
  readonly inside: boolean | undefined;
}

/** All columns of the traces; times are rows, as their sources give none. */
export function readTraces(dataDir: string): Array<{ readonly name: string; readonly values: Float64Array }> {
  // one of them is often kept apart
  const present = files.filter((file, i) => i === 0 || hasData(dataDir, `datacenter-traces/${file}.csv.gz`));
  return present.flatMap((file) => {
    const rows = readTable(dataDir, `datacenter-traces/${file}.csv.gz`);
    const columns = Object.keys(rows[0] ?? {}).filter((column) => column !== 'timestamp');
    return columns.map((column) => ({
      name: `${file} ${column}`,
      values: Float64Array.from(rows, (row) => (row[column] === '' ? NaN : Number(row[column]))),
    }));
  });
}

/** Each noon after the third day, limits on both sides of where the trace is. */
export function askTrace(name: string, values: Float64Array, seed: number): TraceAnswer[] {
  const answers: TraceAnswer[] = [];
  const last = values.length - aheadDays * dayRows;
  for (let now = seenDays * dayRows + dayRows / 2; now <= last; now += dayRows) {
    const seen = { startMs: 0, stepMs, values: values.subarray(0, now) };
    const [low, high] = [Math.min(...finite(seen.values)), Math.max(...finite(seen.values))];
    for (const side of ['above', 'below'] as const) {
      for (const distance of distances) {
        const [start, sign] = side === 'above' ? [high, 1] : [low, -1];
        const limit = start + sign * distance * (high - low);
        const question = { limit, side, group: `${name} ${now}`, seed };
        answers.push(ask(seen, values.subarray(now, now + aheadDays * dayRows), question));
      }
    }
  }
  return answers;
}

interface Question {
  readonly limit: number;
  readonly side: 'above' | 'below';
  readonly group: string;
  readonly seed: number;
}

function ask(seen: RegularSeries, future: Float64Array, { limit, side, group, seed }: Question): TraceAnswer {
  const sign = side === 'above' ? 1 : -1;
  const nowMs = seen.values.length * stepMs;
  const untilMs = nowMs + aheadDays * dayMs;
  const estimate = estimateCapacity(seen, { limit, side, horizonMs: 4 * aheadDays * dayMs, seed });
  const index = future.findIndex((value) => sign * value >= sign * limit);
  const crossedAtMs = index < 0 ? Infinity : nowMs + index * stepMs;
  const { etaLowMs, etaHighMs } = estimate;
  // chosen by what was claimed, never by what came
  const judged = etaLowMs !== null && etaHighMs !== null && etaHighMs <= untilMs;
  const day = newestPart(seen, dayRows / seen.values.length);
  const turned = { ...day, values: day.values.map((value) => sign * value) };
  const lineMs = linearEtaMs(turned, sign * limit);
  return {
    group,
    crossed: index >= 0,
    probability: probabilityBefore(estimate, untilMs) ?? 0,
    linear: lineMs !== undefined && lineMs <= untilMs,
    inside: judged ? crossedAtMs >= etaLowMs && crossedAtMs <= etaHighMs : undefined,
  };
}

const finite = (values: Float64Array) => values.filter((value) => !Number.isNaN(value));
