import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFakeGrafana, type FakeGrafana } from '../../../test/support/fake-grafana/fake-grafana.ts';
import { alertLabels } from '../alerting/alert-message.ts';
import { AlertRows, type AlertRow } from '../contract/alert.ts';
import type { AnomalyRecord } from '../contract/anomaly.ts';
import { JobSpec, type JobSummary } from '../contract/job.ts';
import { AppError } from '../errors.ts';
import { GrafanaClient } from '../grafana/grafana-client.ts';
import type { AlertSource } from './alert-source.ts';
import { alertmanagerAlerts, grafanaAlerts, grafanaPending } from './alertmanager-alerts.ts';
import { ownAlerts } from './own-alerts.ts';
import { readAlerts } from './read-alerts.ts';
import { sharedReading } from './shared-reading.ts';

const nowMs = Date.parse('2026-06-10T12:00:00Z');
const hourMs = 3_600_000;
const noSignal = new AbortController().signal;
// As Grafana 12.3.0 answered for its own Alertmanager, whose API is that of Prometheus' one.
const recorded = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/grafana-12.3.0/api/alertmanager-alerts.json', import.meta.url), 'utf8')
) as { readonly answer: ReadonlyArray<{ readonly fingerprint: string }> };

function anomaly(changes: Partial<AnomalyRecord> = {}): AnomalyRecord {
  return {
    ...{
      id: 'a1',
      job: 'checkout',
      kind: 'band',
      seriesId: 's1',
      labels: { __name__: 'latency', service: 'checkout' },
    },
    ...{ state: 'open', startedAtMs: nowMs - hourMs, endedAtMs: null, seenToMs: nowMs, openedAtMs: nowMs - hourMs },
    ...{ direction: 'above', score: 1.6, peakScore: 3, peakAtMs: nowMs, peakValue: 9, expectedAtPeak: 4 },
    ...{ evidence: [{ code: 'above', text: 'It is high.' }], flaps: 0, late: false, mutedBy: null, verdict: null },
    ...{ levelDecision: null, panels: [], deliveries: [] },
    ...changes,
  };
}

const spec = JobSpec.parse({ name: 'checkout', query: 'q', alert: { severity: 'critical', labels: { team: 'pay' } } });
const job: JobSummary = {
  ...{ spec, origin: { kind: 'api', by: 'x' }, state: 'fresh', stateReason: null, seriesCount: 1, model: null },
  ...{ mase: null, coverage: [], trainedAtMs: 1, nextTrainingAtMs: 2, createdAtMs: 0, updatedAtMs: 0 },
};

function own(...anomalies: readonly AnomalyRecord[]): AlertSource {
  return ownAlerts({
    recent: async () => anomalies,
    listJobs: async () => [job],
    nowMs: () => nowMs,
    urlOf: ({ id }) => `http://g/a/${id}`,
  });
}

describe('the anomalies of this backend as alerts', () => {
  test('have the labels, severity and address that Alertmanager is told', async () => {
    const { items } = await readAlerts([own(anomaly())], noSignal);
    expect(items).toEqual([
      {
        ...{ id: 'aiops/a1', source: 'aiops', name: 'checkout', state: 'firing', severity: 'critical' },
        labels: { __name__: 'latency', service: 'checkout', team: 'pay', kind: 'band' },
        ...{ summary: 'It is high.', startedAtMs: nowMs - hourMs, updatedAtMs: nowMs, score: 1.6, scores: [1.6] },
        ...{ anomalyId: 'a1', job: 'checkout', silencedBy: [], runbookUrl: 'http://g/a/a1', generatorUrl: null },
      },
    ]);
  });

  test.each<[string, Partial<AnomalyRecord>, ReadonlyArray<Partial<AlertRow>>]>([
    [
      'kept back by a calendar is suppressed',
      { mutedBy: 'calendar c: x' },
      [{ state: 'suppressed', silencedBy: ['calendar c: x'] }],
    ],
    ['that is over is resolved', { endedAtMs: nowMs - 1 }, [{ state: 'resolved' }]],
    ['that has been over for an hour is gone', { endedAtMs: nowMs - hourMs - 1 }, []],
    ['found late was told to nobody', { late: true }, []],
    ['that a person took back is gone', { verdict: { verdict: 'false-alarm', by: 'a', atMs: nowMs } }, []],
    ['that a person confirmed stays', { verdict: { verdict: 'real', by: 'a', atMs: nowMs } }, [{ state: 'firing' }]],
  ])('one %s', async (_name, changes, rows) => {
    expect((await readAlerts([own(anomaly(changes))], noSignal)).items).toMatchObject(rows);
  });
});

describe('the alerts of all places', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });
  async function alertmanager(status: number, body: string) {
    const listening = createServer((_request, response) => response.writeHead(status).end(body));
    server = listening;
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    const address = listening.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return alertmanagerAlerts({ url: `http://127.0.0.1:${port}`, timeoutMs: 5_000 });
  }

  test('of a recorded answer have no internal labels, and replicas show an alert once', async () => {
    const one = await alertmanager(200, JSON.stringify(recorded.answer));
    const rows = await readAlerts([one, one], noSignal);
    expect(AlertRows.safeParse(rows).error).toBeUndefined();
    expect(rows.items).toHaveLength(new Set(recorded.answer.map(({ fingerprint }) => fingerprint)).size);
    const future = rows.items.find(({ id }) => id === 'alertmanager/0e1592818f64a028');
    expect(future).toMatchObject({
      ...{ name: 'Probe future range', state: 'firing', severity: 'warning', anomalyId: null },
      startedAtMs: Date.parse('2026-11-25T02:39:00.000Z'),
      runbookUrl: 'http://127.0.0.1:3100/a/selfheal-aiops-app/remediate?rule=p-future',
      generatorUrl: 'http://127.0.0.1:3100/alerting/grafana/p-future/view',
    });
    expect(Object.keys(future?.labels ?? {}).filter((name) => name.startsWith('__'))).toEqual(['__name__']);
    await one.stop();
  });

  test.each([
    ['an error', 500, 'no', /source_unavailable|500|unavailable/],
    ['a page', 200, '<html>', /no list of alerts/],
    ['another shape', 200, '{"status":"success"}', /no list of alerts/],
    ['a wrong path', 404, 'not found', /without \/api\/v2/],
  ])('one that answers %s is named, and the others are shown', async (_name, status, body, reason) => {
    const broken = await alertmanager(status, body);
    const rows = await readAlerts([broken, own(anomaly())], noSignal);
    expect(rows.items).toHaveLength(1);
    expect(rows.errors).toMatchObject([
      { source: expect.stringMatching(/^alertmanager 127/), message: expect.stringMatching(reason) },
    ]);
    await broken.stop();
  });

  test('a defect of ours is not passed off as a place that does not answer', async () => {
    const defect: AlertSource = { name: 'x', read: () => Promise.reject(new TypeError('ours')) };
    await expect(readAlerts([defect, own(anomaly())], noSignal)).rejects.toThrow('ours');
    const away: AlertSource = { name: 'x', read: () => Promise.reject(new AppError('source_refused', 'away')) };
    expect((await readAlerts([away], noSignal)).errors).toEqual([{ source: 'x', message: 'away' }]);
  });

  test('one that hangs is named after the deadline, and the others are shown', async () => {
    const hanging: AlertSource = {
      name: 'slow',
      read: (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    };
    const rows = await readAlerts([hanging, own(anomaly())], noSignal, 20);
    expect(rows.items).toHaveLength(1);
    expect(rows.errors).toEqual([{ source: 'slow', message: 'no full answer within 0.02 s' }]);
  });

  const echo = (of: AnomalyRecord, changes: Partial<AlertRow> = {}): AlertSource => ({
    name: 'alertmanager',
    read: async () => [
      {
        ...{
          id: 'alertmanager/f',
          source: 'alertmanager',
          name: 'AIOpsAnomaly',
          state: 'firing',
          severity: 'critical',
        },
        labels: spec.alert === 'none' ? {} : { ...alertLabels(of, spec.alert) },
        ...{ summary: '', startedAtMs: of.startedAtMs, updatedAtMs: nowMs, score: null, scores: [], anomalyId: null },
        ...{ job: null, silencedBy: [], runbookUrl: null, generatorUrl: null },
        ...changes,
      },
    ],
  });

  test('that came from here are shown as the anomaly, silenced when Alertmanager silences them', async () => {
    const found = anomaly();
    const fires = await readAlerts([own(found), echo(found)], noSignal);
    expect(fires.items).toMatchObject([{ id: 'aiops/a1', state: 'firing' }]);
    const silenced = await readAlerts(
      [own(found), echo(found, { state: 'suppressed', silencedBy: ['s-1'] })],
      noSignal
    );
    expect(silenced.items).toMatchObject([{ id: 'aiops/a1', state: 'suppressed', silencedBy: ['s-1'] }]);
  });

  test('that another backend sent stay, and one series is not taken for another', async () => {
    const elsewhere = anomaly({ job: 'other' });
    expect((await readAlerts([own(anomaly()), echo(elsewhere)], noSignal)).items).toHaveLength(2);
    const sibling = anomaly({ labels: { service: 'cart' } });
    expect((await readAlerts([own(anomaly()), echo(sibling)], noSignal)).items).toHaveLength(2);
  });

  test('are silenced when one of two replicas knows of the silence', async () => {
    const [first] = recorded.answer;
    const silence = { state: 'suppressed', silencedBy: ['s-1'], inhibitedBy: [] };
    const one = await alertmanager(
      200,
      JSON.stringify([{ ...first, status: silence, updatedAt: '2020-01-01T00:00:00Z' }])
    );
    const other = {
      name: 'b',
      read: async () =>
        await one
          .read(noSignal)
          .then((rows) =>
            rows.map((row) => ({ ...row, state: 'firing' as const, silencedBy: [], updatedAtMs: nowMs }))
          ),
    };
    expect((await readAlerts([one, other], noSignal)).items).toMatchObject([
      { state: 'suppressed', silencedBy: ['s-1'], updatedAtMs: nowMs },
    ]);
    await one.stop();
  });

  test('have no link that is not a web address', async () => {
    const [first] = recorded.answer;
    const hostile = { ...first, annotations: { runbook_url: 'javascript:alert(1)' }, generatorURL: 'data:text/html,x' };
    const one = await alertmanager(200, JSON.stringify([hostile]));
    expect((await readAlerts([one], noSignal)).items).toMatchObject([{ runbookUrl: null, generatorUrl: null }]);
    await one.stop();
  });

  test('that a rule without data raised have the name of the rule', async () => {
    const one = await alertmanager(200, JSON.stringify(recorded.answer));
    const { items } = await readAlerts([one], noSignal);
    expect(items.find(({ labels }) => labels['alertname'] === 'DatasourceError')?.name).toMatch(
      /^Probe .*\(DatasourceError\)$/
    );
    await one.stop();
  });
});

describe("the rules of Grafana's alerting", () => {
  let folder = '';
  let grafana: FakeGrafana;
  let client: GrafanaClient;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aiops-alert-rows-'));
    await writeFile(join(folder, 'token'), 'viewer');
    grafana = await startFakeGrafana({ tokens: { viewer: 'Viewer', none: 'None' } });
    client = new GrafanaClient({ url: grafana.url, tokenFile: join(folder, 'token') });
  });
  afterEach(async () => {
    await client.stop();
    await grafana.close();
    await rm(folder, { recursive: true });
  });

  test('give the instances that are pending', async () => {
    const labels = { alertname: 'Slow', __alert_rule_uid__: 'r1' };
    const instance = { labels, state: 'Pending (NoData)', activeAt: '2026-06-10T11:59:00Z' };
    const alerts = [instance, { ...instance, state: 'Normal' }];
    grafana.rules = { status: 'success', data: { groups: [{ rules: [{ uid: 'r1', alerts }, { uid: 'r2' }] }] } };
    const { items } = await readAlerts([grafanaPending(client)], noSignal);
    expect(items).toMatchObject([
      { source: 'grafana', name: 'Slow', state: 'pending', labels: { alertname: 'Slow' }, startedAtMs: nowMs - 60_000 },
    ]);
  });

  test('as they were recorded hold nothing that is pending', async () => {
    const file = new URL('../../../test/fixtures/grafana-12.3.0/api/rules.json', import.meta.url);
    grafana.rules = (JSON.parse(readFileSync(file, 'utf8')) as { readonly answer: unknown }).answer;
    expect(await readAlerts([grafanaPending(client)], noSignal)).toEqual({ items: [], errors: [] });
  });

  test('without the right to read them are named with that right', async () => {
    await writeFile(join(folder, 'token'), 'none');
    const { errors } = await readAlerts([grafanaAlerts(client), grafanaPending(client)], noSignal);
    expect(errors.map(({ message }) => /lacks the right (\S+);/.exec(message)?.[1])).toEqual([
      'alert.instances:read',
      'alert.rules:read',
    ]);
  });
});

describe('a reading that is shared', () => {
  const rows: AlertRows = { items: [], errors: [] };

  test('asks the places once for all who ask within five seconds', async () => {
    let [asked, atMs] = [0, nowMs];
    const read = sharedReading(() => Promise.resolve({ ...rows, asked: (asked += 1) }), { nowMs: () => atMs });
    await Promise.all([read(noSignal), read(noSignal)]);
    atMs += 4_999;
    await read(noSignal);
    expect(asked).toBe(1);
    atMs += 1;
    await read(noSignal);
    expect(asked).toBe(2);
  });

  test('is not kept when it fails', async () => {
    const answers = [() => Promise.reject(new Error('once')), () => Promise.resolve(rows)];
    const read = sharedReading(() => answers.shift()?.() ?? Promise.resolve(rows), { nowMs: () => nowMs });
    await expect(read(noSignal)).rejects.toThrow('once');
    expect(await read(noSignal)).toBe(rows);
  });

  test('goes on for the others when one leaves', async () => {
    const { promise, resolve } = Promise.withResolvers<AlertRows>();
    const read = sharedReading(() => promise, { nowMs: () => nowMs });
    const leaving = new AbortController();
    const left = read(leaving.signal);
    const staying = read(noSignal);
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    resolve(rows);
    expect(await staying).toBe(rows);
  });
});
