import { deviationNames, startDeviations, type DeviationStream } from './deviations.ts';
import { mostEntries, type RankTable } from './rank-table.ts';

/** Slots that a cycle is kept in; longer ones are thinned to means of several steps. */
export const mostSlots = 720;
/** Names of the numbers in `OnlineState.grid`. */
export const gridField = {
  startMs: 0,
  stepMs: 1,
  /** Steps from the start to the last value that was taken in. */
  lastStep: 2,
  /** Steps of a cycle, 0 for none. */
  period: 3,
  /** Steps of one slot of the profile. */
  slotSteps: 4,
  /** Mean of the profile, from which its slots are counted. */
  centre: 5,
} as const;

/** What scoring one series online rests on, all of it in typed arrays of constant size: below 10 kB. */
export interface OnlineState {
  readonly grid: Float64Array;
  /** Season of one cycle from the start of the grid on. */
  readonly profile: Float32Array;
  /** For each deviation the past ones above 0 and those below. */
  readonly ranks: readonly RankTable[];
  readonly stream: DeviationStream;
}

const signature = 0x4f4e4c33;
const headerNumbers = 2 + 2 * deviationNames.length;
const headerBytes = headerNumbers * Uint32Array.BYTES_PER_ELEMENT;
const gridNumbers = Object.keys(gridField).length;
/** Numbers of a rank table beside its entries. */
const scaleNumbers = 3;
type Numbers = Float64Array | Float32Array;
/** Lengths of what a stream remembers. */
const streamShape = startDeviations(0);

/** The state as bytes, of the machine's byte order. */
export function encodeOnline(state: OnlineState): Uint8Array<ArrayBuffer> {
  const header = Uint32Array.of(signature, state.profile.length, ...state.ranks.map(({ sizes }) => sizes.length));
  const parts = [header, ...numbersOf(state)];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  return bytes;
}

/**
 * The state of `encodeOnline`; the bytes stay as they are.
 * @throws Error when the bytes are no such state
 */
export function decodeOnline(bytes: Uint8Array): OnlineState {
  return viewOnline(Uint8Array.from(bytes));
}

/**
 * The state of `encodeOnline` in place: scoring changes the bytes, which need not be encoded again.
 * @param bytes from the start of their buffer on
 * @throws Error when the bytes are no such state
 */
export function viewOnline(bytes: Uint8Array<ArrayBuffer>): OnlineState {
  const { slots, entries } = readHeader(bytes);
  const { filter, ...shape } = streamShape;
  let at = headerBytes;
  const next = <T extends Numbers>(
    make: new (buffer: ArrayBuffer, from: number, length: number) => T,
    length: number
  ) => {
    const numbers = new make(bytes.buffer, at, length);
    at += numbers.byteLength;
    return numbers;
  };
  const wide = ({ length }: Float64Array) => next(Float64Array, length);
  const recent = ({ ring, sorted }: DeviationStream['near']) => ({ ring: wide(ring), sorted: wide(sorted) });
  const narrow = (length: number) => next(Float32Array, length);
  // in the order of `numbersOf`
  const grid = next(Float64Array, gridNumbers);
  const stream: DeviationStream = {
    filter: {
      coefficients: wide(filter.coefficients),
      inverse: wide(filter.inverse),
      inputs: wide(filter.inputs),
      scale: wide(filter.scale),
      gain: new Float64Array(filter.gain.length),
    },
    near: recent(shape.near),
    wide: recent(shape.wide),
    levels: recent(shape.levels),
    distances: wide(shape.distances),
    offsets: wide(shape.offsets),
    squares: wide(shape.squares),
    past: wide(shape.past),
  };
  const profile = narrow(slots);
  const ranks = entries.map((count) => {
    const [sizes, atLeast, larger] = [narrow(count), narrow(count), narrow(count)];
    return { sizes, atLeast, larger, scale: narrow(scaleNumbers) };
  });
  return { grid, profile, ranks, stream };
}

/**
 * How far a state has come, without reading all of it: a job loads thousands of them.
 * @throws Error when the bytes are no such state
 */
export function progressOf(bytes: Uint8Array): { readonly stepMs: number; readonly seenToMs: number } {
  readHeader(bytes);
  const grid = new Float64Array(gridNumbers);
  new Uint8Array(grid.buffer).set(bytes.subarray(headerBytes, headerBytes + grid.byteLength));
  const stepMs = grid[gridField.stepMs]!;
  return { stepMs, seenToMs: grid[gridField.startMs]! + grid[gridField.lastStep]! * stepMs };
}

function readHeader(bytes: Uint8Array): { readonly slots: number; readonly entries: readonly number[] } {
  const header = new Uint32Array(headerNumbers);
  new Uint8Array(header.buffer).set(bytes.subarray(0, headerBytes));
  const [found, slots = 0, ...entries] = header;
  const sane = slots <= mostSlots && entries.every((count) => count <= mostEntries);
  if (found !== signature || !sane) {
    throw new Error('The stored state of a live score is of another version or damaged. Train the series again.');
  }
  const ranks = entries.reduce((sum, count) => sum + 3 * count + scaleNumbers, 0);
  const length = headerBytes + fixedBytes + (slots + ranks) * Float32Array.BYTES_PER_ELEMENT;
  if (bytes.length !== length) {
    throw new Error(`The stored state of a live score is cut short at ${bytes.length} bytes. Train the series again.`);
  }
  return { slots, entries };
}

/** All numbers of a state in the order in which they are stored; `gain` of the filter is scratch. */
function numbersOf({ grid, profile, ranks, stream }: OnlineState): Numbers[] {
  const { filter, near, wide, levels, distances, offsets, squares, past } = stream;
  return [
    ...[grid, filter.coefficients, filter.inverse, filter.inputs, filter.scale],
    ...[near, wide, levels].flatMap(({ ring, sorted }) => [ring, sorted]),
    ...[distances, offsets, squares, past],
    profile,
    ...ranks.flatMap(({ sizes, atLeast, larger, scale }) => [sizes, atLeast, larger, scale]),
  ];
}

/** Of what does not depend on slots and ranks. */
const fixedBytes = numbersOf({
  grid: new Float64Array(gridNumbers),
  profile: new Float32Array(0),
  ranks: [],
  stream: streamShape,
}).reduce((sum, part) => sum + part.byteLength, 0);
