import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EventLines } from './event-lines.ts';

const line = (seq: number, text = '') => `${JSON.stringify({ seq, kind: 'note', host: null, text })}\n`;

describe('lines of the event channel', () => {
  test('however the bytes are cut, the events are the same', () => {
    const bytes = Buffer.from([1, 2, 3].map((seq) => line(seq, 'ü€😀'.repeat(seq))).join(''));
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 10 }), (cuts) => {
        const lines = new EventLines();
        const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const events = at.slice(1).flatMap((end, i) => lines.push(bytes.subarray(at[i], end)));
        expect(events.map(({ seq, text }) => [seq, text.length])).toEqual([
          [1, 4],
          [2, 8],
          [3, 12],
        ]);
      })
    );
  });

  test('a line over 1 MB is left out and counted, and the next one is read', () => {
    const lines = new EventLines();
    const parts = [Buffer.alloc(700_000, 'x'), Buffer.alloc(700_000, 'x'), Buffer.from(`\n${line(2)}`)];
    expect(parts.flatMap((part) => lines.push(part)).map(({ seq }) => seq)).toEqual([2]);
    expect(lines.dropped).toBe(1);
  });

  test.each(['not json', '{"seq":1}', '[]', '', '{"seq":0,"kind":"note","host":null,"text":""}'])(
    'what is no event is counted: %s',
    (text) => {
      const lines = new EventLines();
      expect(lines.push(Buffer.from(`${text}\n`))).toEqual([]);
      expect(lines.dropped).toBe(1);
    }
  );
});
