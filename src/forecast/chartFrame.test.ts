import { nowMs, aPreview } from '../test/builders.ts';
import { chartFrame, levelsOf, pointAt, scoreOf, type ChartSeries } from './chartFrame.ts';

const preview = aPreview();
const series: ChartSeries = {
  name: 'api',
  colour: 'blue',
  observed: preview.history,
  bands: [preview.heldOut, preview.forecast].filter((band) => band !== null),
  anomalies: [],
  config: { unit: 's' },
};
const range = { fromMs: nowMs - 10 * 300_000, toMs: nowMs + 86_400_000 };
const frame = chartFrame([series], levelsOf([series]), range);
const field = (name: string) => frame.fields.find((one) => one.name === name);

test('times outside the range are left out and the future is in', () => {
  const times = frame.fields[0]?.values ?? [];
  expect(times[0]).toBe(range.fromMs);
  expect(times.at(-1)).toBe(nowMs + 11 * 300_000);
});

test('the wider band lies behind the narrower one, and each upper bound is filled down to its lower one', () => {
  expect(frame.fields.map(({ name }) => name)).toEqual([
    'Time',
    'api lower 95 %',
    'api upper 95 %',
    'api lower 80 %',
    'api upper 80 %',
    'api forecast',
    'api',
  ]);
  expect(field('api upper 95 %')?.config.custom.fillBelowTo).toBe('api lower 95 %');
});

test('the forecast is dashed, has the hue of the observed line and the unit of the panel', () => {
  expect(field('api forecast')?.config).toMatchObject({ unit: 's', color: { fixedColor: 'blue' } });
  expect(field('api forecast')?.config.custom.lineStyle.fill).toBe('dash');
});

test('a time that is not on the grid of a line does not break it, a gap does', () => {
  const withGap = {
    ...series,
    observed: { startMs: nowMs - 600_000, stepMs: 300_000, values: [1, null] },
    bands: [{ startMs: nowMs - 450_000, stepMs: 300_000, expected: [7], levels: [] }],
  };
  const joined = chartFrame([withGap], [], range);
  expect(joined.fields.map(({ values }) => values)).toEqual([
    [nowMs - 600_000, nowMs - 450_000, nowMs - 300_000],
    [undefined, 7, undefined],
    [1, undefined, null],
  ]);
});

test('levels that are not drawn leave no field behind', () => {
  expect(chartFrame([series], [], range).fields).toHaveLength(3);
});

test('a point knows value, expectation and bounds by level', () => {
  expect(pointAt(frame, 'api', [95, 80], 0)).toMatchObject({
    bounds: [
      { levelPercent: 95, lower: 90, upper: 140 },
      { levelPercent: 80, lower: 95, upper: 130 },
    ],
  });
});

test.each([
  ['on its expectation', 100, 0],
  ['at the upper edge', 120, 1],
  ['half a width below the lower edge', 70, 1.5],
])('a value %s scores as the backend scores it', (_name, observed, score) => {
  const bounds = [{ levelPercent: 95, lower: 80, upper: 120 }];
  expect(scoreOf({ observed, expected: 100, bounds })).toBeCloseTo(score);
});

test('a band without width gives no score', () => {
  const bounds = [{ levelPercent: 95, lower: 100, upper: 100 }];
  expect(scoreOf({ observed: 120, expected: 100, bounds })).toBeUndefined();
});
