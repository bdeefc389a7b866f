import { expect, test } from '@jest/globals';
import { JobSpec } from '../../contract/job.ts';
import { forecastSeries } from '../../forecasting/forecast-series.ts';
import { startAdaptive } from '../../forecasting/adaptive-band.ts';
import { encodeDetectors, makeDetectors } from '../../scoring/series-detectors.ts';
import { forecastTask } from '../training/forecast-request.ts';
import { encodeBand } from './band-codec.ts';

const stepMs = 300_000;
const day = 288;

test('what a training keeps of a series, four weeks at 5 minutes, fits into 60 kB, and what scoring keeps into 10 kB', async () => {
  const spec = JobSpec.parse({ name: 'load', query: 'load', step: '5m', training: '28d', horizon: '24h' });
  const values = Float64Array.from(
    { length: 28 * day },
    (_, i) => 100 + 20 * Math.sin((2 * Math.PI * i) / day) + 5 * Math.sin(i * i)
  );
  const task = forecastTask(spec, { startMs: 0, stepMs, values }, 1.5 * day * stepMs);
  const outcome = await forecastSeries({ ...task, models: ['naive', 'slot-median'] });
  const { forecast, heldOut, backtest } = outcome;
  const detectors = encodeDetectors(makeDetectors(spec, outcome, heldOut, undefined)).length;
  const stored = (forecast === undefined ? 0 : encodeBand(forecast).length) + JSON.stringify(backtest).length;
  expect(forecast?.expected).toHaveLength(1.5 * day);
  expect(stored + detectors).toBeLessThan(60_000);
  expect(detectors + JSON.stringify(startAdaptive(spec.levels)).length).toBeLessThan(10_000);
});
