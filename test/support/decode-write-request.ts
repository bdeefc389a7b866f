import { uncompressSync } from 'snappy';

export interface DecodedSeries {
  /** Name and value pairs in the order of the message. */
  readonly labels: ReadonlyArray<readonly [string, string]>;
  /** Epoch milliseconds and value. */
  readonly samples: ReadonlyArray<readonly [number, number]>;
}

interface Field {
  readonly number: number;
  readonly content: Buffer;
  readonly value: bigint;
}

/** Reads a remote-write 1.0 message as a receiver would: field by field, any order, any wire type that may occur. */
export function decodeWriteRequest(body: Uint8Array): readonly DecodedSeries[] {
  const plain = Buffer.from(uncompressSync(Buffer.from(body), { asBuffer: true }));
  return fields(plain)
    .filter(({ number }) => number === 1)
    .map(({ content }) => ({
      labels: fields(content)
        .filter(({ number }) => number === 1)
        .map((label) => [textOf(label.content, 1), textOf(label.content, 2)] as const),
      samples: fields(content)
        .filter(({ number }) => number === 2)
        .map((sample) => [Number(numberOf(sample.content, 2)), doubleOf(sample.content, 1)] as const),
    }));
}

function textOf(message: Buffer, number: number): string {
  return (
    fields(message)
      .find((field) => field.number === number)
      ?.content.toString('utf8') ?? ''
  );
}

function numberOf(message: Buffer, number: number): bigint {
  return fields(message).find((field) => field.number === number)?.value ?? 0n;
}

function doubleOf(message: Buffer, number: number): number {
  return (
    fields(message)
      .find((field) => field.number === number)
      ?.content.readDoubleLE(0) ?? 0
  );
}

/** @see https://protobuf.dev/programming-guides/encoding/ */
function fields(message: Buffer): Field[] {
  const found: Field[] = [];
  for (let at = 0; at < message.length;) {
    const key = varint(message, at);
    const type = Number(key.value & 7n);
    const number = Number(key.value >> 3n);
    const head = type === 1 ? { value: 8n, next: key.next } : varint(message, key.next);
    const end = head.next + (type === 0 ? 0 : Number(head.value));
    if (end > message.length || ![0, 1, 2].includes(type)) {
      throw new Error(`no protobuf message: field ${number} of wire type ${type} at byte ${at}`);
    }
    found.push({ number, content: message.subarray(head.next, end), value: head.value });
    at = end;
  }
  return found;
}

function varint(message: Buffer, start: number): { value: bigint; next: number } {
  let value = 0n;
  for (let at = start, shift = 0n; ; at += 1, shift += 7n) {
    const byte = message.readUInt8(at);
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) {
      return { value, next: at + 1 };
    }
  }
}
