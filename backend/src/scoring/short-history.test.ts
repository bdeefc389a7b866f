import { expect, test } from '@jest/globals';
import { JobSpec } from '../contract/job.ts';
import { forecastSeries } from '../forecasting/forecast-series.ts';
import { forecastTask } from '../jobs/training/forecast-request.ts';
import { thresholdOf } from './budget.ts';
import { PastScorer } from './past-scores.ts';
import { Replay } from './replay.ts';
import { excursionRuleOf, makeDetectors } from './series-detectors.ts';

const stepMs = 15_000;
const hourSteps = 240;
const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 10, 25, 12);
const spec = JobSpec.parse({
  ...{ name: 'live', query: 'q', step: '15s', training: '1h', horizon: '1h', retrain: '1h', models: ['slot-median'] },
});

/** A daily wave with noise of each series' own; reproducible. */
function seriesOf(seed: number, steps: number): Float64Array {
  let state = seed * 7_919 + 1;
  return Float64Array.from({ length: steps }, (_, i) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const noise = state / 1_073_741_824 - 1;
    return 100 + 10 * Math.sin((2 * Math.PI * ((startMs + i * stepMs) % dayMs)) / dayMs) + noise;
  });
}

/** Trains on an hour, and scores the ten minutes after it. */
async function alertsAfterAnHour(seed: number, broken: number): Promise<number> {
  const values = seriesOf(seed, hourSteps + 40);
  const history = { startMs, stepMs, values: values.slice(0, hourSteps) };
  const outcome = await forecastSeries(forecastTask(spec, history, 2 * 3_600_000));
  const { budget, evidence } = makeDetectors(spec, outcome, outcome.heldOut);
  const rule = excursionRuleOf(spec);
  const replay = new Replay(rule.hysteresis, spec.sensitivity);
  const after = {
    startMs: startMs + hourSteps * stepMs,
    stepMs,
    values: values.slice(hourSteps).map((value, i) => value + (i >= 20 ? broken : 0)),
  };
  const { forecast: band } = outcome;
  if (band === undefined || evidence === undefined) {
    throw new Error('an hour is enough for a forecast');
  }
  for (const step of new PastScorer(rule).steps({ history: after, band, evidence: undefined })) {
    evidence.add(step.timeMs, step.value);
    replay.add({ ...step, evidence: evidence.newest(), threshold: thresholdOf(budget, spec.sensitivity) });
  }
  return replay.anomalies().length;
}

test('after an hour of history none of sixteen calm series is told of in ten minutes, and each one that breaks is', async () => {
  const seeds = Array.from({ length: 16 }, (_, i) => i);
  const calm = await Promise.all(seeds.map((seed) => alertsAfterAnHour(seed, 0)));
  const broken = await Promise.all(seeds.slice(0, 4).map((seed) => alertsAfterAnHour(seed, 40)));
  expect(calm.filter((alerts) => alerts > 0)).toHaveLength(0);
  expect(broken.filter((alerts) => alerts === 1)).toHaveLength(4);
}, 30_000);
