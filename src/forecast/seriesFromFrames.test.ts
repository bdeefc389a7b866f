import { FieldType, toDataFrame } from '@grafana/data';
import { aFrame } from '../test/builders.ts';
import { seriesFromFrames } from './seriesFromFrames.ts';

test('each frame of a Prometheus answer is a series with the name of the legend', () => {
  const { series } = seriesFromFrames([aFrame(20, { service: 'api' }), aFrame(20, { service: 'web' })]);
  expect(series.map(({ name, refId, values }) => [name, refId, values.length])).toEqual([
    ['api', 'A', 20],
    ['web', 'A', 20],
  ]);
});

test('a wide frame is as many series as it has numeric fields', () => {
  const wide = toDataFrame({
    refId: 'B',
    fields: [
      { name: 'time', type: FieldType.time, values: [1, 2, 3] },
      { name: 'cpu', type: FieldType.number, values: [1, 2, 3], config: { unit: 'percent' } },
      { name: 'host', type: FieldType.string, values: ['a', 'a', 'a'] },
      { name: 'disk', type: FieldType.number, values: [4, 5, 6] },
    ],
  });
  expect(seriesFromFrames([wide]).series.map(({ name, unit }) => [name, unit])).toEqual([
    ['cpu', 'percent'],
    ['disk', undefined],
  ]);
});

test('gaps, NaN and infinity become null', () => {
  const frame = toDataFrame({
    fields: [
      { name: 'time', type: FieldType.time, values: [1, 2, 3, 4] },
      { name: 'v', type: FieldType.number, values: [1, NaN, Infinity, null] },
    ],
  });
  expect(seriesFromFrames([frame]).series[0]?.values).toEqual([1, null, null, null]);
});

test.each([
  ['the table of an instant query', [5, 5, 5], [1, 2, 3]],
  ['a single row', [5], [1]],
  ['times that run backwards', [3, 2, 1], [1, 2, 3]],
])('%s is no time series', (_name, times, values) => {
  const frame = toDataFrame({
    fields: [
      { name: 'time', type: FieldType.time, values: times },
      { name: 'v', type: FieldType.number, values },
    ],
  });
  expect(seriesFromFrames([frame])).toEqual({ series: [], skippedFrames: 1 });
});

test('an empty frame is no table either', () => {
  expect(seriesFromFrames([toDataFrame({ fields: [] })])).toEqual({ series: [], skippedFrames: 0 });
});

test('two fields of one name have different keys', () => {
  const { series } = seriesFromFrames([aFrame(), aFrame()]);
  expect(new Set(series.map(({ key }) => key)).size).toBe(2);
});
