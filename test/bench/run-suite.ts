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
export async function runSuite(name: string, suite: Suite, deps: RunDeps): Promise<SuiteRun> {
  const startedMs = performance.now();
  const startCommit = commit();
  const caches = new Map<string, OpenCache>();
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
  const before = [...caches.values()].map(({ cache }) => cache.spentBefore());
  const report: Report = {
    suite: name,
    commit: startCommit,
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
  const codeChanged = [...caches.values()].some(({ sources, hash }) => codeHash(repositoryRoot, sources) !== hash);
  return { report, codeChanged };
}

export interface SuiteRun {
  readonly report: Report;
  /** The code that makes the results was edited meanwhile: which of the two made them cannot be said. */
  readonly codeChanged: boolean;
}

interface OpenCache {
  readonly cache: UnitCache;
  readonly sources: readonly string[];
  readonly hash: string;
}

function contextOf({ options, cacheDir, fresh, say }: RunDeps, caches: Map<string, OpenCache>): BenchContext {
  return {
    ...options,
    say,
    track: (label, total) => trackProgress({ say, nowMs: () => performance.now() }, label, total),
    openCache: (name, sources) => {
      const hash = codeHash(repositoryRoot, sources);
      const key = `${name}-${hash}`;
      // Opened once in a run: a second opening would forget what this run has stored when it is to be a fresh one.
      const cache =
        caches.get(key)?.cache ?? openUnitCache({ dir: cacheDir, name, hash: `${hash}.${options.seed}`, fresh });
      caches.set(key, { cache, sources, hash });
      return cache;
    },
  };
}

/** The commit, with a mark when the code on disk is not that of the commit. */
function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: repositoryRoot, encoding: 'utf8' }).trim();
  const written = [':!test/bench/results', ':!test/bench/runs.ndjson'];
  try {
    const changed = git('status', '--porcelain', '--', 'backend/src', 'test/bench', ...written) !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? ' with changes' : ''}`;
  } catch {
    return 'unknown';
  }
}
