import { appendFileSync } from 'node:fs';
import path from 'node:path';
import type { Report } from './report.ts';

const runLogFile = path.join(import.meta.dirname, 'runs.ndjson');

/** Adds one line about a run to the log: every look at a set is on record, samples of it too. */
export function logRun(
  report: Report,
  run: { readonly time: string; readonly constants: string; readonly series?: number; readonly part?: string }
): void {
  const figures = Object.fromEntries(report.targets.map(({ name, value }) => [name, value]));
  const { suite, commit, seed } = report;
  appendFileSync(runLogFile, `${JSON.stringify({ ...run, suite, commit, seed, figures })}\n`);
}
