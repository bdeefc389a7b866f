import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createApp } from '../../backend/src/app.ts';
import { runCli } from '../../backend/src/cli/run-cli.ts';
import { loadConfig } from '../../backend/src/config.ts';
import type { Episode } from '../../backend/src/contract/remediation/episode.ts';
import { rowOf } from '../../backend/src/remediation/episodes/episode-columns.ts';
import { openDatabase } from '../../backend/src/store/database.ts';
import { freePort } from '../support/free-port.ts';
import { anEpisode } from '../support/remediation/decision-builders.ts';

const hourMs = 3_600_000;
let folder: string;
let port: number;

const manifest = `title: Restart a service
tier: medium
idempotent: true
groups: [web]
takes: 30s
path: /restart
parameters:
  type: object
  required: [service]
  additionalProperties: false
  properties: { service: { type: string, pattern: '^[a-z0-9-]{1,63}$' } }
`;
const policies = `policies:
  - name: restart-crashed-api
    when: { alert: ['alertname="ServiceDown"'] }
    do: { playbook: restart_service, with: { service: '{service}' } }
    target: { label: instance, group: web }
    verify: { healthy: 'probe_success{service="{service}"} == 1' }
  - name: restart-on-errors
    when: { alert: ['alertname="Errors"'] }
    do: { playbook: restart_service, with: { service: checkout } }
    target: { label: instance, group: web }
`;

async function write(name: string, content: string): Promise<void> {
  await mkdir(join(folder, name, '..'), { recursive: true });
  await writeFile(join(folder, name), content);
}

async function record(...episodes: readonly Episode[]): Promise<void> {
  const database = await openDatabase({ file: join(folder, 'aiops.db') });
  const rows = episodes.map((episode) =>
    rowOf({ ...episode, senders: {}, truncated: 0, undecided: false }, episode.seenAtMs)
  );
  await Promise.all(rows.map((row) => database.insertInto('episodes').values(row).execute()));
  await database.destroy();
}

function opened(id: string, agoMs: number, instance: string): Episode {
  const atMs = Date.now() - agoMs;
  return anEpisode({
    ...{ id, fingerprint: id, startsAtMs: atMs, openedAtMs: atMs, seenAtMs: atMs, closedAtMs: atMs + 600_000 },
    closeReason: 'resolved',
    labels: { alertname: 'ServiceDown', instance, service: 'checkout' },
  });
}

async function replay(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const io = { stdin: new PassThrough(), stdout, stderr, signal: new AbortController().signal };
  const code = await runCli(['replay', '--config', join(folder, 'aiops.yaml'), ...args], io);
  stdout.end();
  stderr.end();
  return { code, out: await text(stdout), err: await text(stderr) };
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aiops-replay-test-'));
  port = await freePort();
  await write('actions/restart_service.manifest.yaml', manifest);
  await write('policies/web.yaml', policies);
  await write(
    'aiops.yaml',
    `server: { listen: '127.0.0.1:${port}' }
store: sqlite:${join(folder, 'aiops.db')}
sources: [{ name: main, url: 'http://127.0.0.1:9' }]
telemetry: { logLevel: error }
engines:
  - { name: hooks, kind: webhook, url: 'http://127.0.0.1:9', actions: actions, hosts: { web: [web-1, web-2] } }
`
  );
});

afterEach(() => rm(folder, { recursive: true }));

describe('aiops replay', () => {
  test('says what each policy would have done, and what would have held it back', async () => {
    await record(opened('a', 50 * hourMs, 'web-1:9100'), opened('b', 2 * hourMs, 'db-1:9100'));
    const { code, out, err } = await replay();
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toContain(
      'restart-crashed-api (observe): 2 of 2 episodes of the last 30 days are for it; it would have run 1 times'
    );
    expect(out).toContain('held back: 1 by target');
    expect(out).toContain('ServiceDown on web-1  would run');
    expect(out).toContain('restart-on-errors (observe): 0 of 2 episodes');
  });

  test('looks back as far as it is told, at one policy, with all verdicts as JSON', async () => {
    await record(opened('a', 50 * hourMs, 'web-1:9100'), opened('b', 2 * hourMs, 'web-2:9100'));
    const { out } = await replay('--days', '1', '--policy', 'restart-crashed-api', '--json');
    const { policies: reports } = JSON.parse(out) as {
      policies: Array<{ policy: string; report: { matched: number; items: Array<{ verdicts: unknown[] }> } }>;
    };
    expect(reports.map(({ policy, report }) => [policy, report.matched])).toEqual([['restart-crashed-api', 1]]);
    expect(reports[0]?.report.items[0]?.verdicts.length).toBeGreaterThan(20);
  });

  test('asks the backend when that has the store in its hands', async () => {
    await record(opened('a', 2 * hourMs, 'web-1:9100'));
    const app = await createApp(loadConfig({ file: join(folder, 'aiops.yaml'), env: {} }));
    try {
      await app.start();
      const { code, out, err } = await replay();
      expect(err).toBe('');
      expect(code).toBe(0);
      expect(out).toContain('it would have run 1 times');
    } finally {
      await app.stop();
    }
  });

  test('shows alert text without what moves a terminal', async () => {
    const evil = { ...opened('a', hourMs, 'web-1'), alertname: 'x\u001b[31m\u202ey\n' };
    await record(evil);
    const { out } = await replay();
    expect(out).toContain('x?[31m?y?');
  });

  test.each([
    [['--days', '0'], '--days takes a whole number from 1 to 90, not "0"'],
    [['--policy', 'nope'], 'there is no policy "nope" (--policy); there are: restart-on-errors, restart-crashed-api'],
    [['now'], 'unexpected "now"'],
  ])('refuses %j', async (args, message) => {
    await record();
    const { code, err } = await replay(...args);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});
