/** Run by `memory.ts` in a process of its own: fits one family over and over and prints the memory before and after. */
import { ModelName } from '../../../../backend/src/contract/job.ts';
import { forecasterOf } from '../../../../backend/src/forecasting/models/forecasters.ts';
import { mean } from '../../statistics.ts';
import { measuredFits, reading, warmUp } from './memory.ts';

const hourMs = 3_600_000;
const points = 672;
const distinctSeries = 1_000;
const forecaster = forecasterOf(ModelName.parse(process.argv[2]));

function series(index: number): Float64Array {
  return Float64Array.from({ length: points }, (_, t) => {
    const day = Math.sin((2 * Math.PI * t) / 24) + 0.4 * Math.sin((2 * Math.PI * t) / 168 + index);
    // A fixed pseudo-random sequence: the same work on every run.
    const noise = (Math.imul((t + 1) * (index + 7), 2_654_435_761) >>> 8) / 2 ** 24 - 0.5;
    return 100 + 20 * day + 10 * noise;
  });
}

let fits = 0;

/** Fits at least so many times and for at least so long, with a look at the memory after each. */
async function fit({ count, seconds }: { count: number; seconds: number }, look: () => void): Promise<void> {
  const untilMs = performance.now() + 1000 * seconds;
  for (let done = 0; done < count || performance.now() < untilMs; done++) {
    const history = { startMs: 0, stepMs: hourMs, values: series(fits++ % distinctSeries) };
    await forecaster.forecast(history, { seasons: [24, 168], horizonSteps: 24, seed: fits });
    look();
  }
}

/** Resident bytes, the mean while fits go on: a single reading depends on the collector. */
async function residentBytes(): Promise<number> {
  const readings: number[] = [];
  await fit(reading, () => readings.push(process.memoryUsage.rss()));
  return mean(readings);
}

await fit(warmUp, () => undefined);
const before = await residentBytes();
await fit({ count: measuredFits - reading.count, seconds: 0 }, () => undefined);
const after = await residentBytes();
process.stdout.write(JSON.stringify({ before, after }));
process.exit(0);
