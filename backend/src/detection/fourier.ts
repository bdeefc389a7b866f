/** Complex numbers as two arrays of the same length. */
export interface Spectrum {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

/** Radix-2 transform in place. @param length of both arrays: a power of two */
function transformInPlace({ real, imaginary }: Spectrum, sign: 1 | -1): void {
  reverseBits({ real, imaginary });
  const n = real.length;
  for (let size = 2; size <= n; size *= 2) {
    const half = size / 2;
    const angle = (sign * 2 * Math.PI) / size;
    for (let k = 0; k < half; k++) {
      const cosine = Math.cos(angle * k);
      const sine = Math.sin(angle * k);
      for (let even = k; even < n; even += size) {
        const odd = even + half;
        const a = real[odd]! * cosine - imaginary[odd]! * sine;
        const b = real[odd]! * sine + imaginary[odd]! * cosine;
        real[odd] = real[even]! - a;
        imaginary[odd] = imaginary[even]! - b;
        real[even] = real[even]! + a;
        imaginary[even] = imaginary[even]! + b;
      }
    }
  }
}

function reverseBits({ real, imaginary }: Spectrum): void {
  const n = real.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; (j & bit) !== 0; bit >>= 1) {
      j ^= bit;
    }
    j ^= bit;
    if (i < j) {
      [real[i], real[j]] = [real[j]!, real[i]!];
      [imaginary[i], imaginary[j]] = [imaginary[j]!, imaginary[i]!];
    }
  }
}

function powerOfTwoFrom(length: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, length)));
}

/**
 * Discrete Fourier transform of any length: sum over t of x_t * exp(sign * 2πi * k * t / n), not divided by n.
 * Lengths that are no power of two go through a convolution (Bluestein 1970), so it is O(n log n) for every n.
 */
export function fourier(signal: Spectrum, sign: 1 | -1 = -1): Spectrum {
  const n = signal.real.length;
  if (n <= 1 || powerOfTwoFrom(n) === n) {
    const copy = { real: Float64Array.from(signal.real), imaginary: Float64Array.from(signal.imaginary) };
    transformInPlace(copy, sign);
    return copy;
  }
  const size = powerOfTwoFrom(2 * n - 1);
  const chirp = spectrumOf(n);
  const a = spectrumOf(size);
  const b = spectrumOf(size);
  for (let t = 0; t < n; t++) {
    // t² modulo 2n: the angle of a large square would lose its digits.
    const angle = (sign * Math.PI * ((t * t) % (2 * n))) / n;
    chirp.real[t] = Math.cos(angle);
    chirp.imaginary[t] = Math.sin(angle);
    a.real[t] = signal.real[t]! * chirp.real[t]! - signal.imaginary[t]! * chirp.imaginary[t]!;
    a.imaginary[t] = signal.real[t]! * chirp.imaginary[t]! + signal.imaginary[t]! * chirp.real[t]!;
    b.real[t] = b.real[(size - t) % size] = chirp.real[t]!;
    b.imaginary[t] = b.imaginary[(size - t) % size] = -chirp.imaginary[t]!;
  }
  return multiplied(convolved(a, b), chirp);
}

/** Circular convolution; overwrites both. */
function convolved(a: Spectrum, b: Spectrum): Spectrum {
  transformInPlace(a, -1);
  transformInPlace(b, -1);
  const product = multiplied(a, b);
  transformInPlace(product, 1);
  const size = a.real.length;
  return { real: product.real.map((x) => x / size), imaginary: product.imaginary.map((x) => x / size) };
}

/** Products of the first values, as many as the second has. */
function multiplied(a: Spectrum, b: Spectrum): Spectrum {
  const out = spectrumOf(b.real.length);
  for (let i = 0; i < out.real.length; i++) {
    out.real[i] = a.real[i]! * b.real[i]! - a.imaginary[i]! * b.imaginary[i]!;
    out.imaginary[i] = a.real[i]! * b.imaginary[i]! + a.imaginary[i]! * b.real[i]!;
  }
  return out;
}

export function spectrumOf(length: number): Spectrum {
  return { real: new Float64Array(length), imaginary: new Float64Array(length) };
}

/** Autocorrelation at the lags 0..maxLag, mean removed, divided by the sum of squares; all 0 for a constant. */
export function autocorrelation(values: Float64Array, maxLag: number): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const padded = spectrumOf(powerOfTwoFrom(values.length + maxLag + 1));
  values.forEach((value, i) => (padded.real[i] = value - mean));
  transformInPlace(padded, -1);
  for (let k = 0; k < padded.real.length; k++) {
    padded.real[k] = padded.real[k]! ** 2 + padded.imaginary[k]! ** 2;
    padded.imaginary[k] = 0;
  }
  transformInPlace(padded, 1);
  const total = padded.real[0]!;
  return padded.real.slice(0, maxLag + 1).map((sum) => (total > 0 ? sum / total : 0));
}
