import { connect } from 'node:net';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { send } from './http-harness.ts';
import {
  alertmanagerMessage,
  bearerToken,
  startWebhooks,
  untilIdle,
  webhookSettings,
  type WebhookHarness,
} from './webhook-harness.ts';

const nowMs = Date.parse('2026-11-24T23:39:08.825Z');
const authorization = { Authorization: `Bearer ${bearerToken}` };
const first = alertmanagerMessage('01-firing-first');

let backend: WebhookHarness;
beforeEach(async () => {
  backend = await startWebhooks(
    (write) => [
      webhookSettings({ kind: 'alertmanager', bearerTokenFile: write('token', `${bearerToken}\n`) }),
      webhookSettings({
        ...{ kind: 'alertmanager', name: 'team-b', tenant: 'b' },
        bearerTokenFile: write('token-b', 'canary-token-of-the-other-tenant'),
      }),
      webhookSettings({ kind: 'generic', name: 'open', maxBodyBytes: 20_000 }),
    ],
    nowMs
  );
});
afterEach(() => backend.stop());

const post = (rawBody: string, headers: Readonly<Record<string, string>> = authorization) =>
  backend.post('/webhook', rawBody, headers);
/** The first recorded message with another text for one part of it. */
const withAlert = (changes: object) => {
  const message = JSON.parse(first);
  return JSON.stringify({ ...message, alerts: [{ ...message.alerts[0], ...changes }] });
};
const stored = async () => (await backend.deliveries()).length;

describe('who sends', () => {
  test.each<[string, Readonly<Record<string, string>>]>([
    ['nothing', {}],
    ['an empty token', { Authorization: 'Bearer ' }],
    ['another token', { Authorization: 'Bearer canary-webhook-token-of-32-letterz' }],
    ["another tenant's token", { Authorization: 'Bearer canary-token-of-the-other-tenant' }],
    ['a token and more', { Authorization: `Bearer ${bearerToken} x` }],
    ['the token as Basic', { Authorization: `Basic ${Buffer.from(`x:${bearerToken}`).toString('base64')}` }],
    ["a proxy's claim to be local", { 'X-Forwarded-For': '127.0.0.1' }],
  ])('with %s is refused, and nothing is stored', async (_name, headers) => {
    const answer = await backend.ask('/webhook', { method: 'POST', rawBody: first, headers });
    expect(answer).toMatchObject({ status: 401, json: { code: 'unauthorized' } });
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(answer.text).not.toContain(bearerToken);
    expect(await stored()).toBe(0);
  });

  test('is told apart by the case of the token but not by that of the scheme', async () => {
    expect(await post(first, { Authorization: `bearer ${bearerToken}` })).toMatchObject({ status: 202 });
    expect(await post(first, { Authorization: `Bearer ${bearerToken.toUpperCase()}` })).toMatchObject({ status: 401 });
  });

  test('with a new token is taken once the file has it', async () => {
    expect(await post(first)).toMatchObject({ status: 202 });
    backend.write('token', 'a-new-token-that-was-rotated-in');
    const rotated = { Authorization: 'Bearer a-new-token-that-was-rotated-in' };
    await untilIdle(async () => (await post(first, rotated)).status === 202);
    expect(await post(first)).toMatchObject({ status: 401 });
  });

  test('finds the episodes of the own tenant only', async () => {
    await post(first);
    await backend.post('/api/v1/webhooks/team-b', first, { Authorization: 'Bearer canary-token-of-the-other-tenant' });
    expect((await backend.episodes()).map(({ tenant, source }) => `${tenant} ${source}`).sort()).toEqual([
      'b team-b',
      'default alertmanager',
    ]);
  });

  test('without a secret is answered on this machine, and the status says so', async () => {
    const generic = JSON.stringify({ alerts: [{ status: 'firing', labels: { alertname: 'Disk' } }] });
    expect(await backend.post('/api/v1/webhooks/open', generic)).toMatchObject({ status: 202 });
    expect((await backend.webhooks.statuses()).map(({ authenticated }) => authenticated)).toEqual([true, true, false]);
    const fresh = await startWebhooks(() => [webhookSettings({ kind: 'alertmanager' })], nowMs);
    expect(await fresh.webhooks.statuses()).toMatchObject([
      { path: '/api/v1/webhooks/alertmanager', message: expect.stringMatching(/only programs on this machine/) },
    ]);
    await fresh.stop();
  });

  test.each([
    ['through a proxy', { 'X-Forwarded-For': '10.1.2.3' }],
    ['through a proxy that says so in the newer way', { Forwarded: 'for=10.1.2.3' }],
    ['by a name that a page lets point here', { Host: 'evil.example:9099' }],
  ])('without a secret is refused %s', async (_name, headers) => {
    const generic = JSON.stringify({ alerts: [{ status: 'firing', labels: { alertname: 'Disk' } }] });
    const answer = await backend.ask('/api/v1/webhooks/open', { method: 'POST', rawBody: generic, headers });
    expect(answer).toMatchObject({ status: 401, json: { code: 'unauthorized' } });
    expect(await stored()).toBe(0);
  });
});

describe('what is no message', () => {
  test.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('%s is 405 with what is allowed', async (method) => {
    const answer = await backend.ask('/webhook', { method, headers: authorization });
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });

  test('GET says that a redirect made it one, since it would look delivered', async () => {
    const answer = await backend.ask('/webhook', { method: 'GET' });
    expect(answer.json['detail']).toMatch(/A redirect on the way turns POST into GET/);
  });

  test.each<[string, Readonly<Record<string, string>>]>([
    ['multipart', { 'Content-Type': 'multipart/form-data; boundary=x' }],
    ['a form', { 'Content-Type': 'application/x-www-form-urlencoded' }],
    ['plain text', { 'Content-Type': 'text/plain' }],
    ['JSON in another encoding', { 'Content-Type': 'application/json; charset=utf-16' }],
    ['JSON after a form', { 'Content-Type': 'text/plain, application/json' }],
    ['a compressed body', { 'Content-Encoding': 'gzip' }],
    ['a body compressed by a made-up way', { 'Content-Encoding': 'identity, br' }],
  ])('%s is 415', async (_name, headers) => {
    expect(await post(first, { ...authorization, ...headers })).toMatchObject({ status: 415 });
    expect(await stored()).toBe(0);
  });

  test('a gzip bomb is refused before it is inflated', async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000, 0x20));
    const before = process.memoryUsage().rss;
    const answer = await fetch(`${backend.url}/webhook`, {
      ...{ method: 'POST', body: bomb },
      headers: { ...authorization, 'content-type': 'application/json', 'content-encoding': 'gzip' },
    });
    expect(answer.status).toBe(415);
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  test.each<[string, string, RegExp]>([
    ['nothing', '', /is empty|Content-Type/],
    ['no JSON', '<html>', /is not JSON/],
    ['a JSON text', '"firing"', /not the message that Alertmanager sends/],
    ['null', 'null', /not the message/],
    ['no alerts', '{"version":"4","receiver":"r","groupKey":"{}"}', /\(alerts: /],
    ['a byte order mark', `\uFEFF${first}`, /byte order mark/],
    ['a key twice', first.replace('"status"', '"alerts": [], "status"'), /the key "alerts" twice/],
    ['17 levels', `{"a":${'['.repeat(17)}${']'.repeat(17)}}`, /nested deeper/],
    ['a status of its own', withAlert({ status: 'pending' }), /alerts\.0\.status/],
    ['labels that are a list', withAlert({ labels: ['a'] }), /alerts\.0\.labels/],
    ['a label that is a number', withAlert({ labels: { alertname: 7 } }), /alerts\.0\.labels\.alertname/],
    ['a start that is no time', withAlert({ startsAt: 'yesterday' }), /alerts\.0\.startsAt/],
    ['a fingerprint of its own', withAlert({ fingerprint: '../../etc' }), /alerts\.0\.fingerprint/],
    ["Grafana's version", first.replace('"version": "4"', '"version": "1"'), /a message of Grafana.*kind grafana/],
    [
      'a version to come',
      first.replace('"version": "4"', '"version": "9"'),
      /version "9"; Alertmanager sends version 4/,
    ],
  ])('%s is 400, and nothing is stored', async (_name, body, message) => {
    const answer = await backend.ask('/webhook', {
      ...{ method: 'POST', rawBody: body },
      headers: { ...authorization, 'Content-Type': 'application/json' },
    });
    expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_request' } });
    expect(answer.json['detail']).toMatch(message);
    expect(await stored()).toBe(0);
  });

  test('a body over the limit is 413, also when it does not say its size', async () => {
    const body = JSON.stringify({ alerts: [{ status: 'firing', labels: { alertname: 'x'.repeat(20_000) } }] });
    expect(await backend.post('/api/v1/webhooks/open', body)).toMatchObject({ status: 413 });
    const socket = connect(Number(new URL(backend.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('POST /api/v1/webhooks/open HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n');
    socket.write(`Transfer-Encoding: chunked\r\n\r\n${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('100,000 alerts in one body are refused, and the next message is taken', async () => {
    const alert = JSON.stringify({ labels: {}, startsAt: '2026-11-24T23:39:07Z', status: 'firing', fingerprint: 'f' });
    const body = `{"version":"4","receiver":"","groupKey":"","alerts":[${`${alert},`.repeat(99_999)}${alert}]}`;
    expect(await post(body)).toMatchObject({ status: 413 });
    expect(await post(first)).toMatchObject({ status: 202 });
  });

  test('an unknown webhook is 404 with what to do', async () => {
    const answer = await backend.post('/api/v1/webhooks/teem-b', first, authorization);
    expect(answer).toMatchObject({ status: 404, json: { detail: expect.stringMatching(/List it under webhooks/) } });
  });
});

describe('what is hostile but a message', () => {
  test.each<[string, Readonly<Record<string, string>>]>([
    ['commands', { instance: '$(touch /tmp/canary); `id` | sh', note: '{{ lookup("pipe","id") }}' }],
    ['templates', { a: '{{constructor}}', b: '${7*7}', c: '<%= 7*7 %>', d: '#{7*7}' }],
    ['control characters', { a: 'line\r\n2', b: '\u001b[2J\u0007', c: '\u202etxt.exe', d: 'nul\u0000byte' }],
    ['addresses', { a: 'javascript:alert(1)', b: 'http://169.254.169.254/latest/meta-data' }],
    ['names of JavaScript', { constructor: 'x', prototype: 'y', toString: 'z', hasOwnProperty: 'w' }],
    ['patterns', { instance: 'all', b: '*', c: '~.*', d: '!web', e: '@/etc/passwd', f: ',' }],
  ])('labels with %s stay what they are, and are kept as they are', async (_name, labels) => {
    expect(await post(withAlert({ labels: { alertname: 'Odd', ...labels } }))).toMatchObject({ status: 202 });
    expect((await backend.episodes())[0]?.labels).toEqual({ alertname: 'Odd', ...labels });
    expect(await backend.audit.verify()).toMatchObject({ ok: true });
  });

  test('a label __proto__ is left out and changes no prototype', async () => {
    const body = withAlert({}).replace('"alertname"', '"__proto__":"polluted","alertname"');
    expect(await post(body)).toMatchObject({ status: 202 });
    expect(Object.keys((await backend.episodes())[0]?.labels ?? {})).not.toContain('__proto__');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('half a surrogate pair in a label keeps nobody from being told of', async () => {
    await post(withAlert({ labels: { alertname: 'Odd', half: 'REPLACED' } }).replace('REPLACED', '\\ud800'));
    expect(await backend.episodes()).toHaveLength(1);
    expect(await backend.audit.verify()).toMatchObject({ ok: true, entries: 1 });
  });

  test('an alert with a label of 9,000 characters or 300 labels is left out, the others are taken', async () => {
    const message = JSON.parse(first);
    const [alert] = message.alerts;
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`l${i}`, 'v']));
    const alerts = [
      { ...alert, fingerprint: '1', labels: { ...alert.labels, long: 'x'.repeat(9_000) } },
      { ...alert, fingerprint: '2', labels: many },
      { ...alert, fingerprint: '3' },
    ];
    expect(await post(JSON.stringify({ ...message, alerts }))).toMatchObject({ status: 202, json: { alerts: 3 } });
    expect(await backend.episodes()).toMatchObject([{ fingerprint: '3' }]);
    expect((await backend.webhooks.statuses())[0]?.message).toMatch(
      /2 alerts are left out, the first \(0\): the label "long"/
    );
  });

  test('annotations are cut at 8,192 characters', async () => {
    await post(withAlert({ annotations: { summary: 'x'.repeat(100_000) } }));
    expect((await backend.episodes())[0]?.annotations['summary']).toHaveLength(8_193);
  });

  test('an alert that begins in half an hour is left out, and told of in the log', async () => {
    await post(withAlert({ startsAt: '2026-11-25T00:09:09Z' }));
    expect(await backend.episodes()).toEqual([]);
    expect(backend.logText()).toMatch(/begin in the future/);
  });

  test('the same body 100 times, and again after its resolve, is one episode', async () => {
    const again = await Promise.all(
      Array.from({ length: 100 }, () =>
        backend.ask('/webhook', { method: 'POST', rawBody: first, headers: authorization })
      )
    );
    expect(new Set(again.map(({ status }) => status))).toEqual(new Set([202]));
    backend.clock.advance(60_000);
    await post(withAlert({ status: 'resolved', endsAt: '2026-11-24T23:40:00Z' }));
    backend.clock.advance(60_000);
    await post(first);
    expect(await backend.episodes()).toMatchObject([{ closeReason: 'resolved', deliveries: 101 }]);
  });

  test('a line feed in a name of a label makes no line of the log of its own', async () => {
    const name = 'a\r\n{"level":60,"msg":"forged"}';
    await post(withAlert({ labels: { alertname: 'Odd', [name]: 'x'.repeat(9_000) } }));
    const lines = backend.logText().trim().split('\n');
    const messages = lines.map((line) => (JSON.parse(line) as { msg?: string }).msg);
    expect(messages).toEqual(['store opened', 'a message of a webhook was taken in part'].slice(-messages.length));
  });
});

test('bodies are forgotten a week after they were worked on, episodes are not', async () => {
  await post(first);
  backend.clock.advance(7 * 86_400_000 + 1);
  await untilIdle(async () => (await backend.deliveries()).length === 0);
  expect(await backend.episodes()).toHaveLength(1);
});

test('episodes are forgotten 90 days after they closed, open ones are not', async () => {
  await post(first);
  await post(withAlert({ fingerprint: 'b' }));
  await post(withAlert({ fingerprint: 'b', status: 'resolved', endsAt: '2026-11-24T23:39:08Z' }));
  backend.clock.advance(91 * 86_400_000);
  await untilIdle(async () => (await backend.episodes()).length === 1);
  expect(await backend.episodes()).toMatchObject([{ fingerprint: '4325ace3d31217a4' }]);
});

test('a store that can not be written is 503, and the sender comes again', async () => {
  await backend.database.schema.alterTable('deliveries').renameTo('away').execute();
  const answer = await send(backend.url, '/webhook', { method: 'POST', rawBody: first, headers: authorization });
  expect(answer).toMatchObject({ status: 503, json: { code: 'busy' } });
  await backend.database.schema.alterTable('away').renameTo('deliveries').execute();
  expect(await post(first)).toMatchObject({ status: 202 });
});

test('while episodes can not be written messages wait, and are worked on after', async () => {
  await backend.database.schema.alterTable('episodes').renameTo('away').execute();
  await backend.ask('/webhook', { method: 'POST', rawBody: first, headers: authorization });
  await untilIdle(() => /could not be worked on/.test(backend.logText()));
  await backend.database.schema.alterTable('away').renameTo('episodes').execute();
  await idleAfterPauses();
  expect(await backend.episodes()).toHaveLength(1);
  expect(await backend.deliveries()).toMatchObject([{ state: 'done' }]);
});

test('a message that can not be worked on is set aside with the cause, and keeps back no other', async () => {
  await post(first);
  // from here on the store takes no second episode of this name
  await backend.database.schema.createIndex('poison').on('episodes').column('alertname').unique().execute();
  const poison = withAlert({ fingerprint: 'bad' });
  const other = withAlert({ fingerprint: 'c', labels: { alertname: 'Other' } });
  await backend.ask('/webhook', { method: 'POST', rawBody: poison, headers: authorization });
  await backend.ask('/webhook', { method: 'POST', rawBody: other, headers: authorization });
  await idleAfterPauses();
  expect(await backend.deliveries()).toMatchObject([
    { state: 'done' },
    { state: 'faulty', error: expect.stringMatching(/UNIQUE/) },
    { state: 'done', error: null },
  ]);
  expect((await backend.episodes()).map(({ alertname }) => alertname).sort()).toEqual(['HighErrorRate', 'Other']);
});

/** Until nothing waits, with the pauses that follow a failure passed over. */
async function idleAfterPauses() {
  await untilIdle(async () => {
    backend.clock.advance(5_000);
    return (await backend.webhooks.statuses()).every(({ waiting }) => waiting === 0);
  });
}
