import type { Episode } from '../../contract/remediation/episode.ts';
import { openRunStates } from '../../contract/remediation/run.ts';
import type { Database } from '../../store/database.ts';
import { episodeColumns, episodeOf } from '../episodes/episode-columns.ts';
import type { OpenedEpisode } from '../episodes/episode-repository.ts';
import { closedBreaker, type Breaker } from '../guardrails/breaker.ts';
import { lookbackMs, type PastRun, type Rival, type TargetLock } from '../guardrails/decision-input.ts';
import { matchPolicy, type Policy } from '../policies/policy.ts';
import { hostOf } from '../policies/target.ts';
import { readBreakers } from './breaker-repository.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
/** Episodes of one storm: beyond it a fraction of them says as much. */
const mostEpisodes = 20_000;
const mostRuns = 20_000;

/** What is true for all decisions of one pass. Runs that the pass makes are added to it. */
export interface DecisionContext {
  readonly nowMs: number;
  readonly runs: PastRun[];
  readonly breakers: ReadonlyMap<string, Breaker>;
  readonly locks: readonly TargetLock[];
  /** Instants at which episodes of an identity opened in the last day. */
  opensOf(episode: Episode): readonly number[];
  /** Episodes that were open within the last hour. */
  readonly recent: readonly OpenedEpisode[];
  rivalsOf(policy: Policy, episode: Episode, host: string | undefined): readonly Rival[];
}

/** Reads once what a pass over any number of episodes rests on. */
export async function readContext(
  database: Database,
  policies: readonly Policy[],
  nowMs: number
): Promise<DecisionContext> {
  const episodes = await readEpisodes(database, nowMs);
  const rivals = rivalsByHost(
    policies,
    episodes.filter(({ closedAtMs }) => closedAtMs === null)
  );
  const opens = Map.groupBy(episodes, identityOf);
  return {
    nowMs,
    runs: await readRuns(database, nowMs - Math.max(hourMs, ...policies.map(lookbackMs))),
    breakers: await readBreakers(database),
    locks: await readLocks(database, nowMs),
    opensOf: (episode) => (opens.get(identityOf(episode)) ?? [episode]).map(({ openedAtMs }) => openedAtMs),
    recent: episodes.filter(({ closedAtMs }) => closedAtMs === null || closedAtMs > nowMs - hourMs),
    rivalsOf: (policy, episode, host) =>
      (rivals.get(host ?? '') ?? []).filter(
        (rival) => rival.policy.name !== policy.name || rival.episodeId !== episode.id
      ),
  };
}

type ReadEpisode = Episode & { readonly truncated: number };

async function readEpisodes(database: Database, nowMs: number): Promise<ReadEpisode[]> {
  const rows = await database
    .selectFrom('episodes')
    .select([...episodeColumns, 'truncated'])
    .where((where) => where.or([where('closed_at_ms', 'is', null), where('opened_at_ms', '>=', nowMs - dayMs)]))
    .orderBy('opened_at_ms', 'desc')
    .orderBy('id')
    .limit(mostEpisodes)
    .execute();
  return rows.map((row) => ({ ...episodeOf(row), truncated: row.truncated }));
}

function identityOf({ source, tenant, fingerprint }: Episode): string {
  return JSON.stringify([source, tenant, fingerprint]);
}

function rivalsByHost(policies: readonly Policy[], open: readonly Episode[]): ReadonlyMap<string, readonly Rival[]> {
  const byHost = new Map<string, Rival[]>();
  for (const policy of policies) {
    for (const episode of open) {
      const host = hostOf(policy.spec.target, episode.labels);
      if (host !== undefined && matchPolicy(policy, episode)) {
        const rivals = byHost.get(host) ?? [];
        rivals.push({ policy, episodeId: episode.id, openedAtMs: episode.openedAtMs });
        byHost.set(host, rivals);
      }
    }
  }
  return byHost;
}

async function readRuns(database: Database, sinceMs: number): Promise<PastRun[]> {
  const rows = await database
    .selectFrom('runs')
    .select(['id', 'policy', 'episode_id', 'group_name', 'plan', 'created_at_ms', 'started_at_ms', 'ended_at_ms'])
    .where((where) =>
      where.or([
        where('state', 'in', openRunStates),
        where('created_at_ms', '>=', sinceMs),
        where('ended_at_ms', '>=', sinceMs),
        where('episode_id', 'in', (query) =>
          query.selectFrom('episodes').select('episodes.id').where('closed_at_ms', 'is', null)
        ),
      ])
    )
    .orderBy('created_at_ms', 'desc')
    .limit(mostRuns)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    policy: row.policy,
    episodeId: row.episode_id,
    group: row.group_name,
    targets: (JSON.parse(row.plan) as { targets: string[] }).targets,
    createdAtMs: row.created_at_ms,
    startedAtMs: row.started_at_ms,
    endedAtMs: row.ended_at_ms,
  }));
}

/** A lock without a fault ends with its run; how long that takes is not known. */
const longestRunMs = 1_800_000;

async function readLocks(database: Database, nowMs: number): Promise<TargetLock[]> {
  const rows = await database
    .selectFrom('target_locks')
    .select(['target', 'run_id', 'taken_at_ms', 'blocked'])
    .where('released_at_ms', 'is', null)
    .orderBy('target')
    .limit(mostRuns)
    .execute();
  return rows.map((row) => ({
    target: row.target,
    runId: row.run_id,
    untilMs: Math.max(nowMs + 1_000, row.taken_at_ms + longestRunMs),
    blocked: row.blocked === 1,
  }));
}

export function breakerOf(context: DecisionContext, policy: string): Breaker {
  return context.breakers.get(policy) ?? closedBreaker;
}
