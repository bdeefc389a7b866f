import { readFileSync } from 'node:fs';
import { Prophet, initSync } from '@bsull/augurs/prophet';
import { optimizer } from '@bsull/augurs-prophet-wasmstan';
import { AppError, messageOf } from '../../errors.ts';
import type { RegularSeries } from '../../timeseries/series.ts';
import type { FitContext } from '../forecaster.ts';

initSync({ module: readFileSync(new URL('./prophet_bg.wasm', import.meta.resolve('@bsull/augurs/prophet'))) });

/** The search is near its end by then: a tenth of the default's iterations moves the forecast by about 1 %. */
const iterations = 300;
/** First step of the line search: from Stan's own 0.001 about one series in twenty ends in a trap. */
const initAlpha = 1e-4;
/** More rows cost time in proportion and add nothing to a dozen Fourier terms. */
const fittedRows = 4032;
const dayMs = 86_400_000;

/**
 * Fits in this thread. Seasons are those found in the data, at their own periods.
 * @throws AppError `fit_failed`; a plain Error after a WebAssembly trap: this thread must not be used again
 */
export function prophetLine(history: RegularSeries, { seasons, horizonSteps, seed }: FitContext): Float64Array {
  const { startMs, stepMs, values } = history;
  const secondsOf = (index: number) => (startMs + index * stepMs) / 1000;
  const stride = Math.max(1, Math.ceil(values.length / fittedRows));
  const rows = Array.from(
    { length: Math.ceil(values.length / stride) },
    (_, i) => values.length - 1 - i * stride
  ).reverse();
  const model = new Prophet({
    optimizer,
    uncertaintySamples: 0,
    yearlySeasonality: { type: 'manual', enabled: false },
    weeklySeasonality: { type: 'manual', enabled: false },
    dailySeasonality: { type: 'manual', enabled: false },
  });
  try {
    for (const season of seasons) {
      const period = (season * stepMs) / dayMs;
      model.addSeasonality(`every ${season}`, { period, fourierOrder: fourierOrder(season) });
    }
    model.fit(
      { ds: rows.map(secondsOf), y: Float64Array.from(rows, (row) => values[row]!) },
      { iter: iterations, initAlpha, seed }
    );
    const ds = Array.from({ length: horizonSteps }, (_, h) => secondsOf(values.length + h));
    return Float64Array.from(model.predict({ ds }).yhat.point);
  } catch (error) {
    // A trap arrives as text inside an ordinary error.
    const [reason] = messageOf(error).split('\n');
    if (messageOf(error).includes('RuntimeError')) {
      throw new Error(`Prophet's WebAssembly trapped: ${reason ?? ''}`, { cause: error });
    }
    throw new AppError('fit_failed', `Prophet found no model for this series: ${reason ?? ''}`, { cause: error });
  } finally {
    model.free();
  }
}

/** Terms enough for an hour of a day, fewer where the season has not that many steps. */
function fourierOrder(season: number): number {
  return Math.max(1, Math.min(10, Math.floor(season / 2) - 1));
}
