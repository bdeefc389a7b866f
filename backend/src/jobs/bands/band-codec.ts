import { endianness } from 'node:os';
import { AppError } from '../../errors.ts';
import type { BandArrays } from '../../forecasting/forecast-task.ts';

// Header, little endian: magic, version, levels, length, startMs, stepMs, then one percentage a level (8 bytes each).
// Then Float32 arrays: expected, and lower and upper of each level.
const magic = 0x444e4142;
const version = 1;
const fixedHeaderBytes = 32;
const bytesPerPercent = 8;
const bytesPerValue = 4;
const hostIsBigEndian = endianness() === 'BE';

/** A band as one binary column. */
export function encodeBand(band: BandArrays): Uint8Array {
  const length = band.expected.length;
  const headerBytes = fixedHeaderBytes + band.levels.length * bytesPerPercent;
  const arrays = [band.expected, ...band.levels.flatMap(({ lower, upper }) => [lower, upper])];
  const bytes = new Uint8Array(headerBytes + arrays.length * length * bytesPerValue);
  const header = new DataView(bytes.buffer);
  header.setUint32(0, magic, true);
  header.setUint16(4, version, true);
  header.setUint16(6, band.levels.length, true);
  header.setUint32(8, length, true);
  header.setFloat64(16, band.startMs, true);
  header.setFloat64(24, band.stepMs, true);
  band.levels.forEach(({ levelPercent }, i) =>
    header.setFloat64(fixedHeaderBytes + i * bytesPerPercent, levelPercent, true)
  );
  const values = new Float32Array(bytes.buffer, headerBytes);
  arrays.forEach((array, i) => values.set(array, i * length));
  swapOnBigEndian(bytes, headerBytes);
  return bytes;
}

/**
 * The band of a binary column.
 * @throws AppError `store_unusable` when the bytes are no band of a version this program knows
 */
export function decodeBand(stored: Uint8Array): BandArrays {
  // a copy: it is aligned, and it is ours to swap
  const bytes = Uint8Array.from(stored);
  const header = new DataView(bytes.buffer);
  if (bytes.length < fixedHeaderBytes || header.getUint32(0, true) !== magic) {
    throw new AppError('store_unusable', 'a stored band is damaged: it does not begin as bands do');
  }
  if (header.getUint16(4, true) !== version) {
    throw new AppError(
      'store_unusable',
      `a stored band is of version ${header.getUint16(4, true)}, known is ${version}`
    );
  }
  const levels = header.getUint16(6, true);
  const length = header.getUint32(8, true);
  const headerBytes = fixedHeaderBytes + levels * bytesPerPercent;
  if (bytes.length !== headerBytes + (1 + 2 * levels) * length * bytesPerValue) {
    throw new AppError('store_unusable', `a stored band is damaged: ${bytes.length} bytes do not fit its header`);
  }
  swapOnBigEndian(bytes, headerBytes);
  const array = (i: number) => new Float32Array(bytes.buffer, headerBytes + i * length * bytesPerValue, length);
  return {
    startMs: header.getFloat64(16, true),
    stepMs: header.getFloat64(24, true),
    expected: array(0),
    levels: Array.from({ length: levels }, (_, i) => ({
      levelPercent: header.getFloat64(fixedHeaderBytes + i * bytesPerPercent, true),
      lower: array(1 + 2 * i),
      upper: array(2 + 2 * i),
    })),
  };
}

function swapOnBigEndian(bytes: Uint8Array, headerBytes: number): void {
  if (hostIsBigEndian) {
    Buffer.from(bytes.buffer, headerBytes).swap32();
  }
}
