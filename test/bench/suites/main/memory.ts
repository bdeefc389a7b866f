import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ModelName } from '../../../../backend/src/contract/job.ts';
import { judge, single, type Row, type Target } from '../../report.ts';
import type { Measurement } from '../../suite.ts';

const run = promisify(execFile);
/** Fits before the first reading: by then code is compiled and worker threads are up. */
export const warmUpFits = 250;
export const measuredFits = 1_000;

/**
 * Resident memory of a process after 1,000 fits of one family against after the first 250, each family in a process of
 * its own. Four weeks of hourly values: memory per fit shows in the count, not in the length.
 */
export async function memory(progress: (text: string) => void): Promise<Measurement> {
  const waiting = [...ModelName.options];
  const seen: Array<{ family: string; before: number; after: number }> = [];
  const lane = async () => {
    for (let family = waiting.shift(); family !== undefined; family = waiting.shift()) {
      progress(`memory: ${warmUpFits + measuredFits} fits of ${family}`);
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
  const growths = seen.map(({ before, after }) => after / before);
  const target: Target = judge(
    single('memory after 1,000 fits against before, worst family', 'ratio', 'lower', 1.1),
    Math.max(...growths)
  );
  return { rows, targets: [target] };
}
