import { Counter, Gauge, type Registry } from 'prom-client';
import type { Clock } from '../clock.ts';
import { openRunStates } from '../contract/remediation/run.ts';
import type { Database } from '../store/database.ts';
import { registerRemediationCounters } from './remediation-counters.ts';

export interface RemediationMetricsDeps {
  readonly registry: Registry;
  readonly database: Database;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** What is counted where it happens, since nothing of it is kept. */
export interface RemediationMetrics {
  /** A message of a webhook. @param result `taken`, or the code of the error that refused it */
  delivered(webhook: string, result: string): void;
}

const breakerValues = { closed: 0, 'half-open': 1, open: 2 } as const;

/** Figures of remediation; all but deliveries are read from the store when somebody asks, so that a restart loses none. */
export function registerRemediationMetrics(deps: RemediationMetricsDeps): RemediationMetrics {
  const { tail } = registerRemediationCounters(deps.registry, deps.database);
  registerWork(deps);
  registerControls(deps);
  registerOutbox(deps);
  gauge(deps, ['aiops_audit_entries', 'Entries of the audit; it never shrinks'], async (set) => {
    set({}, await tail.newestSeq());
  });
  const deliveries = new Counter({
    name: 'aiops_deliveries_total',
    help: 'Messages of webhooks, by whether they were taken or why not',
    labelNames: ['webhook', 'result'],
    registers: [deps.registry],
  });
  return {
    delivered: (webhook, result) => {
      deliveries.inc({ webhook, result });
    },
  };
}

type Labels = Readonly<Record<string, string>>;
type SetValue = (labels: Labels, value: number) => void;

/** @param figure name, what it means, and its label if it has one */
function gauge(
  { registry }: RemediationMetricsDeps,
  [name, help, label]: readonly [string, string, string?],
  read: (set: SetValue) => Promise<void>
): void {
  new Gauge({
    ...{ name, help, labelNames: label === undefined ? [] : [label], registers: [registry] },
    async collect() {
      const values: Array<readonly [Labels, number]> = [];
      await read((labels, value) => {
        values.push([labels, value]);
      });
      this.reset();
      values.forEach(([labels, value]) => {
        this.set(labels, value);
      });
    },
  });
}

function registerWork(deps: RemediationMetricsDeps): void {
  const { database } = deps;
  gauge(deps, ['aiops_episodes_open', 'Alerts that fire, by source', 'source'], async (set) => {
    const rows = await database
      .selectFrom('episodes')
      .select(['source', ({ fn }) => fn.countAll<number>().as('count')])
      .where('closed_at_ms', 'is', null)
      .groupBy('source')
      .execute();
    rows.forEach(({ source, count }) => {
      set({ source }, count);
    });
  });
  gauge(deps, ['aiops_runs_open', 'Runs that have not ended, by state', 'state'], async (set) => {
    const counts = await countsOf(database, openRunStates);
    openRunStates.forEach((state) => {
      set({ state }, counts.get(state) ?? 0);
    });
  });
  gauge(deps, ['aiops_approvals_pending', 'Runs that wait for people to agree'], async (set) => {
    set({}, (await countsOf(database, ['awaiting-approval'])).get('awaiting-approval') ?? 0);
  });
}

async function countsOf(database: Database, states: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await database
    .selectFrom('runs')
    .select(['state', ({ fn }) => fn.countAll<number>().as('count')])
    .where('state', 'in', states)
    .groupBy('state')
    .execute();
  return new Map(rows.map(({ state, count }) => [state, count]));
}

function registerControls(deps: RemediationMetricsDeps): void {
  const { database, clock } = deps;
  const stateHelp = 'Circuit breaker of a policy that ever ran: 0 closed, 1 half-open, 2 open';
  gauge(deps, ['aiops_breaker_state', stateHelp, 'policy'], async (set) => {
    const rows = await database.selectFrom('breakers').select(['policy', 'state']).orderBy('policy').execute();
    rows.forEach(({ policy, state }) => {
      set({ policy }, breakerValues[state as keyof typeof breakerValues] ?? NaN);
    });
  });
  gauge(deps, ['aiops_kill_switch', 'Kill switches that are on, by scope', 'scope'], async (set) => {
    const rows = await database
      .selectFrom('kill_switches')
      .select(['scope', ({ fn }) => fn.countAll<number>().as('count')])
      .where('on', '=', 1)
      .groupBy('scope')
      .execute();
    const counts = new Map(rows.map(({ scope, count }) => [scope, count]));
    ['global', 'policy', 'target'].forEach((scope) => {
      set({ scope }, counts.get(scope) ?? 0);
    });
  });
  const lockHelp =
    'Time for which the longest held target is locked, by whether its run is known to have ended; 0 for none';
  gauge(deps, ['aiops_lock_age_seconds', lockHelp, 'state'], async (set) => {
    const rows = await database
      .selectFrom('target_locks')
      .select(['blocked', ({ fn }) => fn.min('taken_at_ms').as('oldest')])
      .where('released_at_ms', 'is', null)
      .groupBy('blocked')
      .execute();
    const oldest = new Map(rows.map(({ blocked, oldest: atMs }) => [blocked, atMs]));
    [...(['held', 'blocked'] as const).entries()].forEach(([blocked, state]) => {
      set({ state }, ageSeconds(clock, oldest.get(blocked)));
    });
  });
}

function registerOutbox(deps: RemediationMetricsDeps): void {
  const { database, clock } = deps;
  const help = 'Age of the oldest word to people that waits for a contact; missing when none waits';
  gauge(deps, ['aiops_outbox_age_seconds', help, 'contact'], async (set) => {
    const rows = await database
      .selectFrom('outbox')
      .select(['contact', ({ fn }) => fn.min('made_at_ms').as('oldest')])
      .where('state', '=', 'waiting')
      .groupBy('contact')
      .execute();
    rows.forEach(({ contact, oldest }) => {
      set({ contact }, ageSeconds(clock, oldest));
    });
  });
}

function ageSeconds(clock: RemediationMetricsDeps['clock'], sinceMs: number | undefined): number {
  return sinceMs === undefined ? 0 : Math.max(0, clock.nowMs() - sinceMs) / 1_000;
}
