import { expect, test } from '@jest/globals';
import type { ForecastUnit } from '../../forecasts/units.ts';
import type { Answer, Contest, Round } from './contest.ts';
import { compare, standingRows } from './standings.ts';

const unit: ForecastUnit = {
  id: '',
  series: '',
  history: Float64Array.of(0, 1, 0, 1),
  actual: Float64Array.of(10, 10),
  startMs: 0,
  stepMs: 1000,
};
const answer = (expected: number, wallSeconds: number): Answer => ({
  expected: [expected, expected],
  lower: [expected - 1, expected - 1],
  upper: [expected + 1, expected + 1],
  wallSeconds,
  cpuSeconds: wallSeconds,
});
const round = (auto: Answer, rivals: ReadonlyArray<readonly [string, Answer | { error: string }]>): Round => ({
  unit,
  auto,
  rivals: new Map(rivals),
});
const contest: Contest = {
  name: 'contest',
  season: 1,
  units: [unit, unit, unit],
  rivals: [
    { method: 'Slow', every: 2 },
    { method: 'Broken', every: 1 },
  ],
};
const rounds = [
  round(answer(11, 1), [
    ['Slow', answer(12, 4)],
    ['Broken', { error: 'no' }],
  ]),
  round(answer(19, 9), [['Broken', { error: 'no' }]]),
  round(answer(10, 1), [
    ['Slow', { error: 'diverged' }],
    ['Broken', { error: 'no' }],
  ]),
];

test('a rival is compared on the series that it forecast, and its failures are counted', () => {
  const [slow, ...others] = compare(contest, rounds);

  expect(others).toEqual([]);
  expect(slow).toMatchObject({
    method: 'Slow',
    failed: 1,
    rival: { series: 1, mase: 2, wallSeconds: 4, coverage95: 0 },
    auto: { series: 1, mase: 1, wallSeconds: 1, coverage95: 1 },
  });
});

test('ratios of time and error are told beside the figures over all series', () => {
  const rows = standingRows(contest, rounds);
  const valueOf = (name: string, measure: string) =>
    rows.find((row) => row.name === name && row.measure === measure)?.value;

  expect(valueOf('auto', 'series')).toBe(3);
  expect(valueOf('Slow', 'time of auto / its')).toBe(0.25);
  expect(valueOf('Slow', 'MASE of auto / its')).toBe(0.5);
});
