import type { ForecastOutcome } from '../../../backend/src/forecasting/forecast-task.ts';

/** What suites judge of a forecast. */
export interface UnitForecast {
  readonly expected: Float32Array;
  /** By level in percent. */
  readonly bands: ReadonlyMap<number, { readonly lower: Float32Array; readonly upper: Float32Array }>;
  /** Name of the model, or `blend`. */
  readonly model: string;
  readonly cpuSeconds: number;
}

/** The same as JSON: arrays of single precision as base64, a fifth of the size of decimal numbers. */
export interface PackedForecast {
  readonly expected: string;
  readonly bands: ReadonlyArray<{ readonly level: number; readonly lower: string; readonly upper: string }>;
  readonly model: string;
  readonly cpuSeconds: number;
}

/** @throws Error that names the unit when the product gave no forecast */
export function packForecast(id: string, { forecast, notes, model, cpuSeconds }: ForecastOutcome): PackedForecast {
  if (forecast === undefined) {
    throw new Error(`${id} got no forecast: ${notes.map(({ text }) => text).join(' ') || 'it is warming up'}`);
  }
  return {
    expected: packed(forecast.expected),
    bands: forecast.levels.map(({ levelPercent, lower, upper }) => ({
      level: levelPercent,
      lower: packed(lower),
      upper: packed(upper),
    })),
    model: model ?? 'unknown',
    cpuSeconds,
  };
}

export function unpackForecast({ expected, bands, model, cpuSeconds }: PackedForecast): UnitForecast {
  return {
    expected: unpacked(expected),
    bands: new Map(bands.map(({ level, lower, upper }) => [level, { lower: unpacked(lower), upper: unpacked(upper) }])),
    model,
    cpuSeconds,
  };
}

function packed(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

function unpacked(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  // Copied, since a buffer of the pool need not start at a multiple of four.
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
