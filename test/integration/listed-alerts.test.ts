import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { GrafanaClient } from '../../backend/src/grafana/grafana-client.ts';
import { alertmanagerLister, grafanaLister } from '../../backend/src/remediation/episodes/listed-alerts.ts';
import { startLoopbackReceiver, type LoopbackReceiver } from '../support/loopback-receiver.ts';

const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/grafana-12.3.0/api/alertmanager-alerts.json'), 'utf8')
) as { answer: Array<{ fingerprint: string; labels: Record<string, string> }> };
const signal = AbortSignal.timeout(30_000);

let server: LoopbackReceiver;
let folder: string;
beforeEach(async () => {
  server = await startLoopbackReceiver();
  folder = mkdtempSync(join(tmpdir(), 'aiops-listed-'));
});
afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const alertmanager = () =>
  alertmanagerLister({
    ...{ url: server.url, timeoutMs: 5_000, headers: {} },
    ...{ bearerTokenFile: undefined, basic: undefined, tls: undefined },
  });

test("Grafana's list has the fingerprints and the labels of its messages, without its private labels", async () => {
  server.always(() => ({ text: JSON.stringify(recorded.answer), headers: { 'content-type': 'application/json' } }));
  writeFileSync(join(folder, 'token'), 'a-token');
  const client = new GrafanaClient({ url: `${server.url}/`, tokenFile: join(folder, 'token') });
  const listed = await grafanaLister(client).list(signal);
  await client.stop();
  expect(listed.map(({ message }) => message.fingerprint)).toEqual(
    recorded.answer.map(({ fingerprint }) => fingerprint)
  );
  expect(
    listed.flatMap(({ message }) => Object.keys({ ...message.labels, ...message.annotations }))
  ).not.toContainEqual(expect.stringMatching(/^__.*__$/));
  expect(listed.find(({ message }) => message.labels['alertname'] === 'DatasourceError')?.message.absence).toBe(
    'DatasourceError'
  );
});

test.each([
  ['a page', { text: '<html>' }, /answered no list of alerts; check the address/],
  ['another shape', { text: '{"status":"success"}' }, /answered no list of alerts/],
  ['404', { status: 404, text: 'not found' }, /answered 404; list the base address/],
])('an Alertmanager that answers %s is a fault, not an empty list', async (_name, answer, message) => {
  server.always(() => answer);
  const lister = alertmanager();
  await expect(lister.list(signal)).rejects.toMatchObject({
    code: 'source_unavailable',
    message: expect.stringMatching(message),
  });
  await lister.stop();
});
