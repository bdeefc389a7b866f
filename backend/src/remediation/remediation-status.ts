import type { Clock } from '../clock.ts';
import type { RemediationStatus } from '../contract/remediation/control.ts';
import { openRunStates } from '../contract/remediation/run.ts';
import { messageOf } from '../errors.ts';
import type { Database } from '../store/database.ts';
import type { KillSwitches } from './controls/kill-switches.ts';
import type { AutomationEngine } from './engines/automation-engine.ts';
import { blockedTargets } from './runs/target-locks.ts';

const daysMs = 30 * 86_400_000;
const mostRecoveries = 10_000;

export interface StatusDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly switches: Pick<KillSwitches, 'active'>;
  readonly engines: ReadonlyMap<string, AutomationEngine>;
  readonly webhooks: { statuses(): Promise<RemediationStatus['webhooks']> };
}

/** How remediation is, in one look. */
export async function remediationStatus(deps: StatusDeps): Promise<RemediationStatus> {
  const { database, clock } = deps;
  const webhooks = await deps.webhooks.statuses();
  const engines = await Promise.all([...deps.engines.values()].map(engineStatus));
  const states = await countStates(database);
  const { open } = await database
    .selectFrom('episodes')
    .select(({ fn }) => fn.countAll<number>().as('open'))
    .where('closed_at_ms', 'is', null)
    .executeTakeFirstOrThrow();
  return {
    configured: engines.length > 0,
    killSwitches: [...deps.switches.active()],
    openEpisodes: open,
    awaitingApproval: states.get('awaiting-approval') ?? 0,
    openRuns: openRunStates.reduce((sum, state) => sum + (states.get(state) ?? 0), 0),
    blockedTargets: await blockedTargets(database),
    last30Days: await lastDays(database, clock.nowMs() - daysMs),
    webhooks,
    engines,
  };
}

async function countStates(database: Database): Promise<ReadonlyMap<string, number>> {
  const rows = await database
    .selectFrom('runs')
    .select(['state', ({ fn }) => fn.countAll<number>().as('count')])
    .groupBy('state')
    .execute();
  return new Map(rows.map(({ state, count }) => [state, count]));
}

/** Ended runs that reached their engine: what was refused or not agreed to says nothing of how well it heals. */
async function lastDays(database: Database, sinceMs: number): Promise<RemediationStatus['last30Days']> {
  const rows = await database
    .selectFrom('runs')
    .innerJoin('episodes', 'episodes.id', 'runs.episode_id')
    .select(['runs.state', 'runs.verification', 'episodes.opened_at_ms'])
    .where('runs.ended_at_ms', '>=', sinceMs)
    .where('runs.engine_outcome', 'is not', null)
    .orderBy('runs.ended_at_ms', 'desc')
    .limit(mostRecoveries)
    .execute();
  const times = rows
    .filter(({ state }) => state === 'verified')
    .map(({ verification, opened_at_ms }) => recoveredAtMs(verification) - opened_at_ms)
    .filter((ms) => Number.isFinite(ms))
    .sort((a, b) => a - b);
  return {
    runs: rows.length,
    verified: rows.filter(({ state }) => state === 'verified').length,
    failed: rows.filter(({ state }) => state !== 'verified').length,
    medianRecoveryMs: times[Math.floor(times.length / 2)] ?? null,
  };
}

function recoveredAtMs(verification: string | null): number {
  const parsed: unknown = verification === null ? null : JSON.parse(verification);
  const atMs = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'recoveredAtMs') : undefined;
  return typeof atMs === 'number' ? atMs : NaN;
}

async function engineStatus(engine: AutomationEngine): Promise<RemediationStatus['engines'][number]> {
  const { name, kind } = engine;
  try {
    return { name, kind, actions: (await engine.actions()).map((action) => action.name), message: null };
  } catch (error) {
    return { name, kind, actions: [], message: messageOf(error) };
  }
}
