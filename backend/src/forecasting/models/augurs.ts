import { readFileSync } from 'node:fs';
import { AutoETS, initSync as initEts } from '@bsull/augurs/ets';
import { MSTL, initSync as initMstl } from '@bsull/augurs/mstl';
import { AppError, messageOf } from '../../errors.ts';

// The package's own init() fetches a file: URL, which Node refuses; its exports do not list the .wasm files.
const wasmOf = (name: 'ets' | 'mstl') =>
  readFileSync(new URL(`./${name}_bg.wasm`, import.meta.resolve(`@bsull/augurs/${name}`)));

const loaded = { ets: false, mstl: false };

/** Additive or no error, trend chosen by AICc, no season ('AZN': 'ZZN' may pick a multiplicative form that explodes). */
const etsSpec = 'AZN';

/**
 * Expected line of exponential smoothing.
 * @param values finite; at least 8
 * @throws AppError `fit_failed`
 */
export function etsLine(values: Float64Array, horizonSteps: number): Float64Array {
  if (!loaded.ets) {
    initEts({ module: wasmOf('ets') });
    loaded.ets = true;
  }
  return run('ETS', () => new AutoETS(1, etsSpec), values, horizonSteps);
}

/**
 * Expected line of a multiple seasonal-trend decomposition with exponential smoothing of the trend.
 * @param values finite; at least twice the longest season
 * @throws AppError `fit_failed`
 */
export function mstlLine(values: Float64Array, seasons: readonly number[], horizonSteps: number): Float64Array {
  if (!loaded.mstl) {
    initMstl({ module: wasmOf('mstl') });
    loaded.mstl = true;
  }
  return run('MSTL', () => MSTL.ets([...seasons]), values, horizonSteps);
}

interface WasmModel {
  fit(values: Float64Array): void;
  predict(horizonSteps: number): { readonly point: readonly number[] };
  free(): void;
}

function run(name: string, create: () => WasmModel, values: Float64Array, horizonSteps: number): Float64Array {
  let model: WasmModel | undefined;
  try {
    model = create();
    model.fit(values);
    return Float64Array.from(model.predict(horizonSteps).point);
  } catch (error) {
    // These throw strings or traps; both mean that this series has no such model.
    throw new AppError('fit_failed', `${name} found no model for this series: ${messageOf(error)}`, { cause: error });
  } finally {
    // Finalisers do not run in a busy loop: 16–30 kB a fit would stay.
    model?.free();
  }
}
