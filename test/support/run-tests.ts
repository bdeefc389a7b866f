/** `npm test`: runs every stage, goes on after a failed one, and ends with the line `N passed, N failed`. */
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { stages, type Check, type Stage } from './stages.ts';
import { settledCounts, sumCounts, type Counts } from './test-counts.ts';

const root = path.resolve(import.meta.dirname, '../..');
const logDir = path.join(root, '.cache', 'test');
const stillRunningMs = 30_000;
const killAfterMs = 5000;
const shownLines = 200;

const reportOf = (name: string): string => path.join(logDir, `${name}.json`);
const reportFileOf = (check: Check): string | undefined =>
  Object.values(check.env ?? {}).find((v) => v.startsWith(logDir)) ?? check.command.find((a) => a.startsWith(logDir));
const logFileOf = (check: Check): string => path.join(logDir, `${check.title.replaceAll(' ', '-')}.log`);
const seconds = (fromMs: number): string => `${((Date.now() - fromMs) / 1000).toFixed(1)} s`;
const say = (line: string): void => console.log(line);

interface Running {
  stop(): void;
}
const running = new Set<Running>();

/** Runs one program in a process group of its own, its output to a file; null when it was stopped at its deadline. */
async function runToFile(check: Check, logFile: string): Promise<number | null> {
  const [program = '', ...args] = check.command;
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, FORCE_COLOR: undefined, NO_COLOR: '1', CI: '1', ...check.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const log = createWriteStream(logFile);
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const signalGroup = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-(child.pid ?? Number.NaN), signal);
    } catch {
      // The group has ended by itself.
    }
  };
  const stop = (): void => {
    signalGroup('SIGTERM');
    setTimeout(() => signalGroup('SIGKILL'), killAfterMs).unref();
  };
  const entry: Running = { stop };
  running.add(entry);
  const deadline = setTimeout(() => {
    log.write(`\nstopped: not done after ${check.deadlineMs / 60_000} minutes\n`);
    stop();
  }, check.deadlineMs);
  try {
    return await new Promise<number | null>((resolve) => {
      child.once('error', (error) => {
        log.write(`could not start ${program}: ${error.message}\n`);
        resolve(1);
      });
      child.once('close', (code) => resolve(code));
    });
  } finally {
    clearTimeout(deadline);
    running.delete(entry);
    await new Promise<void>((resolve) => log.end(resolve));
  }
}

/** What the check reports; a check that should have left a report and did not has failed. */
function readCounts(check: Check, exitCode: number | null): Counts {
  const file = reportFileOf(check);
  if (check.count === undefined || file === undefined) {
    return settledCounts(undefined, exitCode);
  }
  try {
    return settledCounts(check.count(JSON.parse(readFileSync(file, 'utf8'))), exitCode);
  } catch (error) {
    say(`  no usable report of ${check.title}: ${error instanceof Error ? error.message : String(error)}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

function showFailure(check: Check, logFile: string): void {
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n');
  const left = lines.length - shownLines;
  say(`  ---- ${check.title}: ${check.command.join(' ')}`);
  say(left > 0 ? `  … ${left} lines before are in ${path.relative(root, logFile)}` : '');
  say(lines.slice(-shownLines).join('\n'));
  say(`  ---- end of ${check.title}`);
}

async function runCheck(check: Check): Promise<Counts> {
  const startMs = Date.now();
  const logFile = logFileOf(check);
  rmSync(reportFileOf(check) ?? logFile, { force: true });
  const ticker = setInterval(() => say(`  ${check.title}: still running, ${seconds(startMs)}`), stillRunningMs);
  const exitCode = await runToFile(check, logFile).finally(() => clearInterval(ticker));
  const counts = readCounts(check, exitCode);
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  const mark = counts.failed === 0 ? '✔' : '✘';
  say(`  ${mark} ${check.title}: ${counts.passed} passed, ${counts.failed} failed${skipped} (${seconds(startMs)})`);
  if (counts.failed > 0) {
    showFailure(check, logFile);
  }
  return counts;
}

function chosenStages(): readonly Stage[] {
  const all = stages(reportOf);
  const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } });
  const names = (values.only ?? []).flatMap((value) => value.split(','));
  const unknown = names.filter((name) => !all.some((stage) => stage.name === name));
  if (unknown.length > 0) {
    throw new Error(`no stage ${unknown.join(', ')}; there are: ${all.map((stage) => stage.name).join(', ')}`);
  }
  return names.length === 0 ? all : all.filter((stage) => names.includes(stage.name));
}

async function runStages(chosen: readonly Stage[], stopped: () => boolean): Promise<Counts> {
  const all: Counts[] = [];
  for (const [index, stage] of chosen.entries()) {
    say(`[${index + 1}/${chosen.length}] ${stage.name}`);
    for (const check of stage.checks) {
      if (!stopped()) {
        all.push(await runCheck(check));
      }
    }
  }
  return sumCounts(all);
}

async function main(): Promise<void> {
  const startMs = Date.now();
  const chosen = chosenStages();
  mkdirSync(logDir, { recursive: true });
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    running.forEach((entry) => entry.stop());
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  const total = await runStages(chosen, () => stopped);
  say(`${chosen.length} stages in ${seconds(startMs)}${stopped ? ', stopped by a signal' : ''}`);
  process.exitCode = total.failed === 0 && !stopped ? 0 : 1;
  say(`${total.passed} passed, ${total.failed} failed`);
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
