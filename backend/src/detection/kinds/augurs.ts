import { readFileSync } from 'node:fs';
import { initSync, OutlierDetector, type OutlierDetectorType } from '@bsull/augurs/outlier';

// The package's own init() fetches a file: URL, which Node refuses; its exports do not list the .wasm files.
const wasmFile = () => new URL('./outlier_bg.wasm', import.meta.resolve('@bsull/augurs/outlier'));

const loaded = { outlier: false };

/** Lowest and highest value that still belong to the group. */
export interface PeerBand {
  readonly min: number;
  readonly max: number;
}

/**
 * The band of a group of series at their last value.
 * @param rows one array of equal length for each series; NaN marks a gap
 * @param sensitivity in (0, 1); more finds more
 * @returns undefined when the method finds no group (too few series, nothing that varies)
 */
export function peerBand(
  method: OutlierDetectorType,
  rows: readonly Float64Array[],
  sensitivity: number
): PeerBand | undefined {
  if (!loaded.outlier) {
    initSync({ module: readFileSync(wasmFile()) });
    loaded.outlier = true;
  }
  const detector = new OutlierDetector(method, { sensitivity });
  try {
    const { clusterBand } = detector.detect([...rows]);
    const band = { min: clusterBand?.min.at(-1) ?? NaN, max: clusterBand?.max.at(-1) ?? NaN };
    // both 0 is its way to say that there was no cluster
    const found = Number.isFinite(band.min) && Number.isFinite(band.max) && band.max > band.min;
    return found ? band : undefined;
  } catch {
    // It throws where it has to divide by a spread of 0: all series are the same, so this method knows no band.
    return undefined;
  } finally {
    // Finalisers do not run in a busy loop.
    detector.free();
  }
}
