import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nextSilence, startSilence, type PresenceSample, type SilenceState } from './silence.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** A history in which the step `i` has a sample when `present(i)`. */
function aHistory(steps: number, present: (i: number) => boolean, stepMs = minute) {
  return { startMs: 0, stepMs, values: Float64Array.from({ length: steps }, (_, i) => (present(i) ? 1 : NaN)) };
}

function run(state: SilenceState, samples: ReadonlyArray<Partial<PresenceSample>>, fromStep: number) {
  return samples.map((sample, i) => {
    const timestampMs = (fromStep + i) * state.stepMs;
    return nextSilence(state, { timestampMs, present: false, known: true, ...sample }).finding;
  });
}

const absent = (count: number): Array<Partial<PresenceSample>> => Array.from({ length: count }, () => ({}));

describe('silence', () => {
  test('of a series that has a sample at each step is told while it lasts, from its first missing step', () => {
    const findings = run(startSilence(aHistory(100, () => true)), absent(5), 100);
    expect(findings.map((finding) => finding?.phase)).toEqual([undefined, undefined, 'open', 'open', 'open']);
    expect(findings.at(-1)).toMatchObject({ startMs: 100 * minute, score: 5 / 3 });
    expect(findings[2]?.evidence[0]?.text).toBe('There has been no sample for 3m; gaps are usually shorter than 3m.');
  });

  test('closes at the sample that comes back, at the last step that had none', () => {
    const findings = run(startSilence(aHistory(100, () => true)), [...absent(4), { present: true }], 100);
    expect(findings.at(-1)).toMatchObject({ phase: 'closed', startMs: 100 * minute, endMs: 103 * minute });
    expect(findings.at(-1)?.evidence[0]?.code).toBe('silence-returned');
  });

  test('is as long as the gaps of the series are: one scraped each fifth step may miss seven', () => {
    const state = startSilence(aHistory(500, (i) => i % 5 === 0));
    const findings = run(state, absent(12), 496);
    expect(findings.findIndex((finding) => finding !== undefined)).toBe(7);
  });

  test('of a nightly batch does not count by day', () => {
    const state = startSilence(
      aHistory(10 * 24 * 4, (i) => i % 96 < 4, 15 * minute),
      'series'
    );
    const night = [1, 2, 3, 4].map(() => ({ present: true }));
    expect(run(state, [...night, ...absent(92)], 10 * 96).every((finding) => finding === undefined)).toBe(true);
  });

  test('is not made usual by one outage in the history', () => {
    const state = startSilence(aHistory(1000, (i) => i < 400 || i > 700));
    expect(state.boundMs).toBe(3 * minute);
  });

  test('is not known of a series with hardly any sample', () => {
    const findings = run(startSilence(aHistory(1000, (i) => i < 5)), absent(100), 1000);
    expect(findings.every((finding) => finding === undefined)).toBe(true);
  });

  test('does not count time in which the source was down or the whole answer empty', () => {
    const state = startSilence(aHistory(100, () => true));
    const unknown = Array.from({ length: 50 }, () => ({ known: false }));
    const findings = run(state, [...unknown, ...absent(3)], 100);
    expect(findings.map((finding) => finding?.phase).slice(-4)).toEqual([undefined, undefined, undefined, 'open']);
  });

  test('of a series that is gone for good is over after a day and not told again', () => {
    const state = startSilence(aHistory(100, () => true));
    const findings = run(state, absent(3 * 24 * 60), 100).filter((finding) => finding !== undefined);
    expect(findings.at(-1)?.evidence[0]?.code).toBe('silence-gone');
    expect(findings.filter(({ phase }) => phase === 'closed')).toHaveLength(1);
    expect((findings.at(-1)?.endMs ?? 0) - (findings.at(-1)?.startMs ?? 0)).toBeLessThanOrEqual(day);
  });

  test('of a series that another has replaced is none', () => {
    const state = startSilence(aHistory(100, () => true));
    const findings = run(
      state,
      Array.from({ length: 10 }, () => ({ replaced: true })),
      100
    );
    expect(findings.every((finding) => finding === undefined)).toBe(true);
  });

  test('that was told ends when another series takes the place', () => {
    const state = startSilence(aHistory(100, () => true));
    const findings = run(state, [...absent(5), { replaced: true }, ...absent(100)], 100);
    expect(findings[5]?.evidence[0]?.code).toBe('silence-replaced');
    expect(findings.slice(6).every((finding) => finding === undefined)).toBe(true);
  });

  test('of a whole job says so', () => {
    const findings = run(
      startSilence(
        aHistory(100, () => true),
        'job'
      ),
      absent(3),
      100
    );
    expect(findings[2]?.evidence[0]?.text).toMatch(/^The query has answered no series at all for 3m/);
  });

  test('goes on the same after the state was stored and read', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ present: fc.boolean(), known: fc.boolean() }), { maxLength: 60 }), (samples) => {
        const kept = startSilence(aHistory(100, () => true));
        const stored = JSON.parse(JSON.stringify(kept)) as SilenceState;
        expect(run(stored, samples, 100)).toEqual(run(kept, samples, 100));
      })
    );
  });

  test('opens at most once for each close, and never while samples come', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (presence) => {
        const findings = run(
          startSilence(aHistory(100, () => true)),
          presence.map((present) => ({ present })),
          100
        );
        expect(findings.filter((finding, i) => finding?.phase === 'open' && presence[i])).toEqual([]);
      })
    );
  });
});
