import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { AuditLog } from '../remediation/audit/audit-log.ts';
import { openDatabase, type Database } from '../store/database.ts';
import { registerRemediationMetrics } from './remediation-metrics.ts';

const nowMs = Date.parse('2026-06-10T12:00:00Z');
const minuteMs = 60_000;
const clock = { timeMs: nowMs, nowMs: () => clock.timeMs, sleep: async () => {} };

let folder: string;
let database: Database;
let audit: AuditLog;
let registry: Registry;

beforeEach(async () => {
  clock.timeMs = nowMs;
  folder = await mkdtemp(join(tmpdir(), 'aiops-figures-'));
  database = await openDatabase({ file: join(folder, 'aiops.db') });
  audit = new AuditLog({ database, clock });
});
afterEach(async () => {
  await database.destroy();
  await rm(folder, { recursive: true });
});

/** A process that begins to count now. */
function begin() {
  registry = new Registry();
  return registerRemediationMetrics({ registry, database, clock });
}

const lines = async (name: string) =>
  (await registry.metrics()).split('\n').filter((line) => line.startsWith(name) && !line.includes('_bucket'));

async function anEpisode(id: string, closed = false): Promise<void> {
  await database
    .insertInto('episodes')
    .values({
      ...{ id, source: 'am', source_kind: 'alertmanager', tenant: '', fingerprint: id, alertname: 'Down' },
      ...{ labels: '{}', annotations: '{}', flaps: 0, deliveries: 1, undecided: 0, updated_at_ms: nowMs },
      ...{ starts_at_ms: nowMs - 5 * minuteMs, opened_at_ms: nowMs - 4 * minuteMs, seen_at_ms: nowMs },
      closed_at_ms: closed ? nowMs : null,
    })
    .execute();
}

async function aRun(id: string, state: string, report: object | null = null): Promise<void> {
  await anEpisode(`e-${id}`);
  await database
    .insertInto('runs')
    .values({
      ...{ id, policy: 'restart-api', episode_id: `e-${id}`, plan: '{}', plan_hash: 'h', digest: 'd', mode: 'auto' },
      ...{ state, attempt: 1, group_name: 'web', verdicts: '[]', created_at_ms: nowMs, updated_at_ms: nowMs },
      verification: report === null ? null : JSON.stringify(report),
    })
    .execute();
}

const report = {
  ...{ outcome: 'recovered', summary: '', startedAtMs: nowMs - 2 * minuteMs, endedAtMs: nowMs - minuteMs },
  ...{ recoveredAtMs: nowMs - 90_000, samples: [], detector: null, guards: [], counterfactual: null },
};
const step = (runId: string, kind: string, to: string) =>
  audit.append({ kind: `run.${kind}`, subject: runId, actor: 'aiops', data: { to } }, database);

describe('counters of remediation', () => {
  test('follow a run from its episode to its verified end', async () => {
    begin();
    await aRun('r-1', 'verified', report);
    clock.timeMs = nowMs - 4 * minuteMs;
    const opened = {
      kind: 'episode.opened',
      subject: 'e-r-1',
      actor: 'am',
      data: { startsAtMs: nowMs - 5 * minuteMs },
    };
    await audit.append(opened, database);
    clock.timeMs = nowMs - 3 * minuteMs;
    await step('r-1', 'intended', 'starting');
    clock.timeMs = nowMs;
    await step('r-1', 'recovered', 'verified');
    expect(await lines('aiops_runs_total')).toEqual(['aiops_runs_total{policy="restart-api",outcome="verified"} 1']);
    expect(await lines('aiops_mttd_seconds')).toEqual(['aiops_mttd_seconds_sum 60', 'aiops_mttd_seconds_count 1']);
    expect(await lines('aiops_mtta_seconds')).toEqual(['aiops_mtta_seconds_sum 60', 'aiops_mtta_seconds_count 1']);
    expect(await lines('aiops_mttr_seconds')).toEqual(['aiops_mttr_seconds_sum 210', 'aiops_mttr_seconds_count 1']);
    expect(await lines('aiops_verification_seconds')).toEqual([
      'aiops_verification_seconds_sum 60',
      'aiops_verification_seconds_count 1',
    ]);
  });

  test('count each entry once, however often they are asked and by how many at once', async () => {
    begin();
    await aRun('r-1', 'failed');
    await step('r-1', 'not-recovered', 'failed');
    await Promise.all([registry.metrics(), registry.metrics(), registry.metrics()]);
    await step('r-1', 'whatever', 'running');
    expect(await lines('aiops_runs_total')).toEqual(['aiops_runs_total{policy="restart-api",outcome="failed"} 1']);
    expect(await lines('aiops_mttr_seconds_count')).toEqual(['aiops_mttr_seconds_count 0']);
  });

  test('begin at zero with a process, so that no restart is an increase', async () => {
    await aRun('r-1', 'failed');
    await step('r-1', 'not-recovered', 'failed');
    begin();
    expect(await lines('aiops_runs_total')).toEqual([]);
    await aRun('r-2', 'denied');
    await step('r-2', 'denied', 'denied');
    expect(await lines('aiops_runs_total')).toEqual(['aiops_runs_total{policy="restart-api",outcome="denied"} 1']);
  });

  test('know what each guard said', async () => {
    begin();
    const verdicts = [
      { guard: 'G3', name: 'cooldown', outcome: 'refuse', detail: '', numbers: {} },
      { guard: 'G10', name: 'flap', outcome: 'pass', detail: '', numbers: {} },
    ];
    await audit.append(
      { kind: 'decision.refused', subject: 'e', actor: 'aiops', data: { verdicts, passed: ['age'] } },
      database
    );
    expect(await lines('aiops_verdicts_total')).toEqual([
      'aiops_verdicts_total{guard="cooldown",verdict="refuse"} 1',
      'aiops_verdicts_total{guard="flap",verdict="pass"} 1',
      'aiops_verdicts_total{guard="age",verdict="pass"} 1',
    ]);
  });

  test('read thousands of entries, and those that say nothing they know', async () => {
    begin();
    await database.transaction().execute(async (db) => {
      await audit.appendAll(
        Array.from({ length: 1_200 }, (_, i) => ({
          ...{ kind: 'episode.opened', subject: `e-${i}`, actor: 'am' },
          data: i === 7 ? { startsAtMs: 'soon' } : { startsAtMs: clock.timeMs + 5_000 },
        })),
        db
      );
    });
    // an alert of a clock that is ahead took no time
    expect(await lines('aiops_mttd_seconds')).toEqual(['aiops_mttd_seconds_sum 0', 'aiops_mttd_seconds_count 1199']);
    expect(await lines('aiops_audit_entries')).toEqual(['aiops_audit_entries 1200']);
  });

  test('of deliveries tell what was refused and why', async () => {
    const metrics = begin();
    metrics.delivered('am', 'taken');
    metrics.delivered('am', 'unauthorized');
    expect(await lines('aiops_deliveries_total')).toEqual([
      'aiops_deliveries_total{webhook="am",result="taken"} 1',
      'aiops_deliveries_total{webhook="am",result="unauthorized"} 1',
    ]);
  });
});

describe('gauges of remediation', () => {
  test('are nought where nothing is', async () => {
    begin();
    expect(await lines('aiops_approvals_pending')).toEqual(['aiops_approvals_pending 0']);
    expect(await lines('aiops_kill_switch')).toEqual([
      ...['global', 'policy', 'target'].map((scope) => `aiops_kill_switch{scope="${scope}"} 0`),
    ]);
    expect(await lines('aiops_lock_age_seconds')).toEqual([
      'aiops_lock_age_seconds{state="held"} 0',
      'aiops_lock_age_seconds{state="blocked"} 0',
    ]);
    expect(await lines('aiops_outbox_age_seconds')).toEqual([]);
    expect(await lines('aiops_episodes_open')).toEqual([]);
  });

  test('show what is open, held, stopped and waiting', async () => {
    await aRun('r-1', 'awaiting-approval');
    await aRun('r-2', 'running');
    await anEpisode('over', true);
    const lock = { fence: 1, released_at_ms: null };
    await database
      .insertInto('target_locks')
      .values([
        { ...lock, target: 'web-1', run_id: 'r-2', taken_at_ms: nowMs - 30_000, blocked: 0 },
        { ...lock, target: 'web-2', run_id: 'r-0', taken_at_ms: nowMs - 90_000, blocked: 1 },
        { ...lock, target: 'web-3', run_id: 'r-0', taken_at_ms: 1, blocked: 0, released_at_ms: 2 },
      ])
      .execute();
    const by = { by: 'Ann', at_ms: nowMs, reason: '' };
    await database
      .insertInto('kill_switches')
      .values([
        { scope: 'global', name: '', on: 1, ...by },
        { scope: 'target', name: 'db-1', on: 0, ...by },
      ])
      .execute();
    await database
      .insertInto('breakers')
      .values([
        { policy: 'a', state: 'open', until_ms: null, history: '[]' },
        { policy: 'b', state: 'half-open', until_ms: null, history: '[]' },
      ])
      .execute();
    const parcel = { contact: 'mail', body: '{}', next_at_ms: 0, attempts: 0 };
    await database
      .insertInto('outbox')
      .values([
        { ...parcel, key: 'a', state: 'sent', made_at_ms: 1 },
        { ...parcel, key: 'b', state: 'waiting', made_at_ms: nowMs - 12_000 },
      ])
      .execute();
    begin();
    expect(await lines('aiops_episodes_open')).toEqual(['aiops_episodes_open{source="am"} 2']);
    expect(await lines('aiops_approvals_pending')).toEqual(['aiops_approvals_pending 1']);
    expect(await lines('aiops_runs_open{state="running"}')).toEqual(['aiops_runs_open{state="running"} 1']);
    expect(await lines('aiops_kill_switch{scope="global"}')).toEqual(['aiops_kill_switch{scope="global"} 1']);
    expect(await lines('aiops_kill_switch{scope="target"}')).toEqual(['aiops_kill_switch{scope="target"} 0']);
    expect(await lines('aiops_breaker_state')).toEqual([
      'aiops_breaker_state{policy="a"} 2',
      'aiops_breaker_state{policy="b"} 1',
    ]);
    expect(await lines('aiops_lock_age_seconds')).toEqual([
      'aiops_lock_age_seconds{state="held"} 30',
      'aiops_lock_age_seconds{state="blocked"} 90',
    ]);
    expect(await lines('aiops_outbox_age_seconds')).toEqual(['aiops_outbox_age_seconds{contact="mail"} 12']);
    await database.updateTable('outbox').set({ state: 'sent' }).execute();
    expect(await lines('aiops_outbox_age_seconds')).toEqual([]);
  });
});
