/** Means of `width` values each, counted from the end so that the last one is recent; a rest at the start is dropped. */
export function meansFromEnd(values: Float64Array, width: number): Float64Array {
  const count = Math.floor(values.length / width);
  const offset = values.length - count * width;
  return Float64Array.from({ length: count }, (_, bin) => {
    const from = offset + bin * width;
    return values.subarray(from, from + width).reduce((sum, value) => sum + value, 0) / width;
  });
}

/** A line of means of `width` steps each as a line of single steps, straight between the middles of the means. */
export function refined(means: Float64Array, width: number, steps: number): Float64Array {
  const last = means.length - 1;
  return Float64Array.from({ length: steps }, (_, h) => {
    const position = Math.max(0, Math.min(last, (h + 0.5) / width - 0.5));
    const below = Math.floor(position);
    return means[below]! + (means[Math.min(last, below + 1)]! - means[below]!) * (position - below);
  });
}
