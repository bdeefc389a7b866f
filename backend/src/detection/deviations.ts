import { countBelow } from './running.ts';
import { nextError, startFilter, type OneStepFilter } from './one-step-error.ts';

/**
 * Views of how a value departs from those before it, all in the unit of the series: its jump from the value before, its
 * miss of the one-step prediction, its distance from the season at the level of 15 steps, the mean distance of the last 5
 * values from that at the level of 61 steps, the mean size of the last 5 jumps, and the mean distance of the last 5 values
 * from the season at the level of 1,220 steps.
 */
export const deviationNames = ['jump', 'miss', 'local', 'lasting', 'unrest', 'offset'] as const;
/** What each says of a value; the last two tell the return to rest and what follows a change of level too, and count half. */
export const deviationWeights: readonly number[] = [1, 1, 1, 1, 0.5, 0.5];
const nearSteps = 15;
const wideSteps = 61;
const eventSteps = 5;
/** The long level is the median of 61 short ones that are this many steps apart. */
const levelStride = 20;
const levelCount = 61;

/** The last values of a series, and the same in ascending order. */
interface Recent {
  readonly ring: Float64Array;
  readonly sorted: Float64Array;
}

/** All that the deviations of the next value rest on; of constant size. */
export interface DeviationStream {
  readonly filter: OneStepFilter;
  readonly near: Recent;
  readonly wide: Recent;
  /** Levels of 15 steps, one of every 20. */
  readonly levels: Recent;
  /** Distances from the wide level. */
  readonly distances: Float64Array;
  /** Distances from the long level. */
  readonly offsets: Float64Array;
  /** Squares of jumps. */
  readonly squares: Float64Array;
  /** How many values there were, and the last of them. */
  readonly past: Float64Array;
}

export function startDeviations(first: number): DeviationStream {
  const recent = (steps: number) => ({ ring: new Float64Array(steps), sorted: new Float64Array(steps) });
  return {
    filter: startFilter(first),
    near: recent(nearSteps),
    wide: recent(wideSteps),
    levels: recent(levelCount),
    distances: new Float64Array(eventSteps),
    offsets: new Float64Array(eventSteps),
    squares: new Float64Array(eventSteps),
    past: Float64Array.of(0, first),
  };
}

/**
 * Takes the next value in; the same time however many came before.
 * @param seasonal what the season alone says of the value; 0 without a season
 * @param deviations receives one number for each of `deviationNames`
 */
export function nextDeviations(
  stream: DeviationStream,
  value: number,
  seasonal: number,
  deviations: Float64Array
): void {
  const { past, filter, near, wide, levels, distances, offsets, squares } = stream;
  const count = past[0]!;
  const rest = value - seasonal;
  const jump = count === 0 ? 0 : value - past[1]!;
  const slot = count % eventSteps;
  distances[slot] = rest - medianOf(wide, count, rest);
  const level = medianOf(near, count, rest);
  const pushed = Math.floor(count / levelStride);
  offsets[slot] = rest - medianOf(levels, pushed, level);
  squares[slot] = jump * jump;
  deviations[0] = jump;
  deviations[1] = nextError(filter, value);
  deviations[2] = rest - level;
  deviations[3] = meanOf(distances, count + 1);
  deviations[4] = Math.sqrt(meanOf(squares, count + 1));
  deviations[5] = meanOf(offsets, count + 1);
  push(near, count, rest);
  push(wide, count, rest);
  if ((count + 1) % levelStride === 0) {
    push(levels, pushed, medianOf(near, count + 1, rest));
  }
  past[0] = count + 1;
  past[1] = value;
}

function meanOf(ring: Float64Array, count: number): number {
  const known = Math.min(count, ring.length);
  let sum = 0;
  for (let i = 0; i < known; i++) {
    sum += ring[i]!;
  }
  return sum / known;
}

function medianOf({ ring, sorted }: Recent, count: number, otherwise: number): number {
  const known = Math.min(count, ring.length);
  const middle = known >> 1;
  if (known === 0) {
    return otherwise;
  }
  return known % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function push({ ring, sorted }: Recent, count: number, value: number): void {
  let known = Math.min(count, ring.length);
  const slot = count % ring.length;
  if (known === ring.length) {
    const at = countBelow(sorted, known, ring[slot]!);
    sorted.copyWithin(at, at + 1, known);
    known--;
  }
  const at = countBelow(sorted, known, value);
  sorted.copyWithin(at + 1, at, known);
  sorted[at] = value;
  ring[slot] = value;
}
