import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { ForecastUnit } from '../../forecasts/units.ts';
import type { BenchContext } from '../../suite.ts';
import { startLineProcess, type LineProcess } from './line-process.ts';
import { rivalsPython } from './python.ts';

export interface Request {
  readonly method: string;
  readonly values: readonly number[];
  readonly horizon: number;
  readonly season: number;
  readonly stepSeconds: number;
}

const Answer = z.object({
  expected: z.array(z.number()),
  lower: z.array(z.number()),
  upper: z.array(z.number()),
  wallSeconds: z.number(),
  cpuSeconds: z.number(),
});
/** The expected line and the edges of the 95 % band, and what they took. */
export type Answer = z.infer<typeof Answer>;

const Failure = z.object({ error: z.string() });
const Reply = z.union([Answer, Failure]);
type Reply = z.infer<typeof Reply>;

export interface Rival {
  readonly method: string;
  /** Takes part on each so manieth series only, because it is slow. */
  readonly every: number;
}

/** The same series, split and core for all. */
export interface Contest {
  readonly name: string;
  readonly season: number;
  readonly units: readonly ForecastUnit[];
  readonly rivals: readonly Rival[];
}

/** One series, forecast by all in turn. */
export interface Round {
  readonly unit: ForecastUnit;
  readonly auto: Answer;
  readonly rivals: ReadonlyMap<string, Answer | { readonly error: string }>;
}

const answerLimitMs = 1_200_000;
const warmUpRounds = 3;
const sources = [
  'backend/src/forecasting',
  'backend/src/timeseries',
  'backend/package.json',
  'test/bench/suites/peers',
];
/** Libraries take as many threads as there are cores unless they are told. */
const oneThread = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1', NUMBA_NUM_THREADS: '1' };

/** All series by `auto` and its rivals in turn, each in a process of its own, all held to the same core. */
export async function runContest(context: BenchContext, contest: Contest): Promise<Round[]> {
  const { units, rivals, name } = contest;
  const python = await rivalsPython(context.say);
  const pinned = onOneCore(context);
  const file = (relative: string) => path.join(import.meta.dirname, relative);
  const ours = startLineProcess([...pinned, process.execPath, file('ours-probe.ts'), String(context.seed)], {});
  const theirs = startLineProcess([...pinned, python, file('rivals.py')], oneThread);
  const cache = context.openCache('peers', sources);
  const progress = context.track(`${name}: series by auto and rivals in turn`, units.length);
  const warmUp = once(() => warm(contest, ours, theirs));
  const rounds: Round[] = [];
  try {
    for (const [index, unit] of units.entries()) {
      const replies = await cache.unit(`${name}/${unit.id}`, async () => {
        await warmUp();
        const methods = rivals.filter(({ every }) => index % every === 0).map(({ method }) => method);
        return await round(requestOf(contest, unit), methods, { ours, theirs });
      });
      rounds.push({ unit, auto: replies.auto, rivals: new Map(Object.entries(replies.rivals)) });
      progress.tick();
    }
  } finally {
    await Promise.all([ours.stop(), theirs.stop()]);
  }
  return rounds;
}

type RequestOfMethod = (method: string) => Request;

function requestOf({ season }: Contest, { history, actual, stepMs }: ForecastUnit): RequestOfMethod {
  const shared = { values: [...history], horizon: actual.length, season, stepSeconds: stepMs / 1000 };
  return (method) => ({ method, ...shared });
}

interface Players {
  readonly ours: LineProcess;
  readonly theirs: LineProcess;
}

async function round(request: RequestOfMethod, methods: readonly string[], { ours, theirs }: Players) {
  const auto = Answer.parse(await ours.ask(request('auto'), answerLimitMs));
  const rivals: Record<string, Reply> = {};
  for (const method of methods) {
    rivals[method] = Reply.parse(await theirs.ask(request(method), answerLimitMs));
  }
  return { auto, rivals };
}

/** Loads libraries and lets code be compiled before anything is timed: a worker of a job is warm too. */
async function warm(contest: Contest, ours: LineProcess, theirs: LineProcess): Promise<void> {
  for (const unit of contest.units.slice(0, warmUpRounds)) {
    await ours.ask(requestOf(contest, unit)('auto'), answerLimitMs);
  }
  const first = contest.units[0];
  if (first !== undefined) {
    const short = { ...first, history: first.history.slice(-4 * contest.season) };
    for (const { method } of contest.rivals) {
      await theirs.ask(requestOf(contest, short)(method), answerLimitMs);
    }
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let begun: Promise<void> | undefined;
  return () => (begun ??= work());
}

/** `taskset` with the last core this process may use; nothing, and a word about it, where there is none. */
function onOneCore({ say }: BenchContext): string[] {
  const taskset = '/usr/bin/taskset';
  const status = '/proc/self/status';
  const allowed = existsSync(status)
    ? /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync(status, 'utf8'))?.[1]
    : undefined;
  const core = allowed?.split(/[-,]/).at(-1);
  if (core === undefined || !existsSync(taskset)) {
    say('taskset is missing: neither auto nor its rivals are held to one core');
    return [];
  }
  return [taskset, '-c', core];
}
