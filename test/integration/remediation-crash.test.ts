import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { AuditCheck, Run, pageOf } from '../../backend/src/contract/index.ts';
import { serveBackend, type ServedBackend } from '../support/spawn-aiops.ts';

const withinMs = 40_000;
const hosts = Array.from({ length: 12 }, (_, i) => `web-${i + 1}`);
const Runs = pageOf(Run);

let folder: string;
let world: Server;
let backend: ServedBackend;
/** What the service that carries actions out was asked for: the run of each request. */
let acted: Array<{ readonly runId: string; readonly targets: readonly string[] }>;
/** Holds the answers of the service back while it is set. */
let held: Promise<void> | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aiops-remediation-crash-'));
  [acted, held] = [[], undefined];
  world = createServer((request, response) => {
    void text(request).then(async (body) => {
      response.setHeader('content-type', 'application/json');
      if (request.url === '/do/restart') {
        acted.push(JSON.parse(body) as (typeof acted)[number]);
        await held;
        response.end('{}');
        return;
      }
      // The metric source: every query answers one sample of now, whose value is the time too.
      const now = Date.now() / 1000;
      const result = [{ metric: {}, value: [now, String(now)] }];
      response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
    });
  });
  world.listen(0, '127.0.0.1');
  await once(world, 'listening');
});

afterEach(async () => {
  await backend.crash();
  world.closeAllConnections();
  world.close();
  rmSync(folder, { recursive: true, force: true });
});

function writeSettings(): string {
  const address = world.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  for (const name of ['actions', 'policies']) {
    mkdirSync(join(folder, name));
    chmodSync(join(folder, name), 0o755);
  }
  writeFileSync(
    join(folder, 'actions', 'restart.manifest.yaml'),
    'title: Restart\ntier: low\nidempotent: true\ngroups: [web]\ntakes: 1s\npath: /do/restart\n' +
      'parameters: { type: object, additionalProperties: false, properties: {} }\n',
    { mode: 0o644 }
  );
  writeFileSync(
    join(folder, 'policies', 'web.yaml'),
    [
      'policies:',
      '  - name: restart',
      '    mode: auto',
      `    when: { alert: ['alertname="Down"'] }`,
      '    target: { label: instance, group: web }',
      '    do: { playbook: restart }',
      '    guard: { targets: { atMost: 100, share: 100% }, massFailure: { share: 100%, atLeast: 100 } }',
      '    verify: { healthy: up == 1, settle: 2s, every: 1s, for: 2s, within: 20s }',
    ].join('\n')
  );
  writeFileSync(
    join(folder, 'aiops.yaml'),
    [
      'server: { listen: 127.0.0.1:0 }',
      `store: sqlite:${join(folder, 'aiops.db')}`,
      `sources: [{ name: main, url: '${url}' }]`,
      'webhooks: [{ name: alertmanager, kind: alertmanager }]',
      `engines: [{ name: hands, kind: webhook, url: '${url}', actions: actions, hosts: { web: [${hosts.join(', ')}] } }]`,
      'telemetry: { logLevel: error }',
    ].join('\n')
  );
  return join(folder, 'aiops.yaml');
}

/** The same alert from two Alertmanagers, three times each: whatever of it is not answered 202 is sent again later. */
async function tell(host: string, startsAt: string): Promise<void> {
  const labels = { alertname: 'Down', instance: host };
  for (let again = 0; again < 6; again++) {
    const alert = { status: 'firing', labels, annotations: {}, startsAt, endsAt: '0001-01-01T00:00:00Z' };
    const body = {
      ...{ version: '4', groupKey: '{}:{}', status: 'firing', receiver: 'aiops', groupLabels: {}, truncatedAlerts: 0 },
      ...{ commonLabels: labels, commonAnnotations: {}, externalURL: `http://am-${again % 2}` },
      alerts: [{ ...alert, generatorURL: '', fingerprint: hosts.indexOf(host).toString(16).padStart(16, '0') }],
    };
    await fetch(`${backend.url}/api/v1/webhooks/alertmanager`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).catch(() => undefined);
  }
}

async function runs(): Promise<Run[]> {
  const answer = await fetch(`${backend.url}/api/v1/runs?limit=100`);
  return Runs.parse(await answer.json()).items;
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadlineMs = Date.now() + withinMs;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) {
      return found;
    }
    if (Date.now() > deadlineMs) {
      const states = (await runs()).map(({ plan, state, stateReason }) => [plan.targets, state, stateReason]);
      throw new Error(`${what}: not within ${withinMs / 1_000} s; ${JSON.stringify(states)} ${backend.stderr()}`);
    }
    await delay(5);
  }
}

const inState = (host: string, ...states: ReadonlyArray<Run['state']>) =>
  until(`${host} ${states.join(' or ')}`, async () =>
    (await runs()).find(({ plan, state }) => plan.targets[0] === host && states.includes(state))
  );

const ended = (host: string) => inState(host, 'verified', 'failed', 'unknown', 'refused', 'inconclusive', 'expired');

test('kill -9 at any point neither loses a run nor repeats one', async () => {
  const config = writeSettings();
  backend = await serveBackend(config);
  const startsAt = new Date().toISOString();

  const gate = Promise.withResolvers<undefined>();
  held = gate.promise;
  await tell('web-1', startsAt);
  await inState('web-1', 'running');
  await backend.crash();
  gate.resolve(undefined);
  held = undefined;
  backend = await serveBackend(config);
  await tell('web-1', startsAt);
  expect(await ended('web-1')).toMatchObject({ state: 'verified' });

  await tell('web-2', startsAt);
  await inState('web-2', 'verifying');
  await backend.crash();
  backend = await serveBackend(config);
  await tell('web-2', startsAt);
  expect(await ended('web-2')).toMatchObject({ state: 'verified' });

  for (const [i, waitMs] of [0, 150, 600].entries()) {
    const host = `web-${i + 3}`;
    const telling = tell(host, startsAt);
    await delay(waitMs);
    await backend.crash();
    await telling;
    backend = await serveBackend(config);
    await tell(host, startsAt);
    await ended(host);
  }

  const perHost = hosts.slice(0, 5).map((host) => acted.filter(({ targets }) => targets.includes(host)).length);
  expect(perHost).toEqual([1, 1, 1, 1, 1]);
  expect((await runs()).map(({ plan }) => plan.targets[0]).sort()).toEqual(hosts.slice(0, 5).sort());
  const audit = AuditCheck.parse(await (await fetch(`${backend.url}/api/v1/audit/check`)).json());
  expect(audit).toMatchObject({ ok: true, fault: null });
}, 240_000);
