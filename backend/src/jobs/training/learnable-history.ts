import { formatDurationMs } from '../../contract/duration.ts';
import type { Note } from '../../contract/forecast.ts';
import type { JobSpec } from '../../contract/job.ts';
import type { RegularSeries } from '../../timeseries/series.ts';

/** A time whose values no training may learn from, both ends included. */
export interface ExcludedRange {
  /** Null: all series of the job. */
  readonly seriesId: string | null;
  readonly fromMs: number;
  readonly toMs: number;
  /** What a person decided: a real incident, a level that is not normal, or a level that was and is no more. */
  readonly reason: 'incident' | 'rejected-level' | 'old-level';
}

/** A day or so that is not like others: `startMs` is in it, `endMs` is not. */
export interface Holiday {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** What people know about a job's history that its values do not show. */
export interface TrainingContext {
  excluded(job: string): Promise<readonly ExcludedRange[]>;
  holidays(spec: JobSpec, fromMs: number, toMs: number): readonly Holiday[];
  /** Calendars that jobs may name. */
  calendarNames(): readonly string[];
}

export interface Learnable {
  readonly series: RegularSeries;
  readonly notes: readonly Note[];
}

/** What a training of one series must know. */
export interface Unlearnable {
  readonly excluded: readonly ExcludedRange[];
  readonly holidays: readonly Holiday[];
}

const dayMs = 86_400_000;
/** A new level stands alone when it has lasted this long: three days show a daily cycle and that it repeats. */
const shortestNewLevelMs = 3 * dayMs;
const fewestValues = 48;
/** With less than this left, a training would learn more from what fills the gaps than from the series. */
const leastLeft = 0.6;

/** The history without what must not be learned, as gaps; an old level that was given up is cut off. */
export function learnableHistory(history: RegularSeries, { excluded, holidays }: Unlearnable): Learnable {
  const notes: Note[] = [];
  const series = withoutOldLevel(history, excluded, notes);
  const ranges = [
    ...excluded.filter(({ reason }) => reason !== 'old-level').map(({ fromMs, toMs }) => ({ fromMs, toMs })),
    ...holidays.map(({ startMs, endMs }) => ({ fromMs: startMs, toMs: endMs - 1 })),
  ];
  const values = withGaps(series, ranges);
  const before = countFinite(series.values);
  const removed = before - countFinite(values);
  if (removed === 0) {
    return { series, notes };
  }
  if (before - removed < leastLeft * before) {
    const text = `Incidents and holidays cover ${removed} of ${before} values: they were learned all the same, since too little is left without them.`;
    notes.push({ code: 'excluded', severity: 'warning', text, facts: { removed, values: before, kept: before } });
    return { series, notes };
  }
  const text = `${removed} of ${before} values were not learned: confirmed incidents and holidays.`;
  notes.push({ code: 'excluded', severity: 'info', text, facts: { removed, values: before, kept: before - removed } });
  return { series: { ...series, values }, notes };
}

function withoutOldLevel(history: RegularSeries, excluded: readonly ExcludedRange[], notes: Note[]): RegularSeries {
  const newFromMs = Math.max(...excluded.flatMap(({ reason, toMs }) => (reason === 'old-level' ? toMs + 1 : [])));
  const cut = Math.ceil((newFromMs - history.startMs) / history.stepMs);
  if (!(cut > 0)) {
    return history;
  }
  const values = history.values.subarray(cut);
  const lastsMs = values.length * history.stepMs;
  if (countFinite(values) < fewestValues || lastsMs < shortestNewLevelMs) {
    const least = formatDurationMs(Math.max(shortestNewLevelMs, fewestValues * history.stepMs));
    const text = `A new level was accepted; it is learned together with the old one until it has lasted ${least}.`;
    notes.push({ code: 'new-level', severity: 'info', text, facts: { least } });
    return history;
  }
  const text = 'Only values since the change of level that was accepted were learned.';
  notes.push({ code: 'new-level', severity: 'info', text, facts: { fromMs: newFromMs } });
  return { startMs: history.startMs + cut * history.stepMs, stepMs: history.stepMs, values };
}

function withGaps(
  { startMs, stepMs, values }: RegularSeries,
  ranges: ReadonlyArray<{ readonly fromMs: number; readonly toMs: number }>
): Float64Array {
  const gapped = Float64Array.from(values);
  for (const { fromMs, toMs } of ranges) {
    const first = Math.max(0, Math.ceil((fromMs - startMs) / stepMs));
    const last = Math.min(gapped.length - 1, Math.floor((toMs - startMs) / stepMs));
    if (first <= last) {
      gapped.fill(NaN, first, last + 1);
    }
  }
  return gapped;
}

function countFinite(values: Float64Array): number {
  return values.reduce((count, value) => count + Number(Number.isFinite(value)), 0);
}
