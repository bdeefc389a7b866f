import { expect, test } from '@jest/globals';
import type { BandArrays, ForecastOutcome } from '../../forecasting/forecast-task.ts';
import { Siblings } from './borrow-from-siblings.ts';

const stepMs = 60_000;
const needs = { levels: [80, 95], range: undefined };

function flat(level: number, from: number, to: number): BandArrays {
  return { startMs: from * stepMs, stepMs, expected: new Float32Array(to - from).fill(level), levels: [] };
}

/** 200 steps around a level, the last 100 with held-out lines, and a forecast of 50 more. */
function modelled(level: number): ForecastOutcome {
  const values = Float64Array.from({ length: 200 }, (_, i) => level + Math.sin(i * i));
  return {
    ...{ state: 'modelled', notes: [], anomalies: [], nowScore: 0, backtest: undefined, model: 'blend', cpuSeconds: 1 },
    history: { startMs: 0, stepMs, values },
    heldOut: flat(level, 100, 200),
    forecast: flat(level, 200, 250),
  };
}

/** The last ten steps of a series at a level. */
function young(level: number): ForecastOutcome {
  return {
    ...{
      state: 'warming-up',
      anomalies: [],
      nowScore: undefined,
      backtest: undefined,
      model: undefined,
      cpuSeconds: 0,
    },
    notes: [{ code: 'warming-up', severity: 'info', text: 'Only 10 usable values' }],
    history: { startMs: 190 * stepMs, stepMs, values: new Float64Array(10).fill(level) },
    heldOut: undefined,
    forecast: undefined,
  };
}

test('a series that warms up gets a band at its own level, and a note says from whom', () => {
  const siblings = new Siblings();
  siblings.add({ app: 'shop', pod: 'a' }, modelled(100));
  siblings.add({ app: 'shop', pod: 'b' }, modelled(300));
  const lent = siblings.lend({ app: 'shop', pod: 'c' }, young(50), needs);
  expect(lent).toMatchObject({ state: 'rule', model: 'siblings' });
  expect(lent.notes).toMatchObject([{ code: 'borrowed-from-siblings', facts: { values: 10, siblings: 2 } }]);
  expect(lent.forecast?.startMs).toBe(200 * stepMs);
  expect(lent.forecast?.expected[0]).toBeCloseTo(50, 0);
});

test('those that share most labels are asked first', () => {
  const siblings = new Siblings();
  siblings.add({ app: 'shop', pod: 'a' }, modelled(100));
  siblings.add({ app: 'mail', pod: 'b' }, modelled(300));
  const lent = siblings.lend({ app: 'shop', pod: 'c' }, young(50), needs);
  expect(lent.notes[0]?.facts).toMatchObject({ siblings: 1 });
});

test('without a modelled sibling the series goes on warming up', () => {
  const siblings = new Siblings();
  siblings.add({ pod: 'a' }, { ...modelled(100), state: 'rule' });
  expect(siblings.lend({ pod: 'c' }, young(50), needs)).toEqual(young(50));
});

test('a series that has an answer of its own borrows nothing', () => {
  const siblings = new Siblings();
  siblings.add({ pod: 'a' }, modelled(100));
  expect(siblings.lend({ pod: 'a' }, modelled(100), needs)).toEqual(modelled(100));
});
