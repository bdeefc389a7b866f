/** A window around each value: from `back` steps before it to `ahead` steps after it, cut off at the ends. */
export interface Window {
  readonly back: number;
  readonly ahead: number;
}

/** A window of `length` steps centred on the value. */
export function centred(length: number): Window {
  const back = Math.floor(length / 2);
  return { back, ahead: length - 1 - back };
}

/** The last `length` steps, the value itself included. */
export function trailing(length: number): Window {
  return { back: length - 1, ahead: 0 };
}

/** Mean over the window around each value. @param values finite */
export function runningMean(values: Float64Array, { back, ahead }: Window): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) {
    sums[i + 1] = sums[i]! + values[i]!;
  }
  return values.map((_, i) => {
    const from = Math.max(0, i - back);
    const to = Math.min(values.length, i + ahead + 1);
    return (sums[to]! - sums[from]!) / (to - from);
  });
}

/** Root of the mean square over the window around each value. @param values finite */
export function runningRms(values: Float64Array, window: Window): Float64Array {
  const squares = runningMean(
    values.map((value) => value * value),
    window
  );
  return squares.map((square) => Math.sqrt(Math.max(0, square)));
}

/** Median over the window around each value, by a sorted buffer: O(n · window) moves of memory, which are cheap. */
export function runningMedian(values: Float64Array, { back, ahead }: Window): Float64Array {
  const sorted = new Float64Array(Math.min(values.length, back + ahead + 1) + 1);
  let count = 0;
  for (let i = 0; i < Math.min(ahead, values.length); i++) {
    count = insert(sorted, count, values[i]!);
  }
  return values.map((_, i) => {
    if (i - back - 1 >= 0) {
      count = remove(sorted, count, values[i - back - 1]!);
    }
    if (i + ahead < values.length) {
      count = insert(sorted, count, values[i + ahead]!);
    }
    const middle = count >> 1;
    return count % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  });
}

/** Largest value in the window around each value, by a queue of candidates: O(n). */
export function runningMax(values: Float64Array, { back, ahead }: Window): Float64Array {
  const out = new Float64Array(values.length);
  const queue = new Int32Array(values.length);
  let head = 0;
  let tail = 0;
  let next = 0;
  for (let i = 0; i < values.length; i++) {
    for (; next <= Math.min(values.length - 1, i + ahead); next++) {
      while (tail > head && values[queue[tail - 1]!]! <= values[next]!) {
        tail--;
      }
      queue[tail++] = next;
    }
    while (queue[head]! < i - back) {
      head++;
    }
    out[i] = values[queue[head]!]!;
  }
  return out;
}

function insert(sorted: Float64Array, count: number, value: number): number {
  const at = countBelow(sorted, count, value);
  sorted.copyWithin(at + 1, at, count);
  sorted[at] = value;
  return count + 1;
}

function remove(sorted: Float64Array, count: number, value: number): number {
  const at = countBelow(sorted, count, value);
  sorted.copyWithin(at, at + 1, count);
  return count - 1;
}

/** How many of the first `count` values of an ascending array are below `value`. */
export function countBelow(sorted: Float64Array | Float32Array, count: number, value: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
