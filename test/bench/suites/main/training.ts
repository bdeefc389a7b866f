import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { judge, single } from '../../report.ts';
import { quantile } from '../../statistics.ts';
import type { Measurement } from '../../suite.ts';
import type { TrainingMeasurement } from './training-probe.ts';

const run = promisify(execFile);

/** A job of 1,000 series over four weeks at 5 minutes on two workers, then its forecasts asked for by PromQL. */
export async function training(dataDir: string, count: number, progress: (text: string) => void): Promise<Measurement> {
  progress(`training: ${count} series of 8,064 points, then query_range`);
  const { stdout } = await run(process.execPath, [`${import.meta.dirname}/training-probe.ts`, dataDir, String(count)], {
    timeout: 5_400_000,
    maxBuffer: 10_000_000,
  });
  const seen = JSON.parse(stdout) as TrainingMeasurement;
  const name = `job of ${seen.seriesTrained} series`;
  return {
    rows: [
      { name, measure: 'training, seconds', value: seen.seconds },
      { name, measure: 'RSS at most, MB', value: seen.maxRssBytes / 1e6 },
      { name, measure: 'event loop blocked at most, ms', value: seen.maxEventLoopBlockMs },
      {
        name: 'query_range 1 series, 2 weeks at 5 min',
        measure: 'median ms',
        value: 1000 * quantile(seen.oneSeriesSeconds, 0.5),
      },
      { name: 'query_range 1 series, 2 weeks at 5 min', measure: 'samples answered', value: seen.oneSeriesSamples },
      {
        name: 'query_range 1,000 series, 288 points',
        measure: 'median ms',
        value: 1000 * quantile(seen.manySeriesSeconds, 0.5),
      },
      { name: 'query_range 1,000 series, 288 points', measure: 'samples answered', value: seen.manySeriesSamples },
    ],
    targets: [
      judge(single('training 1,000 series × 8,064 points, auto, 2 workers', 's', 'lower', 600), seen.seconds),
      judge(single('memory of the backend while training', 'MB', 'lower', 600), seen.maxRssBytes / 1e6),
      judge(single('event loop blocked while training', 'ms', 'lower', 50), seen.maxEventLoopBlockMs),
      judge(
        single('query_range 1 series × 2 weeks at 5 min, p95', 'ms', 'lower', 30),
        1000 * quantile(seen.oneSeriesSeconds, 0.95)
      ),
      judge(
        single('query_range 1,000 series × 288, p95', 'ms', 'lower', 500),
        1000 * quantile(seen.manySeriesSeconds, 0.95)
      ),
    ],
  };
}
