import type { PanelSeries } from '../../forecast/seriesFromFrames.ts';
import { chartOfServed, servedForecasts } from './facadeBands.ts';

const stepMs = 60_000;
function series(labels: Record<string, string>, values: Array<number | null>, name = 'x'): PanelSeries {
  return {
    key: JSON.stringify(labels),
    name,
    refId: 'A',
    labels,
    timestampsMs: values.map((_, i) => i * stepMs),
    values,
  };
}
const ours = (metric: string, values: number[], rest = {}) =>
  series({ __name__: metric, for: 'shop', service: 'api', ...rest }, values);

test('expected line and bounds of one series belong together, each level with its own pair', () => {
  const [served] = servedForecasts([
    ours('yhat', [5]),
    ours('yhat_lower', [1]),
    ours('yhat_upper', [9]),
    ours('yhat_lower_p99_5', [0]),
    ours('yhat_upper_p99_5', [10]),
  ]);
  expect(served).toMatchObject({ job: 'shop', observed: undefined });
  expect(served?.bounds.map(({ levelPercent }) => levelPercent)).toEqual(['widest', 99.5]);
});

test('the names of Grafana’s machine learning are understood as well', () => {
  const ml = (ml_forecast: string) => series({ __name__: 'rps:predicted', ml_forecast }, [1]);
  expect(servedForecasts([ml('yhat'), ml('yhat_lower'), ml('yhat_upper')])[0]?.bounds).toHaveLength(1);
});

test('two services are two forecasts', () => {
  expect(servedForecasts([ours('yhat', [1]), ours('yhat', [2], { service: 'web' })])).toHaveLength(2);
});

test('the metric beside its forecast is what was observed', () => {
  const [served] = servedForecasts([ours('yhat', [5, 6]), series({ __name__: 'rps' }, [4, null], 'Requests')]);
  expect(served?.name).toBe('Requests');
  expect(served && chartOfServed(served, stepMs, 95).observed?.values).toEqual([4, null]);
});

test.each([
  ['an ordinary metric', [series({ __name__: 'up' }, [1])]],
  ['bounds without an expected line', [ours('yhat_lower', [1]), ours('yhat_upper', [2])]],
  ['nothing', []],
])('%s is no forecast of ours', (_name, all) => {
  expect(servedForecasts(all)).toEqual([]);
});

test('the plain bounds get the widest level of the job, and lines of different length share one grid', () => {
  const [served] = servedForecasts([ours('yhat', [5, 6, 7]), ours('yhat_lower', [1]), ours('yhat_upper', [9])]);
  expect(served && chartOfServed(served, stepMs, 99).bands).toEqual([
    {
      startMs: 0,
      stepMs,
      expected: [5, 6, 7],
      levels: [{ levelPercent: 99, lower: [1, null, null], upper: [9, null, null] }],
    },
  ]);
});
