import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

export interface UnitCache {
  /** The stored result of this unit of work, else what `compute` gives, stored as JSON before it is returned. */
  unit<T>(key: string, compute: () => Promise<T>): Promise<T>;
  /** What earlier runs spent on the results that were taken from them. */
  spentBefore(): Spent;
}

export interface Spent {
  readonly cpuSeconds: number;
  readonly maxRssBytes: number;
}

export interface UnitCacheOptions {
  readonly dir: string;
  readonly name: string;
  /** Of everything that makes the results: another one is another cache. */
  readonly hash: string;
  /** Forgets what earlier runs stored. */
  readonly fresh: boolean;
}

const Line = z.object({
  key: z.string(),
  /** CPU time of the process since the line before: the sum over all lines is that of the whole run. */
  cpuSeconds: z.number(),
  maxRssBytes: z.number(),
  value: z.unknown(),
});
type Line = z.infer<typeof Line>;

const staleAfterMs = 86_400_000;

/**
 * A file of results, one JSON line for each unit, appended as they come: a run that is stopped loses only what it was at.
 * Caches of the same name that another code made are deleted when they are a day old.
 */
export function openUnitCache(options: UnitCacheOptions): UnitCache {
  mkdirSync(options.dir, { recursive: true });
  const file = path.join(options.dir, `${options.name}-${options.hash}.ndjson`);
  removeStale(options, file);
  if (options.fresh) {
    rmSync(file, { force: true });
  }
  const lines = existsSync(file) ? readLines(file) : new Map<string, Line>();
  const taken = new Map<string, Line>();
  let cpuSecondsBefore = processCpuSeconds();
  return {
    async unit<T>(key: string, compute: () => Promise<T>): Promise<T> {
      const stored = lines.get(key);
      if (stored !== undefined) {
        taken.set(key, stored);
        return stored.value as T;
      }
      const value = await compute();
      const cpuSeconds = processCpuSeconds();
      const line: Line = { key, cpuSeconds: cpuSeconds - cpuSecondsBefore, maxRssBytes: processMaxRssBytes(), value };
      cpuSecondsBefore = cpuSeconds;
      appendFileSync(file, `${JSON.stringify(line)}\n`);
      return value;
    },
    spentBefore: () => ({
      cpuSeconds: [...taken.values()].reduce((sum, line) => sum + line.cpuSeconds, 0),
      maxRssBytes: [...taken.values()].reduce((most, line) => Math.max(most, line.maxRssBytes), 0),
    }),
  };
}

/** User and system time of this process and its threads. */
export function processCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** The most memory this process has held so far. */
export function processMaxRssBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}

function readLines(file: string): Map<string, Line> {
  const lines = new Map<string, Line>();
  for (const text of readFileSync(file, 'utf8').split('\n')) {
    const line = parsed(text);
    if (line !== undefined) {
      lines.set(line.key, line);
    }
  }
  return lines;
}

/** A process that was killed may have left half a line: that unit is made again. */
function parsed(text: string): Line | undefined {
  try {
    return Line.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function removeStale({ dir, name }: UnitCacheOptions, kept: string): void {
  for (const entry of readdirSync(dir)) {
    const file = path.join(dir, entry);
    const sameName = entry.startsWith(`${name}-`) && entry.slice(name.length + 1).indexOf('-') === -1;
    if (sameName && file !== kept && Date.now() - statSync(file).mtimeMs > staleAfterMs) {
      rmSync(file, { force: true });
    }
  }
}
