import type { UnitForecast } from '../../forecasts/packed.ts';
import { addSums, quantilesOf, sumsOf, type Sums } from '../../forecasts/sums.ts';
import { hourMs } from '../../forecasts/sets.ts';
import type { ForecastUnit } from '../../forecasts/units.ts';

/** Points that were judged and how many of them lay inside of the bands. */
export interface Hits {
  readonly points: number;
  readonly inside80: number;
  readonly inside95: number;
}

/** What is known of the bands of one series over all its forecasts. */
export interface Tally {
  readonly overall: Hits;
  /** First, second and last third of the horizon. */
  readonly thirds: readonly Hits[];
  /** By hour of the day; no points where steps are longer than an hour. */
  readonly hours: readonly Hits[];
  /** Σ width / scale, of ours and of seasonal naive's own conformal band. */
  readonly width80: number;
  readonly width95: number;
  readonly referenceWidth80: number;
  readonly referenceWidth95: number;
  readonly sums: Sums;
}

/** @param scale of MASE, of the history before the forecast */
export function tallyOf(unit: ForecastUnit, forecast: UnitForecast, reference: UnitForecast, scale: number): Tally {
  const third = (h: number) => Math.floor((3 * h) / unit.actual.length);
  const width = (of: UnitForecast, level: number) => {
    const { lower, upper } = bandOf(of, level);
    return lower.reduce((sum, edge, h) => sum + upper[h]! - edge, 0) / scale;
  };
  return {
    overall: hits(unit, forecast, () => true),
    thirds: [0, 1, 2].map((k) => hits(unit, forecast, (h) => third(h) === k)),
    hours: Array.from({ length: 24 }, (_, hour) => hits(unit, forecast, (h) => hourOf(unit, h) === hour)),
    width80: width(forecast, 80),
    width95: width(forecast, 95),
    referenceWidth80: width(reference, 80),
    referenceWidth95: width(reference, 95),
    sums: sumsOf(unit.actual, quantilesOf(forecast), scale),
  };
}

function hits(unit: ForecastUnit, forecast: UnitForecast, isCounted: (h: number) => boolean): Hits {
  const [band80, band95] = [bandOf(forecast, 80), bandOf(forecast, 95)];
  let [points, inside80, inside95] = [0, 0, 0];
  unit.actual.forEach((value, h) => {
    if (isCounted(h)) {
      points++;
      inside80 += value >= band80.lower[h]! && value <= band80.upper[h]! ? 1 : 0;
      inside95 += value >= band95.lower[h]! && value <= band95.upper[h]! ? 1 : 0;
    }
  });
  return { points, inside80, inside95 };
}

function bandOf(forecast: UnitForecast, level: number): { readonly lower: Float32Array; readonly upper: Float32Array } {
  const band = forecast.bands.get(level);
  if (band === undefined) {
    throw new Error(`the forecast has no band of ${level} %`);
  }
  return band;
}

/** Hour of the day of the h-th step ahead; sets without instants are taken to start at midnight. */
function hourOf({ startMs, stepMs, history }: ForecastUnit, h: number): number | undefined {
  const atMs = startMs + (history.length + h) * stepMs;
  return stepMs > hourMs ? undefined : Math.floor(atMs / hourMs) % 24;
}

export function addHits(parts: readonly Hits[]): Hits {
  let [points, inside80, inside95] = [0, 0, 0];
  for (const part of parts) {
    points += part.points;
    inside80 += part.inside80;
    inside95 += part.inside95;
  }
  return { points, inside80, inside95 };
}

export function addTallies(tallies: readonly Tally[]): Tally {
  const total = (pick: (tally: Tally) => number) => tallies.reduce((sum, tally) => sum + pick(tally), 0);
  const part = (pick: (tally: Tally) => Hits) => addHits(tallies.map(pick));
  const parts = (pick: (tally: Tally) => readonly Hits[], count: number) =>
    Array.from({ length: count }, (_, k) => part((tally) => pick(tally)[k]!));
  return {
    overall: part((tally) => tally.overall),
    thirds: parts((tally) => tally.thirds, 3),
    hours: parts((tally) => tally.hours, 24),
    width80: total((tally) => tally.width80),
    width95: total((tally) => tally.width95),
    referenceWidth80: total((tally) => tally.referenceWidth80),
    referenceWidth95: total((tally) => tally.referenceWidth95),
    sums: addSums(tallies.map(({ sums }) => sums)),
  };
}
