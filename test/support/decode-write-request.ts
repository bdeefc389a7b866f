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
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message.readUInt8(at);
      at += 1;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) {
        return value;
      }
    }
  };
  while (at < message.length) {
    const key = Number(varint());
    const type = key & 7;
    const value = type === 0 ? varint() : type === 2 ? varint() : 0n;
    const length = type === 2 ? Number(value) : type === 1 ? 8 : 0;
    if (at + length > message.length || ![0, 1, 2].includes(type)) {
      throw new Error(`no protobuf message: field ${key >> 3} of wire type ${type} at byte ${at}`);
    }
    found.push({ number: key >> 3, content: message.subarray(at, at + length), value });
    at += length;
  }
  return found;
}
