import { readFileSync } from 'node:fs';
import { MSTL, initSync as initMstl } from '@bsull/augurs/mstl';
import { AppError, messageOf } from '../../errors.ts';

// The package's own init() fetches a file: URL, which Node refuses; its exports do not list the .wasm files.
const wasm = () => readFileSync(new URL('./mstl_bg.wasm', import.meta.resolve('@bsull/augurs/mstl')));

let isLoaded = false;

/**
 * Expected line of a multiple seasonal-trend decomposition with exponential smoothing of the trend.
 * @param values finite; at least twice the longest season
 * @throws AppError `fit_failed`
 */
export function mstlLine(values: Float64Array, seasons: readonly number[], horizonSteps: number): Float64Array {
  if (!isLoaded) {
    initMstl({ module: wasm() });
    isLoaded = true;
  }
  let model: MSTL | undefined;
  try {
    model = MSTL.ets([...seasons]);
    model.fit(values);
    return Float64Array.from(model.predict(horizonSteps).point);
  } catch (error) {
    // It throws strings or traps; both mean that this series has no such model.
    throw new AppError('fit_failed', `MSTL found no model for this series: ${messageOf(error)}`, { cause: error });
  } finally {
    // Finalisers do not run in a busy loop: 16–30 kB a fit would stay.
    model?.free();
  }
}
