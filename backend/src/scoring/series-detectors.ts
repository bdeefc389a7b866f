import { z } from 'zod';
import { parseCountOf } from '../contract/detect.ts';
import { parseDurationMs } from '../contract/duration.ts';
import type { JobSpec } from '../contract/job.ts';
import { startFlat, type FlatState } from '../detection/kinds/flat.ts';
import { startLevelShift, type LevelShiftState, type ResidualHistory } from '../detection/kinds/level-shift.ts';
import { startSilence, type SilenceState } from '../detection/kinds/silence.ts';
import type { BandArrays } from '../forecasting/forecast-task.ts';
import type { RegularSeries } from '../timeseries/series.ts';
import { findBudget, noBudget, type Budget, type Spent } from './budget.ts';
import type { HysteresisRule } from './hysteresis.ts';
import { notAdapted, type Adaptation, type BandRule } from './served-edges.ts';

/** What is known of one series beside its band: made by its training, carried on by ticks. */
export interface SeriesDetectors {
  readonly budget: Budget;
  adaptation: Adaptation;
  /** Alerts of late; undefined before the first. */
  spent?: Spent | undefined;
  levelShift?: LevelShiftState | undefined;
  readonly flat?: FlatState | undefined;
  readonly silence?: SilenceState | undefined;
}

export const newDetectors = (): SeriesDetectors => ({ budget: noBudget, adaptation: notAdapted });

/** The rules of a job, in numbers. */
export interface JobRules {
  readonly band: BandRule;
  readonly hysteresis: HysteresisRule;
  readonly stepMs: number;
}

/** @param spec as checked: its texts are known to be good */
export function rulesOf(spec: JobSpec): JobRules {
  const stepMs = parseDurationMs(spec.step) ?? 60_000;
  return {
    band: {
      levelPercent: Math.max(...spec.levels),
      direction: spec.direction,
      atLeast: spec.atLeast,
      range: spec.range,
    },
    hysteresis: {
      open: parseCountOf(spec.open) ?? { count: 2, of: 3 },
      close: parseCountOf(spec.close) ?? { count: 3, of: 3 },
      stepMs,
    },
    stepMs,
  };
}

/**
 * What the history of a series says about it.
 * @param band forecasts of the history made before it; undefined where there are none
 * @param before as carried on by ticks until now: a change of level that lasts is not told again
 */
export function makeDetectors(
  spec: JobSpec,
  history: RegularSeries,
  band: BandArrays | undefined,
  before?: SeriesDetectors
): SeriesDetectors {
  const rules = rulesOf(spec);
  const retrainMs = parseDurationMs(spec.retrain) ?? Infinity;
  const shifts = spec.detect.some(({ kind }) => kind === 'level-shift');
  return {
    budget: band === undefined ? noBudget : findBudget(history, band, { ...rules, retrainMs }),
    adaptation: notAdapted,
    spent: before?.spent,
    levelShift: shifts
      ? startLevelShift(rules.stepMs, band === undefined ? undefined : residualsOf(history, band), before?.levelShift)
      : undefined,
    flat: startFlat(history),
    silence: startSilence(history),
  };
}

function residualsOf(history: RegularSeries, band: BandArrays): ResidualHistory {
  const widest = band.levels.at(-1);
  const first = Math.round((history.startMs - band.startMs) / band.stepMs);
  const at = (line: Float32Array | undefined, i: number) => line?.[first + i] ?? NaN;
  return {
    residuals: history.values.map((value, i) => value - at(band.expected, i)),
    halfWidths: history.values.map((_, i) => (at(widest?.upper, i) - at(widest?.lower, i)) / 2),
  };
}

const version = 1;
const record = <T>() => z.custom<T>((value) => typeof value === 'object' && value !== null);
const Stored = z.object({
  version: z.literal(version),
  budget: z.object({ peaks: z.array(z.number()), weeks: z.number() }),
  adaptation: z.object({ logLower: z.number(), logUpper: z.number() }),
  spent: z.object({ log: z.number(), atMs: z.number() }).optional(),
  levelShift: record<LevelShiftState>().optional(),
  flat: record<FlatState>().optional(),
  silence: record<SilenceState>().optional(),
});

/** As one binary column. */
export function encodeDetectors(detectors: SeriesDetectors): Uint8Array {
  return Buffer.from(JSON.stringify({ version, ...detectors }));
}

/** @returns undefined for what this version did not write: the next training makes them anew */
export function decodeDetectors(stored: Uint8Array): SeriesDetectors | undefined {
  const { success, data } = Stored.safeParse(JSON.parse(Buffer.from(stored).toString('utf8')));
  if (!success) {
    return undefined;
  }
  const { budget, adaptation, spent, levelShift, flat, silence } = data;
  return { budget, adaptation, spent, levelShift, flat, silence };
}
