import type { Span } from '../../anomalies/vus-pr.ts';

/** What a scorer has to know of a stream. */
export interface Judged {
  readonly rows: number;
  /** In order, none overlaps another. */
  readonly windows: readonly Span[];
  /** So many rows at the start are not scored. */
  readonly probation: number;
}

/** What a found window earns, and what a missed one and a false alarm cost at most. */
export interface Profile {
  readonly found: number;
  readonly missed: number;
  readonly falseAlarm: number;
}

/**
 * What changes when the threshold falls to `score` and one more row fires. Summed over all rows that fire these are the
 * score of a stream, less the cost of all its windows as missed ones.
 */
export interface Change {
  readonly score: number;
  /** Windows found now that were not before: 0 or 1. */
  readonly found: number;
  /** Change of the gain of a window, in 0..1 of what it can earn. */
  readonly gain: number;
  /** 0 to -1: a row outside of windows costs the more the further it is from the last one. */
  readonly falseAlarm: number;
}

const probationShare = 0.15;
const mostProbation = 750;

export function probationRows(rows: number): number {
  return Math.min(Math.floor(probationShare * rows), mostProbation);
}

/** 1 far before, 0 at the end of a window, -1 far behind it. @param position in widths of the window from its end */
export function scaledSigmoid(position: number): number {
  return position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1;
}

/**
 * What each row adds when it fires, the rows of the highest scores first.
 * @param scores one for each row, the larger the more unusual; NaN never fires
 * @see Lavin & Ahmad (2015), "Evaluating real-time anomaly detection algorithms", ICMLA
 */
export function changesOf({ rows, windows, probation }: Judged, scores: ArrayLike<number>): Change[] {
  const best = windows.map(() => 0);
  return Array.from({ length: rows }, (_, row) => row)
    .filter((row) => row >= probation && !Number.isNaN(scores[row]!))
    .sort((a, b) => scores[b]! - scores[a]!)
    .flatMap((row): Change[] => {
      const score = scores[row]!;
      const inside = windows.findIndex(({ from, to }) => row >= from && row <= to);
      if (inside === -1) {
        return [{ score, found: 0, gain: 0, falseAlarm: costAt(windows, row) }];
      }
      const before = best[inside]!;
      const gain = gainAt(windows[inside]!, row);
      best[inside] = Math.max(before, gain);
      return gain > before ? [{ score, found: before === 0 ? 1 : 0, gain: gain - before, falseAlarm: 0 }] : [];
    });
}

/** Share of what a window can earn that its detection at this row is worth: 1 at its first row. */
function gainAt({ from, to }: Span, row: number): number {
  return scaledSigmoid(-(to - row + 1) / (to - from + 1)) / scaledSigmoid(-1);
}

function costAt(windows: readonly Span[], row: number): number {
  const last = windows.findLast(({ to }) => to < row);
  return last === undefined ? -1 : scaledSigmoid((row - last.to) / (last.to - last.from));
}

export function worth({ found, gain, falseAlarm }: Change, profile: Profile): number {
  return found * profile.missed + gain * profile.found + falseAlarm * profile.falseAlarm;
}

/** Raw score of streams with so many windows together, when rows of at least this score fire. */
export function rawScoreAt(threshold: number, changes: readonly Change[], windows: number, profile: Profile): number {
  return changes.reduce(
    (sum, change) => sum + (change.score >= threshold ? worth(change, profile) : 0),
    -profile.missed * windows
  );
}

export interface Optimum {
  /** Infinity when it is best that no row fires. */
  readonly threshold: number;
  readonly raw: number;
}

/** The one threshold for all streams that gives the highest raw score, of all there are: it is found on the labels. */
export function bestThreshold(changes: readonly Change[], windows: number, profile: Profile): Optimum {
  const descending = [...changes].sort((a, b) => b.score - a.score);
  let raw = -profile.missed * windows;
  let best: Optimum = { threshold: Infinity, raw };
  descending.forEach((change, i) => {
    raw += worth(change, profile);
    // Rows of equal scores fire together.
    if (descending[i + 1]?.score !== change.score && raw > best.raw) {
      best = { threshold: change.score, raw };
    }
  });
  return best;
}

/** 0 for a detector that never fires, 100 for one that fires once, at the first row of each window. */
export function normalised(raw: number, windows: number, { found, missed }: Profile): number {
  return (100 * (raw + missed * windows)) / ((found + missed) * windows);
}
