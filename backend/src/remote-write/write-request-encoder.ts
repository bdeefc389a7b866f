import { compressSync } from 'snappy';

const firstBytes = 65_536;
// Field numbers and wire types of prometheus.WriteRequest, TimeSeries, Label and Sample, as one-byte tags.
const seriesTag = 0x0a;
const labelTag = 0x0a;
const labelNameTag = 0x0a;
const labelValueTag = 0x12;
const sampleTag = 0x12;
const sampleValueTag = 0x09;
const sampleTimeTag = 0x10;

/** Samples of one series, the first `count` of both columns. Instants are whole epoch milliseconds, ascending. */
export interface SampleColumns {
  readonly timesMs: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  readonly count: number;
}

/** A label set in sorted order, as the bytes that stand for it in a time series. Made once, used at each tick. */
export function encodeLabels(labels: Readonly<Record<string, string>>): Uint8Array {
  const sized = Object.keys(labels)
    .filter((name) => labels[name] !== '')
    .sort()
    .map((name) => {
      const value = labels[name] ?? '';
      const nameBytes = Buffer.byteLength(name);
      const valueBytes = Buffer.byteLength(value);
      return { name, nameBytes, value, valueBytes, bytes: fieldBytes(nameBytes) + fieldBytes(valueBytes) };
    });
  const encoded = Buffer.alloc(sized.reduce((sum, { bytes }) => sum + fieldBytes(bytes), 0));
  let at = 0;
  for (const { name, nameBytes, value, valueBytes, bytes } of sized) {
    at = writeHead(encoded, at, labelTag, bytes);
    at = writeHead(encoded, at, labelNameTag, nameBytes);
    at += encoded.write(name, at);
    at = writeHead(encoded, at, labelValueTag, valueBytes);
    at += encoded.write(value, at);
  }
  return encoded;
}

/** Size of a length-delimited field with its tag. */
function fieldBytes(contentBytes: number): number {
  let bytes = 2 + contentBytes;
  for (let rest = contentBytes; rest > 127; rest = Math.floor(rest / 128)) {
    bytes += 1;
  }
  return bytes;
}

/** Writes a tag and a length. @returns where the content begins */
function writeHead(bytes: Uint8Array, start: number, tag: number, length: number): number {
  bytes[start] = tag;
  let at = start + 1;
  let rest = length;
  for (; rest > 127; rest = Math.floor(rest / 128)) {
    bytes[at] = (rest % 128) | 128;
    at += 1;
  }
  bytes[at] = rest;
  return at + 1;
}

/**
 * Writes `prometheus.WriteRequest` messages (remote write 1.0) into one growing array that is used again and again.
 * @see https://prometheus.io/docs/specs/prw/remote_write_spec/
 */
export class WriteRequestEncoder {
  #bytes = new Uint8Array(firstBytes);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  /** The latest instant that was written, as a varint: the series of a tick share a few instants. */
  #timeMs = -1;
  readonly #time = new Uint8Array(8);
  #timeLength = 0;

  /** Bytes of the message so far. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds one time series; NaN values are left out, and so is a series without any other.
   * @param labels from `encodeLabels`
   * @returns how many samples were written
   */
  addSeries(labels: Uint8Array, samples: SampleColumns): number {
    const { timesMs, values, count } = samples;
    let size = labels.length;
    let written = 0;
    for (let i = 0; i < count; i += 1) {
      if (!Number.isNaN(values[i])) {
        size += 2 + this.#sampleBytes(timesMs[i] ?? 0);
        written += 1;
      }
    }
    if (written === 0) {
      return 0;
    }
    this.#reserve(size + 6);
    this.#length = writeHead(this.#bytes, this.#length, seriesTag, size);
    this.#bytes.set(labels, this.#length);
    this.#length += labels.length;
    for (let i = 0; i < count; i += 1) {
      if (!Number.isNaN(values[i])) {
        this.#addSample(timesMs[i] ?? 0, values[i] ?? 0);
      }
    }
    return written;
  }

  /** The message in snappy's block format; the next one begins. */
  finish(): Uint8Array {
    // Without the copy the result's memory is mapped anew for each message, which takes ten times as long.
    const body = compressSync(this.#bytes.subarray(0, this.#length), { copyOutputData: true });
    this.#length = 0;
    return body;
  }

  #addSample(timeMs: number, value: number): void {
    const size = this.#sampleBytes(timeMs);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at] = sampleTag;
    bytes[at + 1] = size;
    bytes[at + 2] = sampleValueTag;
    this.#view.setFloat64(at + 3, value, true);
    bytes[at + 11] = sampleTimeTag;
    at += 12;
    for (let i = 0; i < this.#timeLength; i += 1) {
      bytes[at + i] = this.#time[i] ?? 0;
    }
    this.#length = at + this.#timeLength;
  }

  /** Length of a sample's content; keeps its instant as a varint. */
  #sampleBytes(timeMs: number): number {
    if (timeMs !== this.#timeMs) {
      let rest = timeMs;
      let length = 0;
      for (; rest > 127; rest = Math.floor(rest / 128)) {
        this.#time[length] = (rest % 128) | 128;
        length += 1;
      }
      this.#time[length] = rest;
      this.#timeLength = length + 1;
      this.#timeMs = timeMs;
    }
    return 10 + this.#timeLength;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) {
      return;
    }
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
