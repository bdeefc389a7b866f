/** `npm run bench -- --suite NAME [--json FILE] [--data DIR] [--series N] [--seed N]` */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { renderBenchmarksPage } from './benchmarks-page.ts';
import { renderReport, type Report } from './report.ts';
import { resultsDir, storedReports } from './stored-reports.ts';
import type { BenchOptions, Suite } from './suite.ts';
import { mainSuite } from './suites/main/main.ts';

const root = path.resolve(import.meta.dirname, '../..');
const suites: Record<string, Suite> = { main: mainSuite };

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

function options(): { suite: Suite; name: string; json: string | undefined; bench: BenchOptions } {
  const { values } = parseArgs({
    options: {
      suite: { type: 'string' },
      json: { type: 'string' },
      data: { type: 'string', default: path.resolve(root, '../shared/data') },
      series: { type: 'string' },
      seed: { type: 'string', default: '1' },
      part: { type: 'string' },
    },
  });
  const suite = suites[values.suite ?? ''];
  if (suite === undefined) {
    throw new Error(`--suite must be one of: ${Object.keys(suites).join(', ')}`);
  }
  const series = values.series === undefined ? undefined : Number(values.series);
  if (series !== undefined && !(Number.isInteger(series) && series > 0)) {
    throw new Error('--series must be a whole number above 0');
  }
  return {
    suite,
    name: values.suite ?? '',
    json: values.json,
    bench: { dataDir: values.data, seed: Number(values.seed), series, part: values.part },
  };
}

async function run(): Promise<number> {
  const { suite, name, json, bench } = options();
  const outcome = await suite(bench, (text) =>
    process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`)
  );
  const machine = `${os.cpus().length} cores of ${os.cpus()[0]?.model.trim() ?? 'an unknown processor'}, Node ${process.versions.node}`;
  const report: Report = {
    suite: name,
    commit: commit(),
    seed: bench.seed,
    measuredAt: new Date().toISOString().slice(0, 10),
    machine,
    ...outcome,
  };
  const failed = report.checks.filter((c) => !c.ok);
  if (failed.length > 0) {
    console.error(
      `check rows are off, nothing is reported: ${failed.map((c) => `${c.name} expected ${c.expected} got ${c.got}`).join('; ')}`
    );
    return 1;
  }
  console.log(renderReport(report));
  if (json !== undefined) {
    writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  }
  // A part or a sample of the series is for looking, not for the record.
  if (bench.part === undefined && bench.series === undefined) {
    mkdirSync(resultsDir, { recursive: true });
    writeFileSync(path.join(resultsDir, `${name}.json`), `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(path.join(root, 'BENCHMARKS.md'), renderBenchmarksPage(storedReports()));
  }
  return 0;
}

if (import.meta.main) {
  try {
    process.exitCode = await run();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 2;
  }
}
