import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { openDatabase } from '../../backend/src/store/database.ts';
import { type ServedBackend, serveBackend } from '../support/spawn-aiops.ts';
import { bearerToken } from './webhook-harness.ts';

const withinMs = 40_000;
const Status = z.object({ webhooks: z.array(z.object({ waiting: z.number() })) });

let folder: string;
let source: Server;
let running: ServedBackend[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aiops-webhook-crash-'));
  running = [];
  // jobs are not what this is about
  source = createServer((_request, response) => void response.writeHead(503).end()).listen(0, '127.0.0.1');
  await once(source, 'listening');
  writeFileSync(join(folder, 'token'), bearerToken);
});
afterEach(async () => {
  await Promise.all(running.map((backend) => backend.crash()));
  source.close();
  rmSync(folder, { recursive: true, force: true });
});

function writeSettings(): string {
  const address = source.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  writeFileSync(
    join(folder, 'aiops.yaml'),
    [
      'server: { listen: 127.0.0.1:0 }',
      `store: sqlite:${join(folder, 'aiops.db')}`,
      `sources: [{ name: main, url: 'http://127.0.0.1:${port}' }]`,
      'webhooks: [{ name: alertmanager, kind: alertmanager, bearerTokenFile: token }]',
      'telemetry: { logLevel: error }',
    ].join('\n')
  );
  return join(folder, 'aiops.yaml');
}

async function start(config: string): Promise<ServedBackend> {
  const backend = await serveBackend(config);
  running.push(backend);
  return backend;
}

const fingerprintOf = (index: number) => index.toString(16).padStart(16, '0');

function body(index: number): string {
  const labels = { alertname: 'Down', instance: `web-${index}` };
  const times = { startsAt: new Date(Date.now() - 30_000).toISOString(), endsAt: '0001-01-01T00:00:00Z' };
  const alert = { status: 'firing', labels, annotations: {}, ...times, fingerprint: fingerprintOf(index) };
  return JSON.stringify({ version: '4', receiver: 'hook', groupKey: '{}', truncatedAlerts: 0, alerts: [alert] });
}

/** Sends messages, some at a time, until the backend is gone. @returns those that were answered 202 */
async function sendUntilGone(url: string, from: number, onTaken: (taken: number) => void): Promise<number[]> {
  const taken: number[] = [];
  let next = from;
  const send = async (): Promise<void> => {
    for (;;) {
      const index = next++;
      const headers = { authorization: `Bearer ${bearerToken}`, 'content-type': 'application/json' };
      const answer = await fetch(`${url}/webhook`, { method: 'POST', headers, body: body(index) }).catch(
        () => undefined
      );
      if (answer === undefined) {
        return;
      }
      if (answer.status !== 202) {
        throw new Error(`a message was answered ${answer.status}: ${await answer.text()}`);
      }
      await answer.body?.cancel();
      taken.push(index);
      onTaken(taken.length);
    }
  };
  await Promise.all(Array.from({ length: 16 }, send));
  return taken;
}

async function untilWorkedOn(url: string): Promise<void> {
  const deadlineMs = Date.now() + withinMs;
  for (;;) {
    const answer = await fetch(`${url}/api/v1/remediation/status`);
    if (Status.parse(await answer.json()).webhooks.every(({ waiting }) => waiting === 0)) {
      return;
    }
    if (Date.now() > deadlineMs) {
      throw new Error(`messages still wait after ${withinMs / 1_000} s`);
    }
    await delay(20);
  }
}

test('killed twice in a storm it has an episode for each message that it answered 202, and one only', async () => {
  const config = writeSettings();
  const taken: number[] = [];
  for (const round of [0, 1]) {
    const backend = await start(config);
    let crashed: Promise<void> | undefined;
    const answered = await sendUntilGone(backend.url, round * 100_000, (count) => {
      if (count >= 60 + round * 25) {
        crashed ??= backend.crash();
      }
    });
    await crashed;
    taken.push(...answered);
  }
  const last = await start(config);
  await untilWorkedOn(last.url);
  await last.crash();

  const database = await openDatabase({ file: join(folder, 'aiops.db') });
  const episodes = await database.selectFrom('episodes').select('fingerprint').execute();
  const audited = await database.selectFrom('audit').select('subject').where('kind', '=', 'episode.opened').execute();
  await database.destroy();
  const opened = episodes.map(({ fingerprint }) => fingerprint);
  expect(taken.length).toBeGreaterThanOrEqual(60 + 85);
  expect(taken.map(fingerprintOf).filter((fingerprint) => !opened.includes(fingerprint))).toEqual([]);
  expect(new Set(opened).size).toBe(opened.length);
  expect(audited).toHaveLength(opened.length);
});
