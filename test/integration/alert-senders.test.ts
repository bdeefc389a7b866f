import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createAlertSenders, type AlertSenders } from '../../backend/src/alerting/create-alert-senders.ts';
import { AnomalyRepository } from '../../backend/src/anomalies/anomaly-repository.ts';
import type { ScoredAnomaly } from '../../backend/src/anomalies/anomaly-columns.ts';
import type { AlertmanagerSettings } from '../../backend/src/config/config-types.ts';
import { systemClock } from '../../backend/src/clock.ts';
import { JobSpec } from '../../backend/src/contract/job.ts';
import { createLogger } from '../../backend/src/observability/logger.ts';
import { openDatabase, type Database } from '../../backend/src/store/database.ts';
import { startRealAlertmanager, type RealAlertmanager } from '../support/real-alertmanager.ts';

const job = JobSpec.parse({ name: 'latency', query: 'q', alert: { labels: { team: 'shop' } } });
const startedAtMs = Math.floor(Date.now() / 1000) * 1000 - 120_000;
const deadlineMs = 20_000;

let folder: string;
let database: Database;
let anomalies: AnomalyRepository;
let replicas: readonly RealAlertmanager[];
let senders: AlertSenders | undefined;

beforeAll(async () => {
  replicas = await Promise.all([startRealAlertmanager(), startRealAlertmanager()]);
}, 60_000);

afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()));
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aiops-alerts-'));
  database = await openDatabase({ file: join(folder, 'aiops.db') });
  anomalies = new AnomalyRepository(database);
  await database
    .insertInto('jobs')
    .values({
      ...{ name: job.name, spec: JSON.stringify(job), origin: '{}', updated_by: 'test', result: '{}', failures: 0 },
      ...{ created_at_ms: 0, updated_at_ms: 0 },
    } as never)
    .execute();
});

afterEach(async () => {
  await senders?.stop();
  await database.destroy();
  await rm(folder, { recursive: true, force: true });
});

function settings(url: string): AlertmanagerSettings {
  return { url, timeoutMs: 5_000, headers: {}, bearerTokenFile: undefined, basic: undefined, tls: undefined };
}

function startSenders(urls: readonly string[]): AlertSenders {
  const started = createAlertSenders({
    database,
    alertmanagers: urls.map(settings),
    source: { recent: (sinceMs) => anomalies.recent(sinceMs), jobs: () => Promise.resolve([job]) },
    urlOf: ({ id }) => `http://grafana.example/a/selfheal-aiops-app/anomalies/${id}`,
    clock: systemClock,
    logger: createLogger({ level: 'silent' }),
    observer: { sent: () => undefined, failed: () => undefined },
  });
  started.start();
  senders = started;
  return started;
}

function anAnomaly(id: string, route: string, changes: Partial<ScoredAnomaly> = {}): ScoredAnomaly {
  return {
    ...{ id, job: job.name, kind: 'band', seriesId: null, labels: { route }, startedAtMs, endedAtMs: null },
    ...{ seenToMs: startedAtMs, openedAtMs: startedAtMs, direction: 'above', score: 2, peakScore: 2 },
    ...{ peakAtMs: startedAtMs, peakValue: 5, expectedAtPeak: 1, flaps: 0, late: false, mutedBy: null },
    evidence: [{ code: 'x', text: 'It was far above.' }],
    ...changes,
  } as ScoredAnomaly;
}

async function until<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  const endMs = Date.now() + deadlineMs;
  let value = await read();
  while (!holds(value) && Date.now() < endMs) {
    await delay(50);
    value = await read();
  }
  expect(holds(value)).toBe(true);
  return value;
}

const routesIn = async (replica: RealAlertmanager): Promise<string[]> =>
  (await replica.activeAlerts()).map(({ labels }) => labels['route'] ?? '').sort();

describe('real Alertmanagers', () => {
  test('both are told of an anomaly with its start, and of its end', async () => {
    await anomalies.save([anAnomaly('both', '/both')], Date.now());
    const running = startSenders(replicas.map(({ url }) => url));
    for (const replica of replicas) {
      const [alert] = await until(
        () => replica.activeAlerts(),
        (alerts) => alerts.some(({ labels }) => labels['route'] === '/both')
      );
      expect(alert).toMatchObject({
        startsAt: new Date(startedAtMs).toISOString(),
        labels: { alertname: 'AIOpsAnomaly', origin: 'aiops', job_name: 'latency', team: 'shop', kind: 'band' },
        annotations: { description: 'It was far above.' },
        generatorURL: 'http://grafana.example/a/selfheal-aiops-app/anomalies/both',
      });
      expect(alert?.labels).not.toHaveProperty('score');
      // it ends by itself when nothing more is told
      expect(Date.parse(alert?.endsAt ?? '') - Date.now()).toBeLessThanOrEqual(4 * 60_000);
    }
    await anomalies.save([anAnomaly('both', '/both', { endedAtMs: Date.now() - 1_000 })], Date.now());
    running.wake();
    for (const replica of replicas) {
      await until(
        () => routesIn(replica),
        (routes) => !routes.includes('/both')
      );
    }
  }, 60_000);

  test('one that was away is told when it is back, without the one beside it waiting', async () => {
    const away = await startRealAlertmanager();
    const port = Number(new URL(away.url).port);
    await away.stop();
    await anomalies.save([anAnomaly('away', '/away')], Date.now());
    const running = startSenders([replicas[0]?.url ?? '', away.url]);
    await until(
      () => routesIn(replicas[0] as RealAlertmanager),
      (routes) => routes.includes('/away')
    );
    const failing = await until(
      () => Promise.resolve(running.statuses()[1]),
      (status) => status?.state === 'failing'
    );
    expect(failing?.message).toMatch(/refused/i);
    const back = await startRealAlertmanager(port);
    try {
      const routes = await until(
        () => routesIn(back),
        (found) => found.length > 0
      );
      expect(routes).toEqual(['/away']);
      expect((await anomalies.get('away'))?.deliveries.map(({ state }) => state)).toEqual(['firing', 'firing']);
    } finally {
      await senders?.stop();
      await back.stop();
    }
  }, 90_000);
});

describe('a receiver that answers wrongly', () => {
  let server: Server;
  let bodies: unknown[][];
  let answer: (alerts: ReadonlyArray<{ labels: Record<string, string> }>) => { status: number; text: string };

  beforeEach(async () => {
    bodies = [];
    server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      request.on('end', () => {
        const alerts = JSON.parse(text) as Array<{ labels: Record<string, string> }>;
        bodies.push(alerts);
        const said = answer(alerts);
        const type = said.text.startsWith('<') ? 'text/html' : 'text/plain';
        response.writeHead(said.status, { 'content-type': type }).end(said.text);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterEach(async () => {
    await senders?.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const urlOf = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  test('one refused alert keeps back no other, and its reason is kept', async () => {
    answer = (alerts) =>
      alerts.some(({ labels }) => labels['route'] === '/bad')
        ? { status: 400, text: 'invalid label set' }
        : { status: 200, text: '' };
    const routes = ['/a', '/bad', '/c', '/d'];
    await anomalies.save(
      routes.map((route) => anAnomaly(route, route)),
      Date.now()
    );
    startSenders([urlOf()]);
    const told = await until(
      () => Promise.all(routes.map((route) => anomalies.get(route))),
      (found) => found.every((one) => one?.deliveries.length === 1)
    );
    expect(told.map((one) => one?.deliveries[0]?.state)).toEqual(['firing', 'failing', 'firing', 'firing']);
    expect(told[1]?.deliveries[0]?.error).toContain('invalid label set');
  }, 30_000);

  test.each([
    ['an error', { status: 503, text: 'starting' }, /503: starting/],
    ['a way to a login page', { status: 302, text: '<html>' }, /302/],
    ['a login page that looks like a success', { status: 200, text: '<html>' }, /200/],
  ])(
    '%s leaves all alerts for later and says why',
    async (_what, said, message) => {
      answer = () => said;
      await anomalies.save([anAnomaly('later', '/later')], Date.now());
      const running = startSenders([urlOf()]);
      const status = await until(
        () => Promise.resolve(running.statuses()[0]),
        (one) => one?.state === 'failing'
      );
      expect(status?.message).toMatch(message);
      answer = () => ({ status: 200, text: '' });
      await until(
        () => anomalies.get('later'),
        (one) => one?.deliveries[0]?.state === 'firing'
      );
      expect(bodies.length).toBeGreaterThan(1);
    },
    30_000
  );

  test('a closed anomaly that was never taken is not told as ended', async () => {
    answer = () => ({ status: 200, text: '' });
    await anomalies.save(
      [anAnomaly('late', '/late', { late: true, endedAtMs: Date.now() - 60_000 }), anAnomaly('now', '/now')],
      Date.now()
    );
    startSenders([urlOf()]);
    await until(
      () => anomalies.get('now'),
      (one) => one?.deliveries[0]?.state === 'firing'
    );
    expect(bodies.flat()).toMatchObject([{ labels: { route: '/now' } }]);
  }, 30_000);
});
