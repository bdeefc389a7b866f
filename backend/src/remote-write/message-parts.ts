/** Where one time series of a message begins and ends, and how many samples it has. */
interface SeriesSpan {
  readonly from: number;
  readonly to: number;
  readonly samples: number;
}

/** A plain (not compressed) `prometheus.WriteRequest` and what it holds. */
export interface MessagePart {
  readonly bytes: Uint8Array;
  readonly series: number;
  readonly samples: number;
}

/** Counts what an own message holds. */
export function wholeMessage(bytes: Uint8Array): MessagePart {
  return partOf(bytes, spansOf(bytes));
}

/** Two halves by series, in order; undefined when there is nothing to divide. */
export function halves({ bytes }: MessagePart): readonly [MessagePart, MessagePart] | undefined {
  const spans = spansOf(bytes);
  if (spans.length < 2) {
    return undefined;
  }
  const middle = Math.floor(spans.length / 2);
  const at = spans[middle]?.from ?? 0;
  return [partOf(bytes.subarray(0, at), spans.slice(0, middle)), partOf(bytes.subarray(at), spans.slice(middle))];
}

/** One message of several: protobuf joins repeated fields of messages that are put one after the other. */
export function joinParts(parts: readonly MessagePart[]): MessagePart {
  return {
    bytes: Buffer.concat(parts.map(({ bytes }) => bytes)),
    series: parts.reduce((sum, { series }) => sum + series, 0),
    samples: parts.reduce((sum, { samples }) => sum + samples, 0),
  };
}

function partOf(bytes: Uint8Array, spans: readonly SeriesSpan[]): MessagePart {
  return { bytes, series: spans.length, samples: spans.reduce((sum, { samples }) => sum + samples, 0) };
}

/** Own messages hold time series and nothing else, and those hold labels and samples: length-delimited fields all. */
function spansOf(bytes: Uint8Array): readonly SeriesSpan[] {
  return fieldsOf(bytes, 0, bytes.length).map(({ start, from, to }) => ({
    from: start,
    to,
    samples: fieldsOf(bytes, from, to).filter(({ tag }) => tag === 0x12).length,
  }));
}

interface Field {
  readonly tag: number;
  /** Of the tag. */
  readonly start: number;
  /** Of the content. */
  readonly from: number;
  readonly to: number;
}

function fieldsOf(bytes: Uint8Array, from: number, to: number): readonly Field[] {
  const fields: Field[] = [];
  for (let at = from; at < to;) {
    const start = at;
    const tag = bytes[at] ?? 0;
    at += 1;
    let length = 0;
    let unit = 1;
    for (; at < to && (bytes[at] ?? 0) > 127; at += 1) {
      length += ((bytes[at] ?? 0) - 128) * unit;
      unit *= 128;
    }
    length += (bytes[at] ?? 0) * unit;
    at += 1;
    fields.push({ tag, start, from: at, to: at + length });
    at += length;
  }
  return fields;
}
