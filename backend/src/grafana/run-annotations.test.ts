import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { startFakeGrafana, type FakeGrafana } from '../../../test/support/fake-grafana/fake-grafana.ts';
import { openDatabase, type Database } from '../store/database.ts';
import { GrafanaClient } from './grafana-client.ts';
import { RunAnnotations } from './run-annotations.ts';

const nowMs = Date.parse('2026-11-25T12:00:00Z');
const never = new AbortController().signal;

let folder: string;
let grafana: FakeGrafana;
let database: Database;
let client: GrafanaClient;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aiops-run-annotations-'));
  await writeFile(join(folder, 'token'), 'editor');
  grafana = await startFakeGrafana({ tokens: { editor: 'Editor' }, nowMs: () => nowMs });
  database = await openDatabase({ file: join(folder, 'aiops.db') });
  client = new GrafanaClient({ url: grafana.url, tokenFile: join(folder, 'token'), timeoutMs: 2_000 });
});
afterEach(async () => {
  await client.stop();
  await database.destroy();
  await grafana.close();
  await rm(folder, { recursive: true });
});

/** One that remembers nothing, as after a start of the process. */
const writer = () =>
  new RunAnnotations({
    ...{ database, client, publicUrl: 'https://grafana.example/', random: () => 0 },
    clock: { nowMs: () => nowMs, sleep: async () => {} },
    logger: pino({ level: 'silent' }),
  });

async function aRun(id: string, changes: object = {}): Promise<void> {
  await database
    .insertInto('episodes')
    .values({
      ...{
        id,
        source: 'am',
        source_kind: 'alertmanager',
        tenant: '',
        fingerprint: id,
        alertname: 'Down',
        labels: '{}',
      },
      ...{ annotations: '{}', flaps: 0, deliveries: 1, undecided: 0, updated_at_ms: 1 },
      ...{ starts_at_ms: 1, opened_at_ms: 1, seen_at_ms: 1 },
    })
    .execute();
  await database
    .insertInto('runs')
    .values({
      ...{ id, policy: 'restart-api', episode_id: id, plan_hash: 'h', digest: 'd', mode: 'auto', state: 'verified' },
      ...{ attempt: 1, group_name: 'web', verdicts: '[]', created_at_ms: 1, updated_at_ms: 1 },
      ...{
        state_reason: 'Healthy since 30s after the run.',
        started_at_ms: nowMs - 90_000,
        ended_at_ms: nowMs - 5_000,
      },
      plan: JSON.stringify({ title: 'Restart <b>', targets: ['web-1'] }),
      ...changes,
    })
    .execute();
}

describe('a run that ended', () => {
  test('is an annotation from its start to its end, once, also for a process that remembers nothing', async () => {
    await aRun('r-1');
    await writer().turn(never);
    await writer().turn(never);
    expect(grafana.annotations.all).toHaveLength(1);
    expect(grafana.annotations.all[0]).toMatchObject({
      ...{
        time: nowMs - 90_000,
        timeEnd: nowMs - 5_000,
        tags: ['aiops', 'remediation', 'aiops:run-r-1', 'restart-api'],
      },
      text:
        'Restart &lt;b&gt; on web-1: verified: Healthy since 30s after the run. ' +
        '<a href="https://grafana.example/a/selfheal-aiops-app/remediation/runs/r-1">Open in AIOps</a>',
    });
  });

  test('that was written before a crash could be noted is not written again', async () => {
    await aRun('r-1');
    await writer().turn(never);
    await database.deleteFrom('outbox').execute();
    await writer().turn(never);
    expect(grafana.annotations.all).toHaveLength(1);
    expect(await database.selectFrom('outbox').select('key').execute()).toEqual([{ key: 'grafana:annotations r-1' }]);
  });

  test('waits while Grafana is away', async () => {
    await aRun('r-1');
    grafana.failNext('POST /api/annotations', { status: 500, body: '{"message":"database is locked"}' });
    await expect(writer().turn(never)).rejects.toThrow('500');
    await writer().turn(never);
    expect(grafana.annotations.all).toHaveLength(1);
  });

  test.each([
    ['never started', { state: 'denied', started_at_ms: null }],
    ['is still at work', { state: 'running', ended_at_ms: null }],
    ['ended eight days ago', { ended_at_ms: nowMs - 8 * 86_400_000 }],
  ])('has none when it %s', async (_, changes) => {
    await aRun('r-1', changes);
    await writer().turn(never);
    expect(grafana.annotations.all).toEqual([]);
  });
});
