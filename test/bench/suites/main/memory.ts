import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ModelName } from '../../../../backend/src/contract/job.ts';
import { judge, single, type Row, type Target } from '../../report.ts';
import type { Measurement } from '../../suite.ts';

const run = promisify(execFile);
/**
 * Before the first reading: a heap takes its size and code is compiled by the time that passes and by what is made, not
 * by fits, and 100 fits of the cheapest family take 20 ms.
 */
export const warmUp = { count: 100, seconds: 10 };
/** A reading spans two lives of a disposable worker, which is ended after 100 fits. */
export const reading = { count: 200, seconds: 2 };
/** From one reading's end to the other's; more for families of which 200 fits take less than a reading. */
export const measuredFits = 1_000;

/**
 * Resident memory of a process after 1,000 fits of one family against before, each family in a process of its own. Four
 * weeks of hourly values: memory per fit shows in the count, not in the length.
 */
export async function memory(progress: (text: string) => void): Promise<Measurement> {
  const waiting = [...ModelName.options];
  const seen: Array<{ family: string; before: number; after: number }> = [];
  const lane = async () => {
    for (let family = waiting.shift(); family !== undefined; family = waiting.shift()) {
      progress(`memory: ${warmUp.count + reading.count + measuredFits} fits of ${family}`);
      const probe = [`${import.meta.dirname}/memory-probe.ts`, family];
      const { stdout } = await run(process.execPath, probe, { timeout: 1_800_000 });
      seen.push({ family, ...(JSON.parse(stdout) as { before: number; after: number }) });
    }
  };
  // A process each, one for each core: what one holds says nothing about another.
  await Promise.all([lane(), lane()]);
  const rows: Row[] = seen.flatMap(({ family, before, after }) => [
    { name: family, measure: 'RSS after 1,000 fits, MB', value: after / 1e6 },
    { name: family, measure: 'RSS against before', value: after / before },
  ]);
  const changes = seen.map(({ before, after }) => Math.abs(after / before - 1));
  const target: Target = judge(
    single('memory after 1,000 fits, up or down from before, family that changes most', '%', 'lower', 10),
    100 * Math.max(...changes)
  );
  return { rows, targets: [target] };
}
