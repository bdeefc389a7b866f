import { createTrainingPool } from '../../../../backend/src/forecasting/training-pool.ts';
import type { Suite, SuiteOutcome } from '../../suite.ts';
import { accuracy } from './accuracy.ts';
import { readAzure } from './azure.ts';
import { memory } from './memory.ts';
import { preview } from './preview.ts';
import { training } from './training.ts';

const trainedSeries = 1_000;

/** Everything the first version promises, by the very code that jobs and previews run. */
export const mainSuite: Suite = async (options, progress) => {
  const series = readAzure(options.dataDir).slice(0, options.series);
  const parts: Record<string, () => Promise<SuiteOutcome>> = {
    memory: () => memory(progress),
    accuracy: async () => {
      const pool = createTrainingPool({ workers: 2, fitTimeoutMs: 600_000, maxQueue: 10_000 });
      try {
        return await accuracy(series, pool, options.seed, progress);
      } finally {
        await pool.stop();
      }
    },
    preview: () => preview(series, progress),
    training: () => training(options.dataDir, options.series ?? trainedSeries, progress),
  };
  const chosen = options.part === undefined ? Object.keys(parts) : [options.part];
  const outcomes: SuiteOutcome[] = [];
  for (const name of chosen) {
    const part = parts[name];
    if (part === undefined) {
      throw new Error(`--part must be one of: ${Object.keys(parts).join(', ')}`);
    }
    outcomes.push(await part());
  }
  return {
    // The expected figures are those of all series.
    checks: options.series === undefined ? outcomes.flatMap((o) => o.checks) : [],
    rows: outcomes.flatMap((o) => o.rows),
    targets: outcomes.flatMap((o) => o.targets),
  };
};
