import { z } from 'zod';
import { parseCountOf } from '../contract/detect.ts';
import { parseDurationMs } from '../contract/duration.ts';
import type { JobSpec } from '../contract/job.ts';
import { startFlat, type FlatState } from '../detection/kinds/flat.ts';
import { startLevelShift, type LevelShiftState, type ResidualHistory } from '../detection/kinds/level-shift.ts';
import { startSilence, type SilenceState } from '../detection/kinds/silence.ts';
import type { BandArrays, ForecastOutcome } from '../forecasting/forecast-task.ts';
import type { RegularSeries } from '../timeseries/series.ts';
import { EvidenceWatch } from './evidence-watch.ts';
import { type ExcursionRule } from './excursions.ts';
import { findBudget, noBudget, type Budget, type Spent } from './budget.ts';
import type { HysteresisRule } from './hysteresis.ts';
import { notAdapted, type Adaptation, type BandRule } from './served-edges.ts';

/** What is known of one series beside its band: made by its training, carried on by ticks. */
export interface SeriesDetectors {
  readonly budget: Budget;
  /** Undefined where no training has made it: then only the band tells what is unusual. */
  readonly evidence?: EvidenceWatch | undefined;
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

/** How the past of a job's series is scored: as it is scored live. */
export function excursionRuleOf(spec: JobSpec): ExcursionRule {
  const { band, hysteresis } = rulesOf(spec);
  return { band, hysteresis, retrainMs: parseDurationMs(spec.retrain) ?? Infinity };
}

/**
 * What the history of a series says about it.
 * @param band forecasts of the history made before it; undefined where there are none
 * @param before as carried on by ticks until now: a change of level that lasts is not told again
 */
export function makeDetectors(
  spec: JobSpec,
  { history, learnt }: Pick<ForecastOutcome, 'history' | 'learnt'>,
  band: BandArrays | undefined,
  before?: SeriesDetectors
): SeriesDetectors {
  const { stepMs } = rulesOf(spec);
  const shifts = spec.detect.some(({ kind }) => kind === 'level-shift');
  const past = band && { history, band, evidence: learnt?.evidence };
  const budget = past === undefined ? noBudget : findBudget(past, excursionRuleOf(spec));
  return {
    budget,
    // too young for a budget of its own is too young to say what is unusual
    evidence: learnt === undefined || budget.weeks === 0 ? undefined : new EvidenceWatch(learnt.online),
    adaptation: notAdapted,
    spent: before?.spent,
    levelShift: shifts
      ? startLevelShift(stepMs, band === undefined ? undefined : residualsOf(history, band), before?.levelShift)
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

const version = 2;
const lengthBytes = 4;
const record = <T>() => z.custom<T>((value) => typeof value === 'object' && value !== null);
const Stored = z.object({
  version: z.literal(version),
  budget: z.object({ peaks: z.array(z.number()), weeks: z.number(), usualEvidence: z.number() }),
  adaptation: z.object({ logLower: z.number(), logUpper: z.number() }),
  spent: z.object({ raise: z.number(), atMs: z.number() }).optional(),
  levelShift: record<LevelShiftState>().optional(),
  flat: record<FlatState>().optional(),
  silence: record<SilenceState>().optional(),
});

/** As one binary column: the length of a JSON text, the text, and the state of the evidence as it is. */
export function encodeDetectors({ evidence, ...others }: SeriesDetectors): Uint8Array {
  const text = Buffer.from(JSON.stringify({ version, ...others }));
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text, ...(evidence === undefined ? [] : [evidence.bytes()])]);
}

/** @returns undefined for what this version did not write: the next training makes them anew */
export function decodeDetectors(stored: Uint8Array): SeriesDetectors | undefined {
  try {
    const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
    const end = lengthBytes + bytes.readUInt32LE();
    const { budget, adaptation, spent, levelShift, flat, silence } = Stored.parse(
      JSON.parse(bytes.toString('utf8', lengthBytes, end))
    );
    const evidence = end < bytes.length ? new EvidenceWatch(bytes.subarray(end)) : undefined;
    return { budget, evidence, adaptation, spent, levelShift, flat, silence };
  } catch {
    return undefined;
  }
}
