import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { freePort } from '../support/free-port.ts';
import { startLoopbackReceiver, type LoopbackReceiver } from '../support/loopback-receiver.ts';
import { startRealAlertmanager, type RealAlertmanager } from '../support/real-alertmanager.ts';
import { bearerToken, startWebhooks, webhookSettings, type WebhookHarness } from './webhook-harness.ts';

const withinMs = 40_000;
const minute = 60_000;
const hour = 60 * minute;
const authorization = { Authorization: `Bearer ${bearerToken}` };
const labels = { alertname: 'ServiceDown', instance: 'web-1', severity: 'critical' };

let backend: WebhookHarness | undefined;
let replicas: RealAlertmanager[];
let way: LoopbackReceiver | undefined;

beforeEach(() => {
  [backend, replicas, way] = [undefined, [], undefined];
});
afterEach(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()));
  await way?.stop();
  await backend?.stop();
});

/** A backend and some replicas without a cluster that tell it, by way of `through` when that is given. */
async function start(count: number, through?: string): Promise<WebhookHarness> {
  const ports = await Promise.all(Array.from({ length: count }, () => freePort()));
  const started = await startWebhooks(
    (write) => [webhookSettings({ kind: 'alertmanager', bearerTokenFile: write('token', bearerToken) })],
    Date.now(),
    ports.map((port) => `http://127.0.0.1:${port}`)
  );
  backend = started;
  const config = configOf(through ?? `${started.url}/webhook`);
  replicas = await Promise.all(ports.map((port) => startRealAlertmanager(port, config)));
  return started;
}

/** Timers as short as it takes them. JSON is YAML. */
function configOf(url: string): string {
  const timers = { group_wait: '0s', group_interval: '1s', repeat_interval: '1s' };
  const webhook = { url, http_config: { authorization: { credentials: bearerToken } } };
  const receivers = [{ name: 'hook', webhook_configs: [webhook] }];
  return JSON.stringify({ route: { receiver: 'hook', group_by: ['alertname'], ...timers }, receivers });
}

async function call(replica: RealAlertmanager, path: string, body: object): Promise<void> {
  const answer = await fetch(`${replica.url}${path}`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
  });
  if (!answer.ok) {
    throw new Error(`${path} was answered ${answer.status}: ${await answer.text()}`);
  }
}
const fire = (replica: RealAlertmanager, startsAtMs: number) =>
  call(replica, '/api/v2/alerts', [
    { labels, startsAt: new Date(startsAtMs).toISOString(), endsAt: new Date(Date.now() + hour).toISOString() },
  ]);
const resolve = (replica: RealAlertmanager, startsAtMs: number) =>
  call(replica, '/api/v2/alerts', [
    { labels, startsAt: new Date(startsAtMs).toISOString(), endsAt: new Date(Date.now() - 1_000).toISOString() },
  ]);

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadlineMs) {
      throw new Error(`${what}: not within ${withinMs / 1_000} s`);
    }
    await delay(20);
  }
}

test('three replicas without a cluster that repeat themselves tell of one outage, and of one end', async () => {
  const { episodes } = await start(3);
  const startedAtMs = Date.now() - minute;
  await Promise.all(replicas.map((replica, i) => fire(replica, startedAtMs + 7_000 * i)));
  await until('ten messages', async () => ((await episodes())[0]?.deliveries ?? 0) >= 10);
  expect(await episodes()).toMatchObject([{ closedAtMs: null, flaps: 0, labels }]);

  await Promise.all(replicas.map((replica, i) => resolve(replica, startedAtMs + 7_000 * i)));
  await until('the end', async () => (await episodes())[0]?.closedAtMs !== null);
  await until('quiet', async () => (await replicas[0]?.activeAlerts())?.length === 0);
  expect(await episodes()).toMatchObject([{ closeReason: 'resolved', flaps: 0 }]);
});

test('an alert that is silenced while it fires goes on while it is listed, and ends by its lease after', async () => {
  const { episodes, clock } = await start(1);
  const [replica] = replicas as [RealAlertmanager];
  const startedAtMs = Date.now() - minute;
  await fire(replica, startedAtMs);
  await until('a message', async () => (await episodes()).length === 1);
  await call(replica, '/api/v2/silences', {
    ...{ matchers: [{ name: 'alertname', value: 'ServiceDown', isRegex: false, isEqual: true }], comment: 'work' },
    ...{ createdBy: 'ann', startsAt: new Date().toISOString(), endsAt: new Date(Date.now() + hour).toISOString() },
  });

  clock.advance(6 * hour + minute);
  const seenAtMs = clock.nowMs();
  await until('a look at the list', async () => (await episodes())[0]?.seenAtMs === seenAtMs);
  expect(await episodes()).toMatchObject([{ closedAtMs: null }]);

  await resolve(replica, startedAtMs);
  await until('the end at the source', async () => (await replica.activeAlerts()).length === 0);
  expect(await episodes()).toMatchObject([{ closedAtMs: null }]);
  clock.advance(6 * hour + minute);
  await until('the end of the lease', async () => (await episodes())[0]?.closedAtMs !== null);
  expect(await episodes()).toMatchObject([{ closeReason: 'lease' }]);
});

test('messages that arrive although their sender was answered 500, or nothing for a while, are one outage', async () => {
  way = await startLoopbackReceiver();
  const started = await start(1, way.url);
  const forwarded: Array<Promise<unknown>> = [];
  const answers = [{ status: 500 }, { fault: 'drop' as const }, { status: 503 }, { status: 500 }];
  way.always(({ body }) => {
    forwarded.push(started.ask('/webhook', { method: 'POST', rawBody: body.toString(), headers: authorization }));
    return answers.shift() ?? { status: 200 };
  });
  const [replica] = replicas as [RealAlertmanager];
  await fire(replica, Date.now() - minute);
  await until('six attempts', () => Promise.resolve(forwarded.length >= 6));
  await Promise.all(forwarded);
  await started.idle();
  expect(await started.episodes()).toMatchObject([{ closedAtMs: null, flaps: 0 }]);
});
