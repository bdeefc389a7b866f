import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { BandArrays } from '../../forecasting/forecast-task.ts';
import { decodeBand, encodeBand } from './band-codec.ts';
import { bandEndMs, sliceBand, stitchBands, type BandPiece } from './stitch-bands.ts';

const float32 = fc.float({ noDefaultInfinity: true });
const bands = fc
  .record({
    startStep: fc.integer({ min: 0, max: 500 }),
    length: fc.integer({ min: 1, max: 60 }),
    levels: fc.uniqueArray(fc.constantFrom(80, 95, 99.9), { minLength: 1, maxLength: 3 }),
    seed: fc.array(float32, { minLength: 7, maxLength: 7 }),
  })
  .map(({ startStep, length, levels, seed }): BandArrays => {
    const values = (offset: number) =>
      Float32Array.from({ length }, (_, i) => (seed[(i + offset) % seed.length] ?? 0) + i);
    return {
      startMs: startStep * 60_000,
      stepMs: 60_000,
      expected: values(0),
      levels: levels.map((levelPercent, i) => ({ levelPercent, lower: values(i + 1), upper: values(i + 2) })),
    };
  });

describe('a stored band', () => {
  test('comes back as it was, gaps included', () => {
    fc.assert(
      fc.property(bands, (band) => {
        expect(decodeBand(encodeBand(band))).toEqual(band);
      })
    );
  });

  test('may lie anywhere in a larger buffer', () => {
    const band: BandArrays = { startMs: 7, stepMs: 3, expected: Float32Array.of(1, NaN), levels: [] };
    const bytes = encodeBand(band);
    const larger = new Uint8Array(bytes.length + 3);
    larger.set(bytes, 3);
    expect(decodeBand(larger.subarray(3))).toEqual(band);
  });

  test('that lost bytes is an error and not a shorter band', () => {
    fc.assert(
      fc.property(bands, fc.integer({ min: 1, max: 200 }), (band, lost) => {
        const bytes = encodeBand(band);
        expect(() => decodeBand(bytes.slice(0, Math.max(0, bytes.length - lost)))).toThrow(/damaged/);
      })
    );
  });

  test('of a later format is refused by its number', () => {
    const bytes = encodeBand({ startMs: 0, stepMs: 1, expected: Float32Array.of(1), levels: [] });
    bytes[4] = 9;
    expect(() => decodeBand(bytes)).toThrow('a stored band is of version 9, known is 1');
  });
});

describe('stitched bands', () => {
  const piecesOf = fc.array(
    fc.record({ kind: fc.constantFrom('forecast' as const, 'backtest' as const), band: bands }),
    { minLength: 1, maxLength: 6 }
  );

  test('show at each instant the forecast that started last, and a back-test only where there is none', () => {
    fc.assert(
      fc.property(piecesOf, fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 120 }), (raw, from, span) => {
        const pieces: BandPiece[] = raw.map((piece) => ({ ...piece, endMs: bandEndMs(piece.band) }));
        const startMs = from * 60_000;
        const endMs = (from + span) * 60_000;
        const stitched = stitchBands(pieces, startMs, endMs);
        for (let timeMs = startMs; timeMs <= endMs; timeMs += 60_000) {
          expect(valueAt(stitched, timeMs)).toEqual(winnerAt(pieces, timeMs));
        }
      })
    );
  });

  test('end where their piece was ended, also when its band reaches further', () => {
    const band: BandArrays = { startMs: 0, stepMs: 1, expected: Float32Array.of(1, 2, 3, 4), levels: [] };
    expect(stitchBands([{ kind: 'forecast', band, endMs: 1 }], 0, 10)?.expected).toEqual(Float32Array.of(1, 2));
  });

  test('of a range that no piece reaches are nothing', () => {
    const band: BandArrays = { startMs: 0, stepMs: 1, expected: Float32Array.of(1), levels: [] };
    expect(stitchBands([{ kind: 'forecast', band, endMs: 0 }], 5, 10)).toBeUndefined();
  });
});

function valueAt(band: BandArrays | undefined, timeMs: number): number[] {
  const slice = band === undefined ? undefined : sliceBand(band, timeMs, timeMs);
  return Array.from(slice?.expected ?? []).filter((value) => !Number.isNaN(value));
}

/** The plain rule, written once more: of those that cover the instant, forecasts first, then the latest start. */
function winnerAt(pieces: readonly BandPiece[], timeMs: number): number[] {
  const covering = pieces.filter(({ band }) => valueAt(band, timeMs).length > 0);
  const rank = ({ kind, band }: BandPiece) => (kind === 'forecast' ? 1e15 : 0) + band.startMs;
  const winner = covering.reduce<BandPiece | undefined>(
    (best, piece) => (best === undefined || rank(piece) >= rank(best) ? piece : best),
    undefined
  );
  return winner === undefined ? [] : valueAt(winner.band, timeMs);
}
