/** Run by `memory.ts` in a process of its own: fits one family over and over and prints the memory before and after. */
import { ModelName } from '../../../../backend/src/contract/job.ts';
import { forecasterOf } from '../../../../backend/src/forecasting/models/forecasters.ts';
import { mean } from '../../statistics.ts';
import { measuredFits, warmUpFits } from './memory.ts';

const hourMs = 3_600_000;
const points = 672;
const forecaster = forecasterOf(ModelName.parse(process.argv[2]));

function series(index: number): Float64Array {
  return Float64Array.from({ length: points }, (_, t) => {
    const day = Math.sin((2 * Math.PI * t) / 24) + 0.4 * Math.sin((2 * Math.PI * t) / 168 + index);
    // A fixed pseudo-random sequence: the same work on every run.
    const noise = (Math.imul((t + 1) * (index + 7), 2_654_435_761) >>> 8) / 2 ** 24 - 0.5;
    return 100 + 20 * day + 10 * noise;
  });
}

/** Fits `count` times. @returns resident bytes, the mean over the last 100 fits: a single reading depends on the collector */
async function fit(count: number): Promise<number> {
  const readings: number[] = [];
  for (let i = 0; i < count; i++) {
    const history = { startMs: 0, stepMs: hourMs, values: series(i) };
    await forecaster.forecast(history, { seasons: [24, 168], horizonSteps: 24, seed: i + 1 });
    if (i >= count - 100) {
      readings.push(process.memoryUsage().rss);
    }
  }
  return mean(readings);
}

const before = await fit(warmUpFits);
const after = await fit(measuredFits);
process.stdout.write(JSON.stringify({ before, after }));
process.exit(0);
