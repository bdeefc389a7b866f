import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  grafanaMessage,
  startWebhooks,
  webhookSettings,
  type GrafanaMessage,
  type WebhookHarness,
} from './webhook-harness.ts';

const secret = 'probe-hmac-secret';
const path = '/api/v1/webhooks/grafana';
const minute = 60_000;

let backend: WebhookHarness;
beforeEach(async () => {
  backend = await startWebhooks(
    (write) => [
      webhookSettings({
        ...{ kind: 'grafana', hmacSecretFile: write('hmac', secret) },
        ...{ signatureHeader: 'X-Aiops-Signature', timestampHeader: 'X-Aiops-Timestamp' },
      }),
      webhookSettings({ kind: 'grafana', name: 'untimed', hmacSecretFile: write('hmac', secret) }),
      webhookSettings({ kind: 'grafana', name: 'bearer', bearerTokenFile: write('token', 'probe-bearer-token') }),
      webhookSettings({
        ...{ kind: 'grafana', name: 'basic' },
        basic: { user: 'grafana', passwordFile: write('password', 'probe-basic-pw') },
      }),
      webhookSettings({ kind: 'grafana', name: 'open' }),
    ],
    Date.parse('2026-11-25T02:39:57Z')
  );
});
afterEach(() => backend.stop());

const timeOf = ({ headers }: GrafanaMessage) => Number(headers['x-aiops-timestamp']) * 1_000;

/** Sends a recorded message at the time at which it was signed. */
async function replay(name: string, changes: { readonly raw?: string; readonly laterMs?: number } = {}) {
  const message = grafanaMessage(name);
  const { laterMs = 0, raw = message.raw } = changes;
  backend.clock.advance(timeOf(message) + laterMs - backend.clock.nowMs());
  return await backend.post(path, raw, own(message));
}
/** Its headers without those of the connection. */
const own = ({ headers }: GrafanaMessage) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !['host', 'content-length'].includes(name)));

const shown = async () =>
  (await backend.episodes())
    .map(({ alertname, labels, closeReason, absence }) =>
      [alertname, labels['host'] ?? labels['rulename'] ?? '', closeReason ?? 'open', absence ?? ''].join(' ').trim()
    )
    .sort();

describe('messages of Grafana 12.3.0', () => {
  test.each([
    ['firing-one', ['Probe firing a open']],
    ['firing-group-of-two', ['Probe firing a open', 'Probe firing b open']],
    ['firing-with-dashboard-and-panel', ['Probe firing a open']],
    ['error-as-alerting', ['Probe error alerting  open Error']],
    [
      'datasource-error-two-rules',
      ['DatasourceError Probe bad open DatasourceError', 'DatasourceError Probe error open DatasourceError'],
    ],
    ['nodata-firing', ['DatasourceNoData Probe NoData open DatasourceNoData']],
    ['rule-over-a-future-range', ['Probe future range  open', 'Probe future range  open']],
    ['rule-with-origin-label', ['Probe origin  open', 'Probe origin  open']],
    ['missing-series-resolved', ['Probe missing series a open']],
    // a resolve of what was never heard of opens nothing
    ['all-resolved', []],
    ['missing-series-all-gone', []],
    ['nodata-resolved', []],
    ['rule-paused-resolved', []],
    ['series-resolved-because-nodata', []],
  ])('%s is taken, and makes the episodes that it tells of', async (name, episodes) => {
    expect(await replay(name)).toMatchObject({ status: 202, json: { delivery: 1 } });
    expect(await shown()).toEqual(episodes);
  });

  test('one that resolved is closed, the other goes on until it resolves too', async () => {
    await replay('firing-one');
    await replay('firing-group-of-two');
    await replay('one-resolved-one-firing');
    expect(await shown()).toEqual(['Probe firing a resolved', 'Probe firing b open']);
    await replay('all-resolved');
    expect(await shown()).toEqual(['Probe firing a resolved', 'Probe firing b resolved']);
  });

  test('a series that went away is no recovery: its episode is closed as unknown', async () => {
    const [, gone] = JSON.parse(grafanaMessage('missing-series-resolved').raw).alerts;
    await signed({
      ...envelope,
      alerts: [{ ...gone, status: 'firing', endsAt: '0001-01-01T00:00:00Z', annotations: {} }],
    });
    await replay('missing-series-resolved');
    expect(await shown()).toEqual(['Probe missing series a open', 'Probe missing series b unknown']);
    await replay('missing-series-all-gone');
    expect(await shown()).toEqual(['Probe missing series a unknown', 'Probe missing series b unknown']);
  });

  test('data that comes back ends the alert of missing data, and is no recovery of anything', async () => {
    await replay('nodata-firing');
    await replay('nodata-resolved');
    expect(await shown()).toEqual(['DatasourceNoData Probe NoData unknown DatasourceNoData']);
  });

  test('a rule that is paused heals nothing: its episodes are closed as unknown', async () => {
    const { alerts } = JSON.parse(grafanaMessage('rule-paused-resolved').raw);
    const firing = alerts.map((alert: object) => ({ ...alert, status: 'firing', endsAt: null, annotations: {} }));
    backend.clock.advance(7 * minute);
    await signed({ ...envelope, alerts: firing });
    await replay('rule-paused-resolved');
    expect(await shown()).toEqual(['Probe pause a unknown', 'Probe pause b unknown']);
  });

  test('a test of the contact point is taken, opens nothing and shows in the status', async () => {
    expect(await replay('test-notification')).toMatchObject({ status: 202 });
    expect(await shown()).toEqual([]);
    expect(await backend.webhooks.statuses()).toMatchObject([
      { name: 'grafana', message: 'a test message', lastDeliveryAtMs: backend.clock.nowMs() },
      ...Array.from({ length: 4 }, () => ({ lastDeliveryAtMs: null })),
    ]);
  });

  test('a custom payload is refused with what to change, and nothing of it is kept', async () => {
    const answer = await backend.post('/api/v1/webhooks/open', grafanaMessage('custom-payload').raw);
    expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_request' } });
    expect(answer.json['detail']).toMatch(
      /not the message that Grafana sends by default .*remove the contact point's "Custom payload"/
    );
    expect(await backend.deliveries()).toEqual([]);
    expect((await backend.webhooks.statuses())[4]?.message).toMatch(/^The newest message was refused \(400\): /);
  });

  test('with a bearer token, and PUT with basic authentication and alerts left out, are taken', async () => {
    const bearer = grafanaMessage('bearer-one-alert-per-group');
    expect(await backend.post('/api/v1/webhooks/bearer', bearer.raw, own(bearer))).toMatchObject({ status: 202 });
    const basic = grafanaMessage('basic-auth-put-max-alerts-1');
    const answer = await backend.ask('/api/v1/webhooks/basic', {
      ...{ method: basic.method, rawBody: basic.raw },
      headers: { ...own(basic), authorization: `Basic ${Buffer.from('grafana:probe-basic-pw').toString('base64')}` },
    });
    await backend.idle();
    expect(answer).toMatchObject({ status: 202, json: { alerts: 1 } });
    expect((await backend.repository.openedInGroup(0)).map(({ truncated }) => truncated).sort()).toEqual([0, 1]);
  });

  test('signed without a time are taken by a webhook that expects none', async () => {
    const message = grafanaMessage('hmac-default-header-no-timestamp');
    expect(await backend.post('/api/v1/webhooks/untimed', message.raw, own(message))).toMatchObject({ status: 202 });
  });
});

describe('a signature', () => {
  test('that does not fit the body, by one space, is refused', async () => {
    const { raw } = grafanaMessage('firing-one');
    expect(await replay('firing-one', { raw: `${raw} ` })).toMatchObject({
      status: 401,
      json: { code: 'unauthorized' },
    });
    expect(await backend.deliveries()).toEqual([]);
  });

  test.each([
    ['5 minutes and a second old', 301_000],
    ['5 minutes and a second ahead', -301_000],
  ])('that is %s is refused', async (_name, laterMs) => {
    const answer = await replay('firing-one', { laterMs });
    expect(answer).toMatchObject({ status: 401 });
    expect(answer.json['detail']).toMatch(/signed more than 5 minutes ago or ahead; compare the clocks/);
  });

  test.each([300_000, -300_000])('that is %i ms off is taken', async (laterMs) => {
    expect(await replay('firing-one', { laterMs })).toMatchObject({ status: 202 });
  });

  test.each([
    ['none', { 'x-aiops-signature': '' }],
    ['one that is no hex', { 'x-aiops-signature': 'zz'.repeat(32) }],
    ['one without its time', { 'x-aiops-timestamp': '' }],
    ['a time that is no number', { 'x-aiops-timestamp': '1795574397e0' }],
  ])('is needed: %s is refused', async (_name, changes) => {
    const message = grafanaMessage('firing-one');
    expect(await backend.post(path, message.raw, { ...own(message), ...changes })).toMatchObject({ status: 401 });
  });

  test('that comes 100 times with its message is stored once, and gets the same answer', async () => {
    const first = await replay('firing-one');
    const again = await Promise.all(Array.from({ length: 100 }, () => replay('firing-one')));
    expect(new Set(again.map(({ status, text }) => `${status} ${text}`))).toEqual(new Set([`202 ${first.text}`]));
    expect(await backend.deliveries()).toHaveLength(1);
  });

  test('replayed after the resolve opens nothing', async () => {
    await replay('firing-one');
    const resolved = JSON.parse(grafanaMessage('one-resolved-one-firing').raw);
    backend.clock.advance(4 * minute);
    await signed({ ...resolved, alerts: resolved.alerts.slice(0, 1) });
    const message = grafanaMessage('firing-one');
    await backend.post(path, message.raw, own(message));
    expect(await shown()).toEqual(['Probe firing a resolved']);
  });
});

const envelope = { version: '1', receiver: 'hook', groupKey: '{}', externalURL: 'http://127.0.0.1:3100/' };

/** Signs and sends a message now. */
async function signed(message: object) {
  const raw = JSON.stringify(message);
  const time = String(Math.floor(backend.clock.nowMs() / 1_000));
  const signature = createHmac('sha256', secret).update(`${time}:${raw}`).digest('hex');
  return await backend.post(path, raw, { 'x-aiops-signature': signature, 'x-aiops-timestamp': time });
}
