import { fourier, spectrumOf } from './fourier.ts';

/** Bins of the moving average of the log amplitude. */
const averagedBins = 100;

/**
 * Saliency of each value: what is left of the signal when the smooth part of its log amplitude spectrum is taken away.
 * Strong for single values that stand out, weak for long events.
 * @param values finite
 * @returns all 0 for a constant and for fewer than 4 values
 * @see Ren et al. (2019), KDD, "SR"
 */
export function spectralResidual(values: Float64Array): Float64Array {
  const n = values.length;
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const range = values.reduce((most, value) => Math.max(most, value), -Infinity) - low;
  if (n < 4 || !(range > 0)) {
    return new Float64Array(n);
  }
  const scaled = { real: values.map((value) => (value - low) / range), imaginary: new Float64Array(n) };
  const spectrum = fourier(scaled);
  const logAmplitude = Float64Array.from(spectrum.real, (real, k) =>
    Math.log(Math.hypot(real, spectrum.imaginary[k]!))
  );
  const smooth = smoothLogAmplitude(logAmplitude, scaled.real);
  const rest = spectrumOf(n);
  for (let k = 0; k < n; k++) {
    // exp(log amplitude − smooth) in the direction of the old value; a bin of amplitude 0 has no direction and stays 0.
    const factor = Number.isFinite(logAmplitude[k]!) ? Math.exp(-smooth[k]!) : 0;
    rest.real[k] = spectrum.real[k]! * factor;
    rest.imaginary[k] = spectrum.imaginary[k]! * factor;
  }
  const saliency = fourier(rest, 1);
  return saliency.real.map((real, i) => Math.hypot(real, saliency.imaginary[i]!) / n);
}

/** Moving average over the first half of the frequencies, mirrored to the second; the mean (bin 0) is left as it is. */
function smoothLogAmplitude(logAmplitude: Float64Array, scaled: Float64Array): Float64Array {
  const n = logAmplitude.length;
  const half = Math.floor(n / 2);
  const left = Math.floor((averagedBins - 1) / 2);
  const least = logAmplitude.reduce((low, value) => (Number.isFinite(value) ? Math.min(low, value) : low), Infinity);
  const at = (k: number) => {
    const value = k < 0 ? scaled[0]! : k >= half ? scaled[n - 1]! : logAmplitude[k + 1]!;
    return Number.isFinite(value) ? value : least;
  };
  const smooth = Float64Array.from(logAmplitude);
  let sum = 0;
  for (let k = -left; k < averagedBins - left - 1; k++) {
    sum += at(k);
  }
  for (let k = 0; k < half; k++) {
    sum += at(k + averagedBins - left - 1);
    smooth[k + 1] = sum / averagedBins;
    smooth[n - 1 - k] = smooth[k + 1]!;
    sum -= at(k - left);
  }
  return smooth;
}
