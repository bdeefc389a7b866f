import type { BandArrays } from '../../forecasting/forecast-task.ts';

/** A stored band and the last instant up to which it counts. */
export interface BandPiece {
  readonly kind: 'forecast' | 'backtest';
  readonly band: BandArrays;
  readonly endMs: number;
}

/** Instant of a band's last value. */
export function bandEndMs(band: BandArrays): number {
  return band.startMs + (band.expected.length - 1) * band.stepMs;
}

/** The part of a band within [startMs, endMs]; undefined when there is none. */
export function sliceBand(band: BandArrays, startMs: number, endMs: number): BandArrays | undefined {
  const from = Math.max(0, Math.ceil((startMs - band.startMs) / band.stepMs));
  const to = Math.min(band.expected.length - 1, Math.floor((endMs - band.startMs) / band.stepMs));
  if (from > to) {
    return undefined;
  }
  return {
    startMs: band.startMs + from * band.stepMs,
    stepMs: band.stepMs,
    expected: band.expected.slice(from, to + 1),
    levels: band.levels.map(({ levelPercent, lower, upper }) => {
      return { levelPercent, lower: lower.slice(from, to + 1), upper: upper.slice(from, to + 1) };
    }),
  };
}

/**
 * One band over [startMs, endMs] from pieces of one series with one step: at each instant the forecast that started
 * last wins, and a back-test only shows where there was no forecast. NaN where no piece knows anything.
 * @returns undefined when no piece reaches into the range
 */
export function stitchBands(pieces: readonly BandPiece[], startMs: number, endMs: number): BandArrays | undefined {
  const slices = pieces
    .toSorted((a, b) => rank(a) - rank(b) || a.band.startMs - b.band.startMs)
    .flatMap(({ band, endMs: pieceEndMs }) => sliceBand(band, startMs, Math.min(endMs, pieceEndMs)) ?? []);
  const newest = slices.at(-1);
  if (newest === undefined || slices.length === 1) {
    return newest;
  }
  const { stepMs } = newest;
  const firstMs = Math.min(...slices.map((slice) => slice.startMs));
  const length = Math.round((Math.max(...slices.map(bandEndMs)) - firstMs) / stepMs) + 1;
  const empty = () => new Float32Array(length).fill(NaN);
  const stitched: BandArrays = {
    startMs: firstMs,
    stepMs,
    expected: empty(),
    levels: newest.levels.map(({ levelPercent }) => ({ levelPercent, lower: empty(), upper: empty() })),
  };
  slices.filter((slice) => slice.stepMs === stepMs).forEach((slice) => lay(slice, stitched));
  return stitched;
}

function rank(piece: BandPiece): number {
  return piece.kind === 'forecast' ? 1 : 0;
}

function lay(slice: BandArrays, onto: BandArrays): void {
  const at = Math.round((slice.startMs - onto.startMs) / onto.stepMs);
  onto.expected.set(slice.expected, at);
  for (const level of onto.levels) {
    const same = slice.levels.find(({ levelPercent }) => levelPercent === level.levelPercent);
    const unknown = () => new Float32Array(slice.expected.length).fill(NaN);
    level.lower.set(same?.lower ?? unknown(), at);
    level.upper.set(same?.upper ?? unknown(), at);
  }
}
