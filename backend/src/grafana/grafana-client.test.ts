import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { z } from 'zod';
import { startFakeGrafana, type FakeGrafana } from '../../../test/support/fake-grafana/fake-grafana.ts';
import { GrafanaClient } from './grafana-client.ts';
import { GrafanaIdentity } from './grafana-identity.ts';
import { probeGrafana } from './probe-grafana.ts';

const never = new AbortController().signal;
const search = { method: 'GET', path: 'api/search' } as const;
const anything = z.unknown();
let folder = '';
let tokenFile = '';
let grafana: FakeGrafana;
const clients: GrafanaClient[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grafana-client-'));
  tokenFile = join(folder, 'token');
  await writeFile(tokenFile, 'editor-token\n');
  grafana = await startFakeGrafana({ tokens: { 'editor-token': 'Editor', 'none-token': 'None' } });
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.stop()));
  await grafana.close();
  await rm(folder, { recursive: true });
});

function clientOf(changes: { url?: string; timeoutMs?: number; maxBytes?: number } = {}): GrafanaClient {
  const client = new GrafanaClient({ url: grafana.url, tokenFile, ...changes });
  clients.push(client);
  return client;
}

async function codeAndText(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'no error',
    (error: { code?: string; message: string }) => `${error.code ?? ''} ${error.message}`
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('the token', () => {
  test('is read again after it was written anew', async () => {
    const client = clientOf();
    await writeFile(tokenFile, 'a-token-that-has-expired');
    expect(await codeAndText(client.ask(search, anything, never))).toContain('source_unauthorized');
    await writeFile(tokenFile, 'editor-token');
    expect(await client.ask(search, anything, never)).toEqual([]);
  });

  test('that Grafana does not know is an error that names its file and not the token', async () => {
    await writeFile(tokenFile, 'wrong-token');
    const text = await codeAndText(clientOf().ask(search, anything, never));
    expect(text).toContain(`does not accept the token in ${tokenFile}`);
    expect(text).not.toContain('wrong-token');
  });

  test('file that is missing is an error that names it', async () => {
    await rm(tokenFile);
    expect(await codeAndText(clientOf().ask(search, anything, never))).toMatch(/^config_invalid .*token can't be read/);
  });

  test('of a role without a right is an error that names the right', async () => {
    await writeFile(tokenFile, 'none-token');
    const call = { method: 'GET', path: 'api/annotations' } as const;
    expect(await codeAndText(clientOf().ask(call, anything, never))).toContain('lacks the right annotations:read');
  });
});

describe('an answer', () => {
  test('is asked below the sub-path of the url, with every pair of the query', async () => {
    const client = clientOf({ url: `${grafana.url}grafana/` });
    const query = [
      ['tags', 'a b'],
      ['tags', 'c&d'],
    ] as const;
    await client.send({ ...search, query }, never);
    expect(grafana.requests).toEqual(['GET /grafana/api/search']);
  });

  test('that is a login page is an error that says so', async () => {
    grafana.failNext('GET', { status: 200, body: '<!DOCTYPE html><html><title>Grafana</title>' });
    expect(await codeAndText(clientOf().ask(search, anything, never))).toContain('a web page instead of JSON');
  });

  test('that sends elsewhere is an error that names where', async () => {
    grafana.failNext('GET', { status: 302, headers: { location: 'https://other.example/login?token=x' } });
    const text = await codeAndText(clientOf().ask(search, anything, never));
    expect(text).toMatch(/sent on to https:\/\/other\.example\/login;/);
  });

  test("that is a proxy's error page may be tried again", async () => {
    grafana.failNext('GET', { status: 502, body: 'bad gateway' });
    await expect(clientOf().ask(search, anything, never)).rejects.toMatchObject({ retryable: true });
  });

  test('larger than the limit is not read', async () => {
    grafana.failNext('GET', { status: 200, body: JSON.stringify('x'.repeat(2_000)) });
    const text = await codeAndText(clientOf({ maxBytes: 1_000 }).ask(search, anything, never));
    expect(text).toMatch(/^source_too_large/);
  });

  test('of another shape is an error that names the part', async () => {
    const text = await codeAndText(clientOf().ask(search, z.array(z.object({})).min(1), never));
    expect(text).toContain('another shape than Grafana');
  });

  test('that breaks off is an error and not half a value', async () => {
    grafana.failNext('GET', { hangUp: true });
    expect(await codeAndText(clientOf().ask(search, anything, never))).toContain('closed the connection');
  });

  test('that takes longer than the deadline is an error that names it', async () => {
    const slow = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => slow.once('listening', resolve));
    const url = `http://127.0.0.1:${(slow.address() as AddressInfo).port}/`;
    expect(await codeAndText(clientOf({ url, timeoutMs: 50 }).ask(search, anything, never))).toContain('within 0.05 s');
    slow.closeAllConnections();
    slow.close();
  });

  test('asks for patience by Retry-After', async () => {
    grafana.failNext('GET', { status: 429, body: '{}', headers: { 'retry-after': '7' } });
    expect(await clientOf().send(search, never)).toMatchObject({ status: 429, retryAfterMs: 7_000 });
  });
});

test('a Grafana that is not running is an error that says that nothing listens', async () => {
  const url = `http://127.0.0.1:${await freePort()}/`;
  expect(await codeAndText(clientOf({ url }).ask(search, anything, never))).toContain('nothing listens there');
});

test('the probe answers version, account and the versions of dashboards', async () => {
  expect(await probeGrafana(clientOf(), never)).toEqual({
    version: '12.3.0',
    account: 'sa-1-editor',
    orgId: 1,
    dashboardVersions: ['v1beta1', 'v0alpha1', 'v2beta1', 'v2alpha1'],
  });
});

test("the probe refuses a person's token", async () => {
  grafana.failNext('GET /api/user', { status: 200, body: '{"uid":"u1","login":"ada","orgId":1}' });
  expect(await codeAndText(probeGrafana(clientOf(), never))).toContain('the token belongs to ada');
});

test('who answers is asked again until it is known', async () => {
  const clock = { nowMs: () => 0, sleep: () => Promise.reject(new Error('not used')) };
  grafana.failNext('GET /api/user', { status: 503, body: 'starting' }, 2);
  const identity = new GrafanaIdentity({
    client: clientOf(),
    clock,
    logger: pino({ level: 'silent' }),
    random: () => 0,
  });
  expect(await identity.ask(never)).toBe(false);
  expect(identity.status.error).toContain('answered 503 "starting"');
  expect([await identity.ask(never), await identity.ask(never)]).toEqual([false, true]);
  expect(identity.status).toMatchObject({ error: null, grafana: { version: '12.3.0' } });
});
