import { createTrainingPool } from '../../../../backend/src/forecasting/training-pool.ts';
import type { BenchContext, Measurement, Suite } from '../../suite.ts';
import { accuracy, azureChecks } from './accuracy.ts';
import { readAzure } from './azure.ts';
import { memory } from './memory.ts';
import { preview } from './preview.ts';
import { training } from './training.ts';

const trainedSeries = 1_000;

/** Everything the first version promises, by the very code that jobs and previews run. */
export const mainSuite: Suite = {
  view: 'causal',
  checks: (context) => Promise.resolve(azureChecks(readAzure(context.dataDir))),
  measure: async (context) => {
    const parts = partsOf(context);
    const chosen = context.part === undefined ? Object.keys(parts) : [context.part];
    const done: Measurement[] = [];
    for (const name of chosen) {
      const part = parts[name];
      if (part === undefined) {
        throw new Error(`--part must be one of: ${Object.keys(parts).join(', ')}`);
      }
      done.push(await part());
    }
    return { rows: done.flatMap((d) => d.rows), targets: done.flatMap((d) => d.targets) };
  },
};

function partsOf(context: BenchContext): Record<string, () => Promise<Measurement>> {
  const series = readAzure(context.dataDir).slice(0, context.series);
  return {
    memory: () => memory(context.say),
    accuracy: async () => {
      const pool = createTrainingPool({ workers: 2, fitTimeoutMs: 600_000, maxQueue: 10_000 });
      try {
        return await accuracy(series, pool, context.seed, context.say);
      } finally {
        await pool.stop();
      }
    },
    preview: () => preview(series, context.say),
    training: () => training(context.dataDir, context.series ?? trainedSeries, context.say),
  };
}
