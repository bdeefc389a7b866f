import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ForecastOutcome } from '../../forecasting/forecast-task.ts';
import { widenOnHolidays } from './holiday-bands.ts';
import { learnableHistory, type ExcludedRange } from './learnable-history.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const days = 10;
const history = { startMs: 0, stepMs: hourMs, values: Float64Array.from({ length: days * 24 }, (_, i) => i) };
const range = (reason: ExcludedRange['reason'], fromMs: number, toMs: number): ExcludedRange => ({
  ...{ seriesId: 's1', reason, fromMs, toMs },
});
const gapsOf = (values: Float64Array) =>
  [...values.entries()].flatMap(([i, value]) => (Number.isNaN(value) ? [i] : []));

describe('what a training may not learn', () => {
  test('a confirmed incident and a rejected level are gaps from their first to their last value', () => {
    const excluded = [range('incident', 10 * hourMs, 12 * hourMs), range('rejected-level', 20 * hourMs, 21 * hourMs)];
    const { series, notes } = learnableHistory(history, { excluded, holidays: [] });
    expect(gapsOf(series.values)).toEqual([10, 11, 12, 20, 21]);
    expect(notes).toMatchObject([{ code: 'excluded', severity: 'info', facts: { removed: 5, values: 240 } }]);
    expect(gapsOf(history.values)).toEqual([]);
  });

  test('a holiday is a gap until the value at its end, which is not in it', () => {
    const holidays = [{ name: 'x', startMs: dayMs, endMs: 2 * dayMs }];
    const { series } = learnableHistory(history, { excluded: [], holidays });
    expect(gapsOf(series.values)).toEqual(Array.from({ length: 24 }, (_, i) => 24 + i));
  });

  test('one that lasts reaches to the end, and one outside of the history changes nothing', () => {
    const lasting = [range('incident', 238 * hourMs, Number.MAX_SAFE_INTEGER)];
    expect(gapsOf(learnableHistory(history, { excluded: lasting, holidays: [] }).series.values)).toEqual([238, 239]);
    const outside = [range('incident', -dayMs, -1), range('incident', 11 * dayMs, 12 * dayMs)];
    expect(learnableHistory(history, { excluded: outside, holidays: [] })).toEqual({ series: history, notes: [] });
  });

  test('is learned all the same when too little would be left, and a warning says so', () => {
    const holidays = [{ name: 'x', startMs: 0, endMs: 5 * dayMs }];
    const { series, notes } = learnableHistory(history, { excluded: [], holidays });
    expect(gapsOf(series.values)).toEqual([]);
    expect(notes).toMatchObject([{ code: 'excluded', severity: 'warning' }]);
  });

  test('an old level that was given up is cut off once the new one has lasted three days', () => {
    const accepted = (atMs: number) => [range('old-level', 0, atMs - 1)];
    const long = learnableHistory(history, { excluded: accepted(5 * dayMs), holidays: [] });
    expect(long.series).toMatchObject({ startMs: 5 * dayMs, stepMs: hourMs });
    expect([long.series.values.length, long.series.values[0]]).toEqual([120, 120]);
    expect(long.notes).toMatchObject([{ code: 'new-level' }]);
    const young = learnableHistory(history, { excluded: accepted(8 * dayMs), holidays: [] });
    expect(young.series).toBe(history);
    expect(young.notes).toMatchObject([{ code: 'new-level', facts: { least: '3d' } }]);
  });

  test('never moves a value to another instant', () => {
    const anyRange = fc.record({
      reason: fc.constantFrom<Array<ExcludedRange['reason']>>('incident', 'rejected-level', 'old-level'),
      fromMs: fc.integer({ min: -dayMs, max: 11 * dayMs }),
      lastsMs: fc.integer({ min: 0, max: 4 * dayMs }),
    });
    fc.assert(
      fc.property(fc.array(anyRange, { maxLength: 5 }), (ranges) => {
        const excluded = ranges.map(({ reason, fromMs, lastsMs }) => range(reason, fromMs, fromMs + lastsMs));
        const { series } = learnableHistory(history, { excluded, holidays: [] });
        const shift = (series.startMs - history.startMs) / hourMs;
        const moved = [...series.values].filter((value, i) => !Number.isNaN(value) && value !== i + shift);
        expect(moved).toEqual([]);
      })
    );
  });
});

describe('the band on a coming holiday', () => {
  const outcome: ForecastOutcome = {
    ...{ state: 'modelled', notes: [], history, heldOut: undefined, anomalies: [], nowScore: undefined },
    ...{ backtest: undefined, model: 'blend', cpuSeconds: 1 },
    forecast: {
      startMs: 0,
      stepMs: hourMs,
      expected: Float32Array.from({ length: 48 }, () => 10),
      levels: [
        {
          levelPercent: 95,
          lower: Float32Array.from({ length: 48 }, () => 8),
          upper: Float32Array.from({ length: 48 }, () => 13),
        },
      ],
    },
  };
  const day = { name: 'Chuseok', startMs: 24 * hourMs, endMs: 48 * hourMs };

  test('is twice as wide on its days and as it was on others', () => {
    const widened = widenOnHolidays(outcome, [day, day], undefined);
    const level = widened.forecast?.levels[0];
    expect([level?.lower[23], level?.upper[23]]).toEqual([8, 13]);
    expect([level?.lower[24], level?.upper[24], level?.upper[47]]).toEqual([6, 16, 16]);
    expect(widened.notes).toMatchObject([{ code: 'holidays', facts: { names: 'Chuseok', times: 2 } }]);
    expect(outcome.forecast?.levels[0]?.upper[24]).toBe(13);
  });

  test('keeps to what values can exist', () => {
    const level = widenOnHolidays(outcome, [day], { min: 7, max: 14 }).forecast?.levels[0];
    expect([level?.lower[24], level?.upper[24]]).toEqual([7, 14]);
  });

  test('is not touched by holidays that are over or too far off, and no note is made', () => {
    const far = [
      { name: 'past', startMs: -dayMs, endMs: 0 },
      { name: 'later', startMs: 48 * hourMs, endMs: 72 * hourMs },
    ];
    expect(widenOnHolidays(outcome, far, undefined)).toBe(outcome);
    expect(widenOnHolidays({ ...outcome, forecast: undefined }, [day], undefined).notes).toEqual([]);
  });
});
