import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compressSync, uncompressSync } from 'snappy';
import { decodeWriteRequest } from '../../../test/support/decode-write-request.ts';
import { halves, joinParts, type MessagePart, wholeMessage } from './message-parts.ts';
import { encodeLabels, WriteRequestEncoder } from './write-request-encoder.ts';

/** A message with one series for each entry: so many samples. */
function message(samplesOfSeries: readonly number[]): MessagePart {
  const encoder = new WriteRequestEncoder();
  samplesOfSeries.forEach((count, i) => {
    const columns = Array.from({ length: count }, (_, at) => at + 1);
    encoder.addSeries(encodeLabels({ __name__: `metric_${i}` }), { timesMs: columns, values: columns, count });
  });
  return wholeMessage(Buffer.from(uncompressSync(Buffer.from(encoder.finish()), { asBuffer: true })));
}

const decoded = ({ bytes }: MessagePart) => decodeWriteRequest(compressSync(Buffer.from(bytes)));

describe('a message in parts', () => {
  const counts = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 2, maxLength: 40 });

  test('counts its series and samples', () => {
    expect(message([3, 1, 300])).toMatchObject({ series: 3, samples: 304 });
  });

  test('loses and doubles nothing when it is halved and joined', () => {
    fc.assert(
      fc.property(counts, (given) => {
        const whole = message(given);
        const [first, second] = halves(whole) ?? [whole, whole];
        expect([...decoded(first), ...decoded(second)]).toEqual(decoded(whole));
        expect(joinParts([first, second])).toEqual({ ...whole, bytes: Buffer.from(whole.bytes) });
      }),
      { numRuns: 30 }
    );
  });

  test('has halves with a share of the series each', () => {
    expect(halves(message([1, 1, 1]))?.map(({ series, samples }) => [series, samples])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  test('can not be halved below one series', () => {
    expect(halves(message([9]))).toBeUndefined();
  });
});
