import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '../../backend/src/clock.ts';
import type { EngineEvent, EngineTask } from '../../backend/src/remediation/engines/automation-engine.ts';
import { StartedRuns } from '../../backend/src/remediation/engines/started-runs.ts';
import { WebhookEngine } from '../../backend/src/remediation/engines/webhook/webhook-engine.ts';
import { type LoopbackReceiver, startLoopbackReceiver } from '../support/loopback-receiver.ts';

const never = new AbortController().signal;
let folder: string;
let receiver: LoopbackReceiver;
let engines: WebhookEngine[];
let events: EngineEvent[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aiops-webhook-'));
  receiver = await startLoopbackReceiver();
  [engines, events] = [[], []];
  mkdirSync(join(folder, 'actions'));
  writeFileSync(join(folder, 'token'), 'canary-token-of-the-service\n', { mode: 0o400 });
  writeFileSync(
    join(folder, 'actions/act.manifest.yaml'),
    `title: Act
tier: low
idempotent: true
groups: [web]
takes: 5s
path: /actions/act
parameters: { type: object, additionalProperties: false, properties: { text: { type: string, maxLength: 100 } } }
`
  );
});
afterEach(async () => {
  await Promise.all(engines.map((engine) => engine.stop()));
  await receiver.stop();
  rmSync(folder, { recursive: true, force: true });
});

function engine(url = receiver.url): WebhookEngine {
  const created = new WebhookEngine({
    settings: {
      ...{ name: 'shop', kind: 'webhook', atMost: 4, url, actions: join(folder, 'actions'), timeoutMs: 5_000 },
      ...{ groups: { web: ['web-1', 'web-2'] }, bearerTokenFile: join(folder, 'token') },
    },
    started: new StartedRuns(join(folder, 'started'), systemClock),
  });
  engines.push(created);
  return created;
}

async function run(some: Partial<EngineTask> = {}, { on = engine(), signal = never } = {}) {
  const usual = { runId: 'run-1', action: 'act', parameters: {}, targets: ['web-1'], labels: {}, check: false };
  const task: EngineTask = { ...usual, timeoutMs: 5_000, ...some };
  const { digest } = await on.prepare(task, never);
  const listener = { started: () => Promise.resolve(), event: (event: EngineEvent) => void events.push(event) };
  return on.run(task, digest, listener, signal);
}

test('a run is one request to the path of its action, with its id as key of idempotency and its data as data', async () => {
  const labels = { alertname: "{{ lookup('pipe','id') }}", instance: '$(id)\n"' };
  await run({ labels, parameters: { text: '${x} {{constructor}}' }, targets: ['web-1', 'web-2'] });
  expect(receiver.requests).toHaveLength(1);
  const [request] = receiver.requests;
  expect(request?.path).toBe('/actions/act');
  expect(request?.headers).toMatchObject({
    ...{ 'idempotency-key': 'run-1', authorization: 'Bearer canary-token-of-the-service' },
    'content-type': 'application/json',
  });
  expect(JSON.parse(String(request?.body))).toEqual({
    ...{ runId: 'run-1', action: 'act', targets: ['web-1', 'web-2'], labels },
    parameters: { text: '${x} {{constructor}}' },
  });
});

test('a redirect is not followed: where it leads to sees no request', async () => {
  const elsewhere = await startLoopbackReceiver();
  receiver.script({ status: 307, headers: { location: `${elsewhere.url}/metadata` } });
  expect(await run()).toMatchObject({
    kind: 'failed',
    reason: expect.stringMatching(/redirect \(307\).*not followed/),
  });
  expect(elsewhere.requests).toEqual([]);
  await elsewhere.stop();
});

test('a token that a service sends back is in no event and no outcome', async () => {
  receiver.script({ status: 403, text: 'bad token canary-token-of-the-service' });
  const outcome = await run();
  expect(outcome).toMatchObject({ kind: 'failed', reason: expect.stringMatching(/bad token/) });
  expect(JSON.stringify([outcome, events])).not.toContain('canary');
});

test.each(['hang', 'half', 'drop'] as const)(
  'after an answer that does not come in full (%s) the effect is unknown, and nothing is sent again',
  async (fault) => {
    receiver.script({ fault });
    expect(await run({ timeoutMs: 500 })).toMatchObject({
      kind: 'unknown',
      reason: expect.stringMatching(/effect unknown/),
    });
    expect(receiver.requests).toHaveLength(1);
  }
);

test('cancelling in the middle leaves the effect unknown', async () => {
  const abort = new AbortController();
  receiver.always(() => {
    abort.abort(new Error('kill switch'));
    return { fault: 'hang' };
  });
  expect(await run({}, { signal: abort.signal })).toMatchObject({
    ...{ kind: 'unknown', reason: 'cancelled (kill switch), effect unknown' },
  });
});

test('a service that is not there had no effect', async () => {
  const gone = await startLoopbackReceiver();
  await gone.stop();
  expect(await run({}, { on: engine(gone.url) })).toMatchObject({
    kind: 'failed',
    reason: expect.stringMatching(/refused/),
  });
});

test('an endless answer is cut, and ends the run', async () => {
  receiver.script({ status: 500, text: 'x'.repeat(5_000_000) });
  const outcome = await run();
  expect(outcome.kind).toBe('unknown');
  expect(Math.max(...events.map(({ text }) => text.length))).toBeLessThan(8_192);
});
