import type { Measurement, Suite } from '../../suite.ts';
import { azureChecks } from '../main/accuracy.ts';
import { readAzure } from '../main/azure.ts';
import { budget } from './budget.ts';
import { throughput } from './throughput.ts';
import { writing } from './writing.ts';

const parts = { throughput, writing, budget } as const;

/** Live scoring: how much of it a core does, and how often it tells of a series. */
export const scoringSuite: Suite = {
  view: 'causal',
  checks: (context) => Promise.resolve(azureChecks(readAzure(context.dataDir))),
  measure: async (context) => {
    const names = Object.keys(parts) as Array<keyof typeof parts>;
    const wanted = names.filter((name) => context.part === undefined || context.part === name);
    const measured: Measurement[] = [];
    for (const name of wanted) {
      measured.push(await parts[name](context));
    }
    return { rows: measured.flatMap(({ rows }) => rows), targets: measured.flatMap(({ targets }) => targets) };
  },
};
