import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { scoreNext, startOnline } from '../detection/online-score.ts';
import { decodeOnline, encodeOnline } from '../detection/online-state.ts';
import { EvidenceWatch, PastEvidence, waitingSteps } from './evidence-watch.ts';

const stepMs = 60_000;
const values = Float64Array.from({ length: 400 }, (_, i) => 100 + 10 * Math.sin(i / 8) + Math.sin(i * i));
const bytes = encodeOnline(startOnline({ startMs: 0, stepMs, values }).state);
const at = (step: number) => (values.length + step) * stepMs;

/** What scoring each value at once says of the last of them. */
function atOnce(given: readonly number[]): number {
  const state = decodeOnline(bytes);
  return given.reduce((_, value, step) => scoreNext(state, at(step), value), 0);
}

describe('values that wait', () => {
  const value = fc.double({ min: 50, max: 150, noNaN: true });
  // of a gap longer than all that is remembered only the end is walked through
  const runs = fc
    .array(fc.tuple(value, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 120 })), { maxLength: 8 })
    .map((parts) =>
      parts.flatMap(([one, length, gap]) => [
        ...new Array<number>(length).fill(one),
        ...new Array<number>(gap).fill(NaN),
      ])
    );

  test('are as unusual as if each had been looked at when it came', () => {
    fc.assert(
      fc.property(runs, value, (before, last) => {
        const watch = new EvidenceWatch(bytes);
        before.forEach((value, step) => {
          if (!Number.isNaN(value)) {
            watch.add(at(step), value);
          }
        });
        watch.add(at(before.length), last);
        expect(watch.newest()).toBeCloseTo(atOnce([...before, last]), 9);
      }),
      { numRuns: 40 }
    );
  });

  test('are in what is stored, from where another process goes on', () => {
    const watch = new EvidenceWatch(bytes);
    [101, 99, 104].forEach((value, step) => {
      watch.add(at(step), value);
    });
    const later = new EvidenceWatch(watch.bytes());
    later.add(at(3), 160);
    expect(later.newest()).toBe(atOnce([101, 99, 104, 160]));
  });

  test('that were seen before are nothing new', () => {
    const watch = new EvidenceWatch(bytes);
    watch.add(at(-1), 900);
    watch.add(at(0), 160);
    watch.add(at(0), 100);
    expect(watch.newest()).toBe(atOnce([160]));
  });

  test('of days are no more than those of a hundred steps', () => {
    const watch = new EvidenceWatch(bytes);
    for (let step = 0; step < 3 * waitingSteps; step++) {
      watch.add(at(step), 100);
    }
    expect(watch.bytes()).toHaveLength(bytes.length);
  });

  test('bytes that are no state are refused', () => {
    expect(() => new EvidenceWatch(Uint8Array.of(1, 2, 3))).toThrow('of another version or damaged');
  });
});

describe('times that are over', () => {
  test('are judged the same in one part and in several', () => {
    const past = { startMs: at(-200), stepMs, values: values.slice(200).fill(190, 150, 153) };
    const whole = new PastEvidence(decodeOnline(bytes)).of(past);
    const parts = new PastEvidence(decodeOnline(bytes));
    const first = parts.of({ ...past, values: past.values.slice(0, 120) });
    const second = parts.of({ ...past, startMs: at(-80), values: past.values.slice(120) });
    expect([...first, ...second]).toEqual([...whole]);
    expect(whole.indexOf(Math.max(...whole))).toBe(150);
  });

  test('without a value have no evidence', () => {
    const empty = { startMs: at(-5), stepMs, values: new Float64Array(3).fill(NaN) };
    expect([...new PastEvidence(decodeOnline(bytes)).of(empty)]).toEqual([0, 0, 0]);
  });
});
