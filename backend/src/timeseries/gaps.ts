import { median } from './quantiles.ts';

/** Gaps up to this many steps are bridged by a line; longer ones follow the season. */
const shortGapSteps = 3;

/**
 * Fills gaps so that models see finite values only. A short gap is bridged by a line between its neighbours; a longer
 * one takes the median of the same slot of all cycles, moved to meet its neighbours; without a season it is a line.
 * A gap at either end goes on from its one neighbour.
 * @param season steps of one cycle; undefined when the series has none
 * @returns a copy without NaN; all zero when there is no finite value
 */
export function fillGaps(values: Float64Array, season: number | undefined): Float64Array {
  const filled = Float64Array.from(values);
  let slots: Float64Array | undefined;
  for (let from = 0; from < filled.length; from++) {
    if (Number.isFinite(filled[from]!)) {
      continue;
    }
    let to = from;
    while (to < filled.length && !Number.isFinite(filled[to]!)) {
      to++;
    }
    const seasonal = season !== undefined && to - from > shortGapSteps;
    slots = seasonal ? (slots ?? slotMedians(values, season)) : slots;
    bridge(filled, from, to, seasonal ? slots : undefined);
    from = to - 1;
  }
  return filled;
}

/** Fills [from, to) with the line between both neighbours' distances from the season's shape. */
function bridge(values: Float64Array, from: number, to: number, slots: Float64Array | undefined): void {
  const shape = (i: number) => (slots === undefined ? 0 : slots[i % slots.length]!);
  const before = from > 0 ? values[from - 1]! - shape(from - 1) : undefined;
  const after = to < values.length ? values[to]! - shape(to) : undefined;
  const left = before ?? after ?? 0;
  const right = after ?? before ?? 0;
  for (let i = from; i < to; i++) {
    const share = (i - from + 1) / (to - from + 1);
    values[i] = shape(i) + left + (right - left) * share;
  }
}

function slotMedians(values: Float64Array, season: number): Float64Array {
  const overall = median(values);
  return Float64Array.from({ length: season }, (_, slot) => {
    const cycles: number[] = [];
    for (let i = slot; i < values.length; i += season) {
      cycles.push(values[i]!);
    }
    const middle = median(cycles);
    return Number.isNaN(middle) ? (Number.isNaN(overall) ? 0 : overall) : middle;
  });
}
