import { execFileSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { codeHash } from './code-hash.ts';
import { trackProgress } from './progress.ts';
import { checkTable, renderTable, type Check, type Report } from './report.ts';
import type { BenchContext, BenchOptions, Suite } from './suite.ts';
import { openUnitCache, processCpuSeconds, processMaxRssBytes, type UnitCache } from './unit-cache.ts';

export const repositoryRoot = path.resolve(import.meta.dirname, '../..');

export interface RunDeps {
  readonly options: BenchOptions;
  /** Where results are kept for the next run. */
  readonly cacheDir: string;
  /** Forgets results of earlier runs. */
  readonly fresh: boolean;
  /** Progress, for the person who waits. */
  say(text: string): void;
  /** The report, for the person and for files. */
  print(text: string): void;
}

/** Some check row is off: the protocol is not the one that the published figures were made with. */
export class ChecksFailedError extends Error {
  override readonly name = 'ChecksFailedError';

  constructor(failed: readonly Check[]) {
    const rows = failed.map((c) => `${c.name}: expected ${c.expected}, got ${c.got}`).join('; ');
    super(`Check rows are off, so nothing of ours is measured. ${rows}`);
  }
}

/**
 * Check rows first, then what the suite measures.
 * @throws ChecksFailedError when a check row is off
 */
export async function runSuite(name: string, suite: Suite, deps: RunDeps): Promise<Report> {
  const startedMs = performance.now();
  const caches = new Map<string, UnitCache>();
  const context = contextOf(deps, caches);
  const checks = await suite.checks(context);
  if (checks.length > 0) {
    deps.print(`${renderTable(checkTable(checks))}\n`);
  }
  const failed = checks.filter(({ ok }) => !ok);
  if (failed.length > 0) {
    throw new ChecksFailedError(failed);
  }
  const { rows, targets } = await suite.measure(context);
  const before = [...caches.values()].map((cache) => cache.spentBefore());
  return {
    suite: name,
    commit: commit(),
    seed: deps.options.seed,
    measuredAt: new Date().toISOString().slice(0, 10),
    machine: `${os.cpus().length} cores of ${os.cpus()[0]?.model.trim() ?? 'an unknown processor'}, Node ${process.versions.node}`,
    view: suite.view,
    cost: {
      wallSeconds: (performance.now() - startedMs) / 1000,
      cpuSeconds: before.reduce((sum, spent) => sum + spent.cpuSeconds, processCpuSeconds()),
      maxRssBytes: Math.max(processMaxRssBytes(), ...before.map((spent) => spent.maxRssBytes)),
    },
    checks,
    rows,
    targets,
  };
}

function contextOf({ options, cacheDir, fresh, say }: RunDeps, caches: Map<string, UnitCache>): BenchContext {
  return {
    ...options,
    say,
    track: (label, total) => trackProgress({ say, nowMs: () => performance.now() }, label, total),
    openCache: (name, sources) => {
      const hash = `${codeHash(repositoryRoot, sources)}.${options.seed}`;
      // Opened once in a run: a second opening would forget what this run has stored when it is to be a fresh one.
      const opened = caches.get(`${name}-${hash}`) ?? openUnitCache({ dir: cacheDir, name, hash, fresh });
      caches.set(`${name}-${hash}`, opened);
      return opened;
    },
  };
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: repositoryRoot, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
