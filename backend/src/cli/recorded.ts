import { z } from 'zod';
import type { Config } from '../config.ts';
import { Episode } from '../contract/remediation/episode.ts';
import { type PolicySpec, PolicySummary } from '../contract/remediation/policy.ts';
import { AppError, messageOf } from '../errors.ts';
import { EpisodeRepository } from '../remediation/episodes/episode-repository.ts';
import { PolicyRepository } from '../remediation/policies/policy-repository.ts';
import { mostReplayed } from '../remediation/replay/replay-recorded.ts';
import { openDatabaseToRead } from '../store/database.ts';

/** What a backend has kept. */
export interface Recorded {
  /** Oldest first. */
  readonly episodes: readonly Episode[];
  readonly policies: readonly PolicySpec[];
}

const EpisodePage = z.object({ items: z.array(Episode), nextCursor: z.string().nullable() });
const Policies = z.object({ items: z.array(PolicySummary) });
const pageSize = 500;
const answerMs = 30_000;

/** Episodes since `fromMs` and all policies: from the store, or from the backend that has the store in its hands. */
export async function readRecorded(config: Config, fromMs: number, signal: AbortSignal): Promise<Recorded> {
  try {
    return await readStore(config.store.file, fromMs);
  } catch (error) {
    if (error instanceof AppError && error.message.includes('in use')) {
      return await readBackend(config.server, fromMs, signal);
    }
    throw error;
  }
}

async function readStore(file: string, fromMs: number): Promise<Recorded> {
  const database = openDatabaseToRead({ file });
  try {
    const episodes = await new EpisodeRepository(database).recent(fromMs, mostReplayed);
    const policies = (await new PolicyRepository(database).all()).map(({ spec }) => spec);
    return { episodes, policies };
  } finally {
    await database.destroy();
  }
}

async function readBackend(server: Config['server'], fromMs: number, signal: AbortSignal): Promise<Recorded> {
  const { items } = await ask(server, 'policies', Policies, signal);
  const episodes: Episode[] = [];
  let cursor: string | null = '';
  while (cursor !== null && episodes.length < mostReplayed) {
    const query = new URLSearchParams({
      limit: String(pageSize),
      from: String(fromMs),
      ...(cursor === '' ? {} : { cursor }),
    });
    const page: z.infer<typeof EpisodePage> = await ask(server, `episodes?${query.toString()}`, EpisodePage, signal);
    episodes.push(...page.items);
    cursor = page.nextCursor;
  }
  return { episodes: episodes.reverse(), policies: items.map(({ spec }) => spec) };
}

async function ask<T>(
  { host, port, token }: Config['server'],
  path: string,
  schema: z.ZodType<T>,
  signal: AbortSignal
): Promise<T> {
  const name = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
  const base = `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
  try {
    const response = await fetch(`${base}/api/v1/${path}`, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
      redirect: 'error',
    });
    if (!response.ok) {
      throw new AppError('source_unavailable', `it answered ${response.status}`);
    }
    return schema.parse(await response.json());
  } catch (cause) {
    signal.throwIfAborted();
    const message = `the store is in use, and the backend at ${base} that seems to have it can't be asked: ${messageOf(cause)}`;
    throw new AppError('source_unavailable', message, { cause });
  }
}
