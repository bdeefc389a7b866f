import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { AppError, messageOf } from '../../errors.ts';

/** One series of a batch. */
export interface BatchEntry {
  readonly id: string;
  readonly path: string;
  /** Rows of the file that count; all when undefined. */
  readonly rows: number | undefined;
  /** Steps to forecast; 0 where nothing is forecast. */
  readonly horizonSteps: number;
  readonly stepMs: number;
}

const required = {
  error: ({ input }: { readonly input?: unknown }) => (input === undefined ? 'is missing' : undefined),
};
const count = (most: number) =>
  z
    .number(required)
    .int({ error: 'expected a whole number' })
    .min(1, { error: 'expected at least 1' })
    .max(most, { error: `expected at most ${most}` });
const maxHorizonSteps = 50_000;
const maxEntries = 100_000;
const maxToldFaults = 20;

const Entry = z.object(
  {
    id: z.string(required).min(1, { error: 'expected a name' }),
    file: z.string(required).min(1, { error: 'expected a path' }),
    rows: count(10_000_000).nullish(),
    horizon: count(maxHorizonSteps).optional(),
    stepSeconds: z
      .number(required)
      .min(0.001, { error: 'expected seconds above 0' })
      .max(31_536_000, { error: 'expected at most a year in seconds' }),
  },
  { error: 'expected an object' }
);
const IndexFile = z
  .array(z.unknown())
  .min(1, { error: 'expected at least one entry' })
  .max(maxEntries, { error: `expected at most ${maxEntries} entries` });
const known: readonly string[] = Object.keys(Entry.shape);

export interface BatchIndex {
  readonly entries: readonly BatchEntry[];
  /** Keys that mean nothing here: a misspelt `rows` would else let the future be read. */
  readonly unknownKeys: readonly string[];
}

/**
 * Reads the list of a batch; its files are relative to it.
 * @param needsHorizon whether each entry must say how many steps to forecast
 * @throws AppError `invalid_request` that lists every fault by number and id of its entry
 */
export async function readBatchIndex(path: string, needsHorizon: boolean): Promise<BatchIndex> {
  const list = IndexFile.safeParse(await readJson(path));
  if (!list.success) {
    const reason = list.error.issues[0]?.message ?? '';
    throw new AppError('invalid_request', `${path}: expected a list such as ${example(needsHorizon)}: ${reason}`);
  }
  const folder = dirname(resolve(path));
  const parsed = list.data.map((entry, i) => parseEntry(entry, `entry ${i + 1}`, { folder, needsHorizon }));
  const entries = parsed.flatMap(({ entry }) => entry ?? []);
  const faults = [...parsed.flatMap((one) => one.faults), ...repeatedIds(entries)];
  if (faults.length > 0) {
    const more = faults.length > maxToldFaults ? [`… and ${faults.length - maxToldFaults} more`] : [];
    const lines = [...faults.slice(0, maxToldFaults), ...more].map((fault) => `\n  ${fault}`).join('');
    throw new AppError(
      'invalid_request',
      `${path}: nothing was started, ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}; an entry is ${example(needsHorizon)}${lines}`
    );
  }
  return { entries, unknownKeys: [...new Set(parsed.flatMap((one) => one.unknownKeys))] };
}

function example(needsHorizon: boolean): string {
  return `{"id": "a", "file": "a.csv", "rows": 2016, ${needsHorizon ? '"horizon": 288, ' : ''}"stepSeconds": 300}`;
}

async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new AppError('invalid_request', `--batch ${path}: it can't be read: ${messageOf(cause)}`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('invalid_request', `--batch ${path}: it is not JSON: ${messageOf(cause)}`, { cause });
  }
}

interface ParsedEntry {
  readonly entry?: BatchEntry;
  readonly faults: readonly string[];
  readonly unknownKeys: readonly string[];
}

function parseEntry(
  given: unknown,
  place: string,
  { folder, needsHorizon }: { readonly folder: string; readonly needsHorizon: boolean }
): ParsedEntry {
  const parsed = Entry.safeParse(given);
  const keys = typeof given === 'object' && given !== null ? Object.keys(given) : [];
  const unknownKeys = keys.filter((key) => !known.includes(key));
  if (!parsed.success) {
    const id: unknown = typeof given === 'object' && given !== null ? Reflect.get(given, 'id') : undefined;
    const name = typeof id === 'string' ? `${place} ("${id}")` : place;
    const faults = parsed.error.issues.map(({ path, message }) => [name, ...path.map(String), message].join(': '));
    return { faults, unknownKeys };
  }
  const { id, file, rows, horizon, stepSeconds } = parsed.data;
  if (needsHorizon && horizon === undefined) {
    return { faults: [`${place} ("${id}"): horizon: expected the number of steps to forecast`], unknownKeys };
  }
  const entry: BatchEntry = {
    id,
    path: resolve(folder, file),
    rows: rows ?? undefined,
    horizonSteps: horizon ?? 0,
    stepMs: Math.round(stepSeconds * 1000),
  };
  return { entry, faults: [], unknownKeys };
}

function repeatedIds(entries: readonly BatchEntry[]): string[] {
  const seen = new Set<string>();
  const repeated = entries.filter(({ id }) => seen.size === seen.add(id).size).map(({ id }) => id);
  return [...new Set(repeated)].map((id) => `id "${id}" is given more than once; an id stands for one answer`);
}
