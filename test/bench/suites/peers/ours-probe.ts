/**
 * Run by `contest.ts` in a process of its own, so that it can be held to one core: answers each line of standard input, a
 * series, with its forecast by `auto`.
 */
import { createInterface } from 'node:readline';
import { forecastSeries } from '../../../../backend/src/forecasting/forecast-series.ts';
import { taskOf } from '../../forecasts/units.ts';
import { processCpuSeconds } from '../../unit-cache.ts';
import type { Answer, Request } from './contest.ts';

async function answer({ values, horizon, stepSeconds }: Request, seed: number): Promise<Answer> {
  const unit = {
    id: '',
    series: '',
    history: Float64Array.from(values),
    actual: new Float64Array(horizon),
    startMs: 0,
    stepMs: stepSeconds * 1000,
  };
  const started = performance.now();
  const cpuBefore = processCpuSeconds();
  const { forecast } = await forecastSeries(taskOf(unit, 'auto', seed));
  const band = forecast?.levels.find(({ levelPercent }) => levelPercent === 95);
  return {
    expected: [...(forecast?.expected ?? [])],
    lower: [...(band?.lower ?? [])],
    upper: [...(band?.upper ?? [])],
    wallSeconds: (performance.now() - started) / 1000,
    cpuSeconds: processCpuSeconds() - cpuBefore,
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line) as Request, Number(process.argv[2])))}\n`);
}
process.exit(0);
