/** `npm run bench -- --suite NAME [--data DIR] [--series N] [--seed N] [--json FILE] [--part NAME] [--fresh] | --page` */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { renderBenchmarksPage } from './benchmarks-page.ts';
import { codeHash, constantsSources } from './code-hash.ts';
import { renderReport } from './report.ts';
import { logRun } from './run-log.ts';
import { ChecksFailedError, repositoryRoot, runSuite, type SuiteRun } from './run-suite.ts';
import { resultsDir, storedReports } from './stored-reports.ts';
import type { BenchOptions } from './suite.ts';
import { suites } from './suites.ts';

interface CommandLine {
  readonly suite: string | undefined;
  readonly json: string | undefined;
  /** Only writes BENCHMARKS.md anew from the stored results. */
  readonly page: boolean;
  readonly fresh: boolean;
  readonly bench: BenchOptions;
}

function commandLine(): CommandLine {
  const { values } = parseArgs({
    options: {
      suite: { type: 'string' },
      json: { type: 'string' },
      data: { type: 'string', default: path.resolve(repositoryRoot, '../shared/data') },
      series: { type: 'string' },
      seed: { type: 'string', default: '1' },
      part: { type: 'string' },
      fresh: { type: 'boolean', default: false },
      page: { type: 'boolean', default: false },
    },
  });
  return {
    suite: values.suite,
    json: values.json,
    page: values.page,
    fresh: values.fresh,
    bench: {
      dataDir: path.resolve(values.data),
      seed: wholeNumber('--seed', values.seed),
      series: values.series === undefined ? undefined : wholeNumber('--series', values.series),
      part: values.part,
    },
  };
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value > 0)) {
    throw new Error(`${option} must be a whole number above 0, not "${text}"`);
  }
  return value;
}

function isSample({ series, part }: Pick<BenchOptions, 'series' | 'part'>): boolean {
  return series !== undefined || part !== undefined;
}

function writePage(): void {
  writeFileSync(path.join(repositoryRoot, 'BENCHMARKS.md'), renderBenchmarksPage(storedReports()));
}

/** What a run leaves: its line in the log always, its results only when it was a whole run. */
function keep({ report, codeChanged }: SuiteRun, { json, bench: { series, part } }: CommandLine): void {
  const text = `${JSON.stringify(report, null, 2)}\n`;
  if (json !== undefined) {
    writeFileSync(json, text);
  }
  logRun(report, {
    time: new Date().toISOString(),
    constants: codeHash(repositoryRoot, constantsSources),
    ...(series === undefined ? {} : { series }),
    ...(part === undefined ? {} : { part }),
  });
  if (!isSample({ series, part }) && !codeChanged) {
    mkdirSync(resultsDir, { recursive: true });
    writeFileSync(path.join(resultsDir, `${report.suite}.json`), text);
    writePage();
  }
}

async function run(): Promise<void> {
  const given = commandLine();
  if (given.page) {
    writePage();
    return;
  }
  const name = given.suite ?? '';
  const load = Object.hasOwn(suites, name) ? suites[name] : undefined;
  if (load === undefined) {
    throw new Error(`--suite must be one of: ${Object.keys(suites).join(', ')}`);
  }
  const done = await runSuite(name, await load(), {
    options: given.bench,
    cacheDir: path.join(repositoryRoot, '.cache', 'bench'),
    fresh: given.fresh,
    say: (text) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`),
    print: (text) => console.log(text),
  });
  console.log(renderReport(done.report));
  if (isSample(given.bench)) {
    console.log('\nOnly a sample: not to be compared with published figures, and not stored in test/bench/results.');
  }
  if (done.codeChanged) {
    console.log('\nThe code was edited while the suite ran: the result is not stored. Run it again.');
  }
  keep(done, given);
}

if (import.meta.main) {
  try {
    await run();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = error instanceof ChecksFailedError ? 1 : 2;
  }
}
