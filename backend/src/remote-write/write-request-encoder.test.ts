import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { uncompressSync } from 'snappy';
import { z } from 'zod';
import { decodeWriteRequest } from '../../../test/support/decode-write-request.ts';
import { encodeLabels, WriteRequestEncoder } from './write-request-encoder.ts';

const Recorded = z.array(
  z.object({
    name: z.string(),
    bodyBase64: z.string().optional(),
    body: z
      .object({
        timeseries: z.array(z.object({ labels: z.unknown(), samples: z.array(z.tuple([z.number(), z.number()])) })),
      })
      .optional(),
  })
);
const recordings = new URL('../../../test/fixtures/mimir/remote-write-mimir-3.0.3.json', import.meta.url);
const recorded = Recorded.parse(JSON.parse(readFileSync(recordings, 'utf8')));

interface Written {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: ReadonlyArray<readonly [number, number]>;
}

function encode(series: readonly Written[]): Uint8Array {
  const encoder = new WriteRequestEncoder();
  for (const { labels, samples } of series) {
    const timesMs = samples.map(([timeMs]) => timeMs);
    const values = samples.map(([, value]) => value);
    encoder.addSeries(encodeLabels(labels), { timesMs, values, count: samples.length });
  }
  return encoder.finish();
}

const plain = (body: Uint8Array): Buffer => Buffer.from(uncompressSync(Buffer.from(body), { asBuffer: true }));

describe('a remote-write message', () => {
  test.each(['ok', 'partial', 'partial-ooo', 'two-samples-unsorted', 'reserved-label'])(
    'is byte for byte what another encoder sent to Mimir: %s',
    (name) => {
      const exchange = recorded.find((one) => one.name === name);
      const series = z
        .array(
          z.object({ labels: z.record(z.string(), z.string()), samples: z.array(z.tuple([z.number(), z.number()])) })
        )
        .parse(exchange?.body?.timeseries);
      expect(plain(encode(series))).toEqual(plain(Buffer.from(exchange?.bodyBase64 ?? '', 'base64')));
    }
  );

  test('says what went into it, for any labels, instants and values', () => {
    const text = fc.string({ minLength: 1, maxLength: 200, unit: 'binary' });
    const labels = fc.dictionary(text, text, { maxKeys: 8 });
    const sample = fc.tuple(fc.integer({ min: 0, max: 4e12 }), fc.double({ noNaN: true }));
    const series = fc.record({ labels, samples: fc.array(sample, { minLength: 1, maxLength: 20 }) });
    fc.assert(
      fc.property(fc.array(series, { maxLength: 30 }), (given) => {
        const decoded = decodeWriteRequest(encode(given));
        expect(decoded.map((one) => Object.fromEntries(one.labels))).toEqual(given.map((one) => ({ ...one.labels })));
        expect(decoded.map((one) => one.samples)).toEqual(given.map((one) => one.samples));
      }),
      { numRuns: 50 }
    );
  });

  test('has its labels sorted by their bytes and none that is empty', () => {
    const labels = { zone: 'a', __name__: 'yhat', Upper: 'x', empty: '', 이름: '값' };
    const [series] = decodeWriteRequest(encode([{ labels, samples: [[1, 1]] }]));
    expect(series?.labels).toEqual([
      ['Upper', 'x'],
      ['__name__', 'yhat'],
      ['zone', 'a'],
      ['이름', '값'],
    ]);
  });

  test('leaves out values that are not known, and series of which nothing is known', () => {
    const series = [
      {
        labels: { __name__: 'a' },
        samples: [
          [1, NaN],
          [2, 5],
        ] as const,
      },
      { labels: { __name__: 'b' }, samples: [[1, NaN]] as const },
    ];
    expect(decodeWriteRequest(encode(series))).toEqual([{ labels: [['__name__', 'a']], samples: [[2, 5]] }]);
  });

  test('does not remember the message before', () => {
    const encoder = new WriteRequestEncoder();
    const add = (name: string) =>
      encoder.addSeries(encodeLabels({ __name__: name }), { timesMs: [1], values: [1], count: 1 });
    add('first');
    encoder.finish();
    add('second');
    expect(decodeWriteRequest(encoder.finish()).map(({ labels }) => labels)).toEqual([[['__name__', 'second']]]);
  });
});
