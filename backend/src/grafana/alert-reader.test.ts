import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startFakeGrafana, type FakeGrafana } from '../../../test/support/fake-grafana/fake-grafana.ts';
import type { AnomalyRecord } from '../contract/anomaly.ts';
import { JobSpec } from '../contract/job.ts';
import { AlertReader, type AlertReaderDeps } from './alert-reader.ts';
import { GrafanaClient } from './grafana-client.ts';

const never = new AbortController().signal;
const startMs = Date.parse('2026-11-25T12:00:00Z');
const job = JobSpec.parse({ name: 'checkout', query: 'x', title: 'Checkout', alert: { severity: 'critical' } });
const base = 'https://grafana.example/a/selfheal-aiops-app/anomalies';
const closing: Array<() => Promise<unknown>> = [];
let folder = '';
let nowMs = startMs;
let anomalies: AnomalyRecord[] = [];
let grafana: FakeGrafana;
let client: GrafanaClient;

beforeEach(async () => {
  nowMs = startMs;
  anomalies = [];
  folder = await mkdtemp(join(tmpdir(), 'aiops-alerts-'));
  await writeFile(join(folder, 'token'), 'viewer');
  grafana = await startFakeGrafana({ tokens: { viewer: 'Viewer', none: 'None' } });
  client = new GrafanaClient({ url: grafana.url, tokenFile: join(folder, 'token'), timeoutMs: 2_000 });
  closing.push(
    () => client.stop(),
    () => grafana.close()
  );
});

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
  await rm(folder, { recursive: true });
});

const recorded = (file: string) =>
  (
    JSON.parse(readFileSync(new URL(`../../../test/fixtures/grafana-12.3.0/api/${file}`, import.meta.url), 'utf8')) as {
      answer: unknown;
    }
  ).answer;

/** An Alertmanager that has these alerts, or answers a page or a status. */
async function alertmanager(answer: unknown, status = 200): Promise<string> {
  const server = createServer((_, res) => {
    res.writeHead(status, { 'content-type': typeof answer === 'string' ? 'text/html' : 'application/json' });
    res.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function readerOf(urls: readonly string[], changes: Partial<AlertReaderDeps> = {}): AlertReader {
  const credentials = { bearerTokenFile: undefined, basic: undefined, tls: undefined, headers: {} };
  const reader = new AlertReader({
    alertmanagers: urls.map((url) => ({ url, ...credentials, timeoutMs: 2_000 })),
    grafana: undefined,
    anomalies: () => Promise.resolve(anomalies),
    jobs: () => Promise.resolve(new Map([[job.name, job]])),
    scores: () => [0.5, 2],
    urlOf: ({ id }) => `${base}/${id}`,
    clock: { nowMs: () => nowMs, sleep: () => Promise.reject(new Error('not used')) },
    ...changes,
  });
  closing.push(() => reader.stop());
  return reader;
}

function alert(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    fingerprint: 'f1',
    labels: { alertname: 'HighLatency', severity: 'page', service: 'checkout' },
    annotations: { summary: 'It is slow', runbook_url: 'https://runbooks.example/slow' },
    startsAt: '2026-11-25T11:50:00Z',
    updatedAt: '2026-11-25T11:59:00Z',
    generatorURL: 'https://prometheus.example/graph',
    status: { state: 'active', silencedBy: [], inhibitedBy: [] },
    ...changes,
  };
}

function anomaly(changes: Partial<AnomalyRecord> = {}): AnomalyRecord {
  return {
    ...{ id: 'an-1', job: 'checkout', kind: 'band', seriesId: 's1', labels: { service: 'checkout' }, state: 'open' },
    ...{ startedAtMs: startMs - 600_000, endedAtMs: null, seenToMs: startMs - 30_000, openedAtMs: startMs - 540_000 },
    ...{ direction: 'above', score: 2, peakScore: 3, peakAtMs: startMs, peakValue: 9, expectedAtPeak: 4, evidence: [] },
    ...{ flaps: 0, late: false, mutedBy: null, verdict: null, levelDecision: null, panels: [], deliveries: [] },
    ...changes,
  };
}

/** The alert that the anomaly became, as an Alertmanager has it. */
const ownAlert = (changes: Record<string, unknown> = {}) =>
  alert({
    fingerprint: 'own',
    labels: {
      ...{ alertname: 'AIOpsAnomaly', origin: 'aiops', job_name: 'checkout', kind: 'band', severity: 'critical' },
      ...{ service: 'checkout', replica: 'a' },
    },
    annotations: { summary: 'Checkout: …', score: '3', runbook_url: `${base}/an-1` },
    startsAt: new Date(startMs - 600_000).toISOString(),
    generatorURL: `${base}/an-1`,
    ...changes,
  });

test('an alert of Alertmanager is a row with its labels, times and links', async () => {
  expect(await readerOf([await alertmanager([alert()])]).read(never)).toEqual({
    errors: [],
    items: [
      {
        id: 'alertmanager:f1',
        source: 'alertmanager',
        name: 'HighLatency',
        state: 'firing',
        severity: 'page',
        labels: { alertname: 'HighLatency', severity: 'page', service: 'checkout' },
        summary: 'It is slow',
        startedAtMs: startMs - 600_000,
        updatedAtMs: startMs - 60_000,
        score: null,
        scores: [],
        anomalyId: null,
        job: null,
        silencedBy: [],
        runbookUrl: 'https://runbooks.example/slow',
        generatorUrl: 'https://prometheus.example/graph',
      },
    ],
  });
});

test('a link that is no web address is dropped', async () => {
  const hostile = alert({ annotations: { runbook_url: 'javascript:alert(1)' }, generatorURL: 'data:text/html,x' });
  const { items } = await readerOf([await alertmanager([hostile])]).read(never);
  expect(items).toMatchObject([{ runbookUrl: null, generatorUrl: null, summary: 'HighLatency' }]);
});

test('what two replicas have is one row, silenced when one of them knows of the silence', async () => {
  const silenced = alert({ status: { state: 'suppressed', silencedBy: ['s-1'] }, updatedAt: '2026-11-25T11:58:00Z' });
  const urls = [await alertmanager([alert()]), await alertmanager([silenced])];
  const { items } = await readerOf(urls).read(never);
  expect(items).toMatchObject([{ state: 'suppressed', silencedBy: ['s-1'], updatedAtMs: startMs - 60_000 }]);
});

describe('an anomaly of ours', () => {
  test('is a row with its score, named as its alert', async () => {
    anomalies = [anomaly()];
    const { items } = await readerOf([]).read(never);
    expect(items).toMatchObject([
      {
        ...{ id: 'aiops:an-1', source: 'aiops', name: 'AIOpsAnomaly', state: 'firing', severity: 'critical' },
        ...{ score: 2, scores: [0.5, 2], anomalyId: 'an-1', job: 'checkout', runbookUrl: `${base}/an-1` },
        summary: 'Checkout: service=checkout left its band and is above it',
      },
    ]);
  });

  test('that came back from Alertmanager is one row, with its silences and the labels it has there', async () => {
    anomalies = [anomaly()];
    const told = ownAlert({ status: { state: 'suppressed', silencedBy: ['s-1'] } });
    const { items } = await readerOf([await alertmanager([told])]).read(never);
    expect(items).toMatchObject([
      { id: 'aiops:an-1', state: 'suppressed', score: 2, silencedBy: ['s-1'], labels: { replica: 'a' } },
    ]);
  });

  test('that came back without a link is found by its labels and start', async () => {
    anomalies = [anomaly()];
    const told = ownAlert({ annotations: {}, generatorURL: '' });
    const { items } = await readerOf([await alertmanager([told])]).read(never);
    expect(items).toMatchObject([{ id: 'aiops:an-1' }]);
  });

  test('that the store has forgotten is still ours, with the score that it was told with', async () => {
    const { items } = await readerOf([await alertmanager([ownAlert()])]).read(never);
    expect(items).toMatchObject([
      { id: 'alertmanager:own', source: 'aiops', score: 3, anomalyId: 'an-1', job: 'checkout' },
    ]);
  });

  test('that has ended is resolved for a quarter of an hour, whatever Alertmanager still has', async () => {
    anomalies = [anomaly({ state: 'closed', endedAtMs: startMs - 60_000 })];
    const { items } = await readerOf([await alertmanager([ownAlert()])]).read(never);
    expect(items).toMatchObject([{ id: 'aiops:an-1', state: 'resolved' }]);
    anomalies = [anomaly({ state: 'closed', endedAtMs: startMs - 901_000 })];
    expect((await readerOf([]).read(never)).items).toEqual([]);
  });

  test.each<[string, Partial<AnomalyRecord>]>([
    ['found late', { late: true }],
    ['judged a false alarm', { verdict: { verdict: 'false-alarm', by: 'ada', atMs: startMs } }],
    ['of a job that is gone', { job: 'gone' }],
  ])('%s is no row', async (_, changes) => {
    anomalies = [anomaly(changes)];
    expect((await readerOf([]).read(never)).items).toEqual([]);
  });

  test('that a calendar mutes is suppressed', async () => {
    anomalies = [anomaly({ mutedBy: 'freeze' })];
    expect((await readerOf([]).read(never)).items).toMatchObject([{ state: 'suppressed' }]);
  });
});

describe("Grafana's alerting", () => {
  test('gives recorded alerts without private labels, and errors of rules under their own name', async () => {
    grafana.alerts = recorded('alertmanager-alerts.json');
    const { items, errors } = await readerOf([], { grafana: client }).read(never);
    expect(errors).toEqual([]);
    expect(items.flatMap(({ labels }) => Object.keys(labels)).filter((name) => name.startsWith('__'))).toEqual([]);
    expect(items.map(({ id }) => id)).toContain('grafana:42da7517baae2d2e');
    expect(items.find(({ labels }) => labels['alertname'] === 'DatasourceError')?.name).toMatch(
      /^Probe .*\(DatasourceError\)$/
    );
  });

  test('gives instances that are pending, which its list of alerts has not', async () => {
    const instance = {
      labels: { alertname: 'Slow', __alert_rule_uid__: 'r1' },
      state: 'Pending (NoData)',
      activeAt: '2026-11-25T11:59:00Z',
    };
    grafana.rules = {
      data: { groups: [{ rules: [{ uid: 'r1', alerts: [instance, { ...instance, state: 'Normal' }] }] }] },
    };
    const { items } = await readerOf([], { grafana: client }).read(never);
    expect(items).toMatchObject([{ source: 'grafana', name: 'Slow', state: 'pending', startedAtMs: startMs - 60_000 }]);
  });

  test('has no pending instance in the recorded rules', async () => {
    grafana.rules = recorded('rules.json');
    expect(await readerOf([], { grafana: client }).read(never)).toEqual({ items: [], errors: [] });
  });
});

describe('a source that fails is named, and the rows of the others are there', () => {
  test.each<[string, () => Promise<string>, string]>([
    ['by a page', () => alertmanager('<html>login'), 'no list of alerts'],
    ['by refusing the credentials', () => alertmanager({}, 401), 'refuses the credentials (401)'],
    ['by not being an Alertmanager', () => alertmanager({ status: 'success' }), 'the base of an Alertmanager'],
    ['by not listening', () => Promise.resolve('http://127.0.0.1:1'), 'nothing listens there'],
  ])('%s', async (_, start, reason) => {
    const bad = await start();
    const { items, errors } = await readerOf([bad, await alertmanager([alert()])]).read(never);
    expect(items).toHaveLength(1);
    expect(errors).toMatchObject([{ source: `Alertmanager (${bad})`, message: expect.stringContaining(reason) }]);
  });

  test('by a service account without the right', async () => {
    await writeFile(join(folder, 'token'), 'none');
    const { errors } = await readerOf([], { grafana: client }).read(never);
    expect(errors.map(({ message }) => /lacks the right (\S+);/.exec(message)?.[1])).toEqual([
      'alert.instances:read',
      'alert.rules:read',
    ]);
  });
});

test('rows that fire come first, then the newest', async () => {
  const alerts = [
    alert({ fingerprint: 'old' }),
    alert({ fingerprint: 'silent', status: { state: 'suppressed', silencedBy: ['s'] } }),
    alert({ fingerprint: 'new', startsAt: '2026-11-25T11:55:00Z' }),
  ];
  const { items } = await readerOf([await alertmanager(alerts)]).read(never);
  expect(items.map(({ id }) => id)).toEqual(['alertmanager:new', 'alertmanager:old', 'alertmanager:silent']);
});

test('servers are asked once for all who ask within five seconds', async () => {
  const reader = readerOf([], { grafana: client });
  await Promise.all([reader.read(never), reader.read(never)]);
  nowMs += 4_999;
  await reader.read(never);
  expect(grafana.requests).toHaveLength(2);
  nowMs += 1;
  await reader.read(never);
  expect(grafana.requests).toHaveLength(4);
});

test('a caller who leaves ends nobody else', async () => {
  const reader = readerOf([await alertmanager([alert()])]);
  const leaving = AbortSignal.abort(new Error('left'));
  const staying = reader.read(never);
  await expect(reader.read(leaving)).rejects.toThrow('left');
  expect((await staying).items).toHaveLength(1);
});
