import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../backend/src/clock.ts';
import type {
  AutomationEngine,
  EngineEvent,
  EngineTask,
} from '../../backend/src/remediation/engines/automation-engine.ts';
import { StartedRuns } from '../../backend/src/remediation/engines/started-runs.ts';
import { WebhookEngine } from '../../backend/src/remediation/engines/webhook/webhook-engine.ts';
import { startLoopbackReceiver } from '../support/loopback-receiver.ts';
import { ansibleInstallations, ansibleLab } from '../support/remediation/ansible-lab.ts';

/** One implementation of the port, with an action `act` whose effects can be counted. */
interface Bench {
  readonly engine: AutomationEngine;
  /** How often `act` has had an effect. */
  effects(): number;
  /** Makes `act` fail from now on. */
  fail(): void;
  /** Changes what `act` would do. */
  change(): void;
  /** Undoes both. */
  restore(): void;
  stop(): Promise<void>;
}

const never = new AbortController().signal;
const text = '{ type: string, pattern: "^[a-z]+$" }';

function ansibleBench(): Promise<Bench> {
  const [installation] = ansibleInstallations();
  if (installation === undefined) {
    throw new Error('ansible-playbook is not on PATH; install ansible-core');
  }
  const lab = ansibleLab(installation);
  const write = (tasks: string) => lab.action('act', tasks, { parameters: `{ name: ${text} }` });
  const effect = lab.path('effect-{{ heal_alert.labels.run }}-{{ inventory_hostname }}');
  const touch = `    - ansible.builtin.file: { path: "${effect}", state: touch, mode: "0600" }\n`;
  write(touch);
  return Promise.resolve({
    engine: lab.engine,
    effects: () => lab.made().length,
    fail: () => write('    - ansible.builtin.fail: { msg: it does not work }\n'),
    change: () => write(`${touch}    - ansible.builtin.debug: { msg: more }\n`),
    restore: () => write(touch),
    stop: () => lab.stop(),
  });
}

async function webhookBench(): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'aiops-webhook-engine-'));
  const receiver = await startLoopbackReceiver();
  mkdirSync(join(folder, 'actions'));
  const write = (title: string) => {
    const lines = [`title: ${title}`, 'tier: low', 'idempotent: true', 'groups: [web]', 'takes: 5s', 'path: /act'];
    const parameters = `parameters: { type: object, additionalProperties: false, properties: { name: ${text} } }`;
    writeFileSync(join(folder, 'actions/act.manifest.yaml'), [...lines, parameters].join('\n'));
  };
  write('Act');
  const engine = new WebhookEngine({
    settings: {
      ...{ name: 'shop', kind: 'webhook', atMost: 4, url: receiver.url, actions: join(folder, 'actions') },
      ...{ groups: { web: ['web-1', 'web-2'], db: ['db-1'] }, bearerTokenFile: undefined, timeoutMs: 10_000 },
    },
    started: new StartedRuns(join(folder, 'started'), systemClock),
  });
  return {
    engine,
    effects: () => receiver.requests.length,
    fail: () => receiver.always(() => ({ status: 422, text: 'it does not work' })),
    change: () => write('Act otherwise'),
    restore: () => {
      receiver.always(() => ({ status: 200 }));
      write('Act');
    },
    stop: async () => {
      await engine.stop();
      await receiver.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

describe.each([
  ['ansible', ansibleBench],
  ['webhook', webhookBench],
])('the engine %s', (_, createBench) => {
  let bench: Bench;
  let digest: string;
  let events: EngineEvent[];
  let effectsBefore: number;
  let runs = 0;
  const listener = {
    started: () => Promise.resolve(),
    event: (event: EngineEvent) => void events.push(event),
  };
  const task = (some: Partial<EngineTask> = {}): EngineTask => {
    const usual = { action: 'act', parameters: { name: 'cart' }, targets: ['web-1'], check: false, timeoutMs: 30_000 };
    return { ...usual, runId: `run-${runs}`, labels: { run: String(runs) }, ...some };
  };
  const effects = () => bench.effects() - effectsBefore;

  beforeAll(async () => {
    bench = await createBench();
    ({ digest } = await bench.engine.prepare(task(), never));
  });
  beforeEach(() => {
    bench.restore();
    [events, effectsBefore] = [[], bench.effects()];
    runs += 1;
  });
  afterAll(() => bench.stop());

  test('tells its actions with what they take', async () => {
    expect(await bench.engine.actions()).toMatchObject([{ name: 'act', tier: 'low', groups: ['web'], takesMs: 5_000 }]);
  });

  test('tells the members of its groups', async () => {
    const inventory = await bench.engine.inventory(never);
    expect([inventory.get('web'), inventory.get('db')]).toEqual([['web-1', 'web-2'], ['db-1']]);
  });

  test('prepares the same task to the same digest, without any effect', async () => {
    const again = await bench.engine.prepare(task({ targets: ['web-2'] }), never);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(again).toMatchObject({ digest, targets: ['web-2'], manifest: { name: 'act' } });
    expect(effects()).toBe(0);
  });

  test.each<[string, Partial<EngineTask>, string]>([
    ['an unknown action', { action: '../act' }, 'not_found'],
    ['a parameter that the manifest does not name', { parameters: { name: 'a', sudo: true } }, 'invalid_request'],
    ['a parameter that does not fit', { parameters: { name: '$(id)' } }, 'invalid_request'],
    ['no target', { targets: [] }, 'invalid_request'],
    ['a pattern as target', { targets: [','] }, 'invalid_request'],
    ['a group as target', { targets: ['web'] }, 'invalid_request'],
    ['a host of another group', { targets: ['web-1', 'db-1'] }, 'invalid_request'],
  ])('refuses %s, when it is prepared and when it is to run', async (_case, some, code) => {
    await expect(bench.engine.prepare(task(some), never)).rejects.toMatchObject({ code });
    await expect(bench.engine.run(task(some), digest, listener, never)).rejects.toMatchObject({ code });
    expect(effects()).toBe(0);
  });

  test('carries a task out on its targets and says so', async () => {
    const outcome = await bench.engine.run(task({ targets: ['web-1', 'web-2'] }), digest, listener, never);
    expect(outcome).toMatchObject({
      kind: 'ok',
      hosts: [
        { host: 'web-1', failed: 0 },
        { host: 'web-2', failed: 0 },
      ],
    });
    expect(effects()).toBeGreaterThan(0);
    expect(events.length).toBeGreaterThan(0);
  });

  test('says why a task failed', async () => {
    bench.fail();
    const failing = await bench.engine.prepare(task(), never);
    const outcome = await bench.engine.run(task(), failing.digest, listener, never);
    expect(outcome).toMatchObject({ kind: 'failed', hosts: [{ host: 'web-1', failed: 1 }] });
    expect(events.map((event) => event.text).join('\n')).toContain('it does not work');
  });

  test('starts nothing when what it would run has changed since', async () => {
    bench.change();
    await expect(bench.engine.run(task(), digest, listener, never)).rejects.toMatchObject({ code: 'conflict' });
    expect(effects()).toBe(0);
  });

  test('starts the same run only once', async () => {
    await bench.engine.run(task(), digest, listener, never);
    const effectsOfFirst = effects();
    await expect(bench.engine.run(task(), digest, listener, never)).rejects.toMatchObject({ code: 'conflict' });
    expect(effects()).toBe(effectsOfFirst);
  });

  test('a double click is one run', async () => {
    const both = await Promise.allSettled([1, 2].map(() => bench.engine.run(task(), digest, listener, never)));
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('in a dry run changes nothing', async () => {
    const outcome = await bench.engine.run(task({ check: true }), digest, listener, never);
    expect(outcome.kind).toBe('ok');
    expect(effects()).toBe(0);
  });

  test('has no effect before its handle is stored, and none when that fails', async () => {
    let effectsAtStart = -1;
    const started = () => {
      effectsAtStart = effects();
      return Promise.reject(new Error('disk full'));
    };
    const run = bench.engine.run(task(), digest, { ...listener, started }, never);
    await expect(run).rejects.toThrow('disk full');
    expect([effectsAtStart, effects()]).toEqual([0, 0]);
  });

  test('starts nothing that was cancelled before', async () => {
    const run = bench.engine.run(task(), digest, listener, AbortSignal.abort(new Error('kill switch')));
    await expect(run).rejects.toThrow('kill switch');
    expect(effects()).toBe(0);
  });

  test('has nothing to reap for a handle of another machine', async () => {
    const handle = { pid: process.pid, startTicks: 1, bootId: 'another boot', mark: '0123456789abcdef' };
    expect(await bench.engine.reap(handle)).toBe(false);
    expect(await bench.engine.reap({})).toBe(false);
  });

  test('can be stopped twice, and starts nothing afterwards', async () => {
    await bench.engine.stop();
    await bench.engine.stop();
    await expect(bench.engine.run(task(), digest, listener, never)).rejects.toMatchObject({ code: 'busy' });
    expect(effects()).toBe(0);
  });
});
