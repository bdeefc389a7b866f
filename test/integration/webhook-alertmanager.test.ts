import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  alertmanagerMessage,
  bearerToken,
  startWebhooks,
  webhookSettings,
  type WebhookHarness,
} from './webhook-harness.ts';

const firstMs = Date.parse('2026-11-24T23:39:08.825Z');
const authorization = { Authorization: `Bearer ${bearerToken}` };

let backend: WebhookHarness;
beforeEach(async () => {
  backend = await startWebhooks(
    (write) => [webhookSettings({ kind: 'alertmanager', bearerTokenFile: write('token', `${bearerToken}\n`) })],
    firstMs
  );
});
afterEach(() => backend.stop());

const post = (body: string) => backend.post('/webhook', body, authorization);
const replay = async (...names: readonly string[]) => {
  for (const name of names) {
    await post(alertmanagerMessage(name));
    backend.clock.advance(4_500);
  }
};
/** Instance and how it ended. */
const outcome = async () =>
  (await backend.episodes())
    .map(({ labels, closeReason }) => `${labels['instance'] ?? ''} ${closeReason ?? 'open'}`)
    .sort();

describe('messages of Alertmanager 0.25.0', () => {
  test('01: the first one opens an episode that policies are woken for', async () => {
    const answer = await post(alertmanagerMessage('01-firing-first'));
    expect(answer).toMatchObject({ status: 202, json: { delivery: 1, alerts: 1 } });
    expect(await backend.repository.undecided(10)).toMatchObject([
      {
        ...{ source: 'alertmanager', sourceKind: 'alertmanager', tenant: 'default', alertname: 'HighErrorRate' },
        ...{ fingerprint: '4325ace3d31217a4', openedAtMs: firstMs, closedAtMs: null, flaps: 0, absence: null },
        startsAtMs: Date.parse('2026-11-24T23:39:07.825Z'),
      },
    ]);
    expect(backend.woken.times).toBe(1);
  });

  test('02: an instance that joins the group opens one of its own, the other goes on', async () => {
    await replay('01-firing-first', '02-firing-group-grew');
    expect(await outcome()).toEqual(['web-01.example:8080 open', 'web-02.example:8080 open']);
  });

  test('03: a partial resolve closes the one that resolved, whatever the status at the top says', async () => {
    await replay('01-firing-first', '02-firing-group-grew', '03-partial-resolve');
    expect(await outcome()).toEqual(['web-01.example:8080 resolved', 'web-02.example:8080 open']);
    expect((await backend.episodes())[0]?.closedAtMs).toBe(Date.parse('2026-11-24T23:39:16.273Z'));
  });

  test('04: a repeat opens nothing and closes nothing that it does not list', async () => {
    await replay('01-firing-first', '02-firing-group-grew', '04-firing-repeat');
    expect(await outcome()).toEqual(['web-01.example:8080 open', 'web-02.example:8080 open']);
    expect((await backend.episodes()).map(({ deliveries }) => deliveries)).toEqual([2, 2]);
  });

  test('05: the last resolve closes the last one', async () => {
    await replay(
      '01-firing-first',
      '02-firing-group-grew',
      '03-partial-resolve',
      '04-firing-repeat',
      '05-resolved-all'
    );
    expect(await outcome()).toEqual(['web-01.example:8080 resolved', 'web-02.example:8080 resolved']);
    expect(await backend.repository.undecided(10)).toEqual([]);
  });

  test('06: alerts that the sender left out count for blast radius, are told of, and are not resolved by absence', async () => {
    await replay('06-truncated-max-alerts-2-of-5', '06-truncated-max-alerts-2-of-5');
    expect(await outcome()).toEqual(['web-01.example:8080 open', 'web-02.example:8080 open']);
    expect((await backend.repository.openedInGroup(0)).map(({ truncated }) => truncated)).toEqual([3, 3]);
    expect((await backend.deliveries()).map(({ alerts }) => alerts)).toEqual([5, 5]);
    expect((await backend.webhooks.statuses())[0]?.message).toMatch(/left out 3 alerts: set max_alerts/);
    expect(backend.logText().match(/left out 3 alerts/g)).toHaveLength(1);
  });

  test('07: hostile labels stay the text that they are', async () => {
    await replay('07-hostile-labels');
    const [episode] = await backend.episodes();
    expect(episode?.labels).toMatchObject({
      instance: 'web-03.example:8080; touch /tmp/pwned',
      note: '$(id) `id` \n line2 "q" <b>',
      pod: "{{ lookup('pipe','id') }}",
    });
  });

  test('08: a later start without a resolve closes the old episode, opens another and counts a flap', async () => {
    await post(timelineMessage({ fingerprint: '92eff9a8c5df4e2b', startsAt: '2026-11-24T23:39:07.825Z' }));
    backend.clock.advance(60_070);
    await post(alertmanagerMessage('08-refired-new-startsat-without-resolve'));
    const [before, after] = await backend.episodes();
    expect(before).toMatchObject({ closeReason: 'refired', closedAtMs: Date.parse('2026-11-24T23:39:11.368Z') });
    expect(after).toMatchObject({ closedAtMs: null, flaps: 1 });
  });

  test('09, 10: two replicas that see the start 7 s apart tell of one episode, in either order and again', async () => {
    backend.clock.advance(138_700);
    await replay('09-duplicate-from-replica-a', '10-duplicate-from-replica-b', '09-duplicate-from-replica-a');
    backend.clock.advance(60_000);
    await replay('10-duplicate-from-replica-b', '09-duplicate-from-replica-a');
    expect(await backend.episodes()).toMatchObject([{ closedAtMs: null, deliveries: 5, flaps: 0 }]);
  });

  test('each opening and closing is in the audit, once', async () => {
    await replay(
      '01-firing-first',
      '02-firing-group-grew',
      '03-partial-resolve',
      '04-firing-repeat',
      '05-resolved-all'
    );
    await replay('05-resolved-all');
    const { items } = await backend.audit.list({ limit: 100 });
    expect(items.map(({ kind }) => kind).sort()).toEqual([
      'episode.closed',
      'episode.closed',
      'episode.opened',
      'episode.opened',
    ]);
    expect(await backend.audit.verify()).toMatchObject({ ok: true, entries: 4 });
  });
});

test('the whole recorded day makes one episode of each alert, and two of the one that flapped', async () => {
  let atSeconds = 0;
  for (const line of timeline()) {
    backend.clock.advance((line.t - atSeconds) * 1_000);
    atSeconds = line.t;
    await post(timelineMessage(...line.alerts.map((alert) => ({ ...alert, externalURL: line.externalURL }))));
  }
  const episodes = await backend.episodes();
  const resolved = ['4325ace3d31217a4', '98ab134e83acccab', '42be578357569e14', 'a6db1bb095293124'];
  expect(episodes).toHaveLength(29);
  expect(new Set(episodes.map(({ fingerprint }) => fingerprint)).size).toBe(28);
  const closed = episodes.filter(({ closedAtMs }) => closedAtMs !== null);
  expect(closed.map(({ fingerprint, closeReason }) => [fingerprint, closeReason]).sort()).toEqual(
    [...resolved.map((fingerprint) => [fingerprint, 'resolved']), ['92eff9a8c5df4e2b', 'refired']].sort()
  );
  expect(episodes.filter(({ flaps }) => flaps > 0)).toMatchObject([{ fingerprint: '92eff9a8c5df4e2b', flaps: 1 }]);
});

interface TimelineAlert {
  readonly fingerprint: string;
  readonly startsAt: string;
  readonly status?: string;
  readonly endsAt?: string;
  readonly externalURL?: string;
}

function timelineMessage(...alerts: readonly TimelineAlert[]): string {
  return JSON.stringify({
    ...{ version: '4', receiver: 'lab', groupKey: '{}', truncatedAlerts: 0, status: 'firing' },
    externalURL: alerts[0]?.externalURL ?? 'http://alertmanager.example:9093',
    alerts: alerts.map(({ fingerprint, startsAt, status = 'firing', endsAt = '0001-01-01T00:00:00Z' }) => ({
      ...{ status, startsAt, endsAt, fingerprint, labels: { alertname: 'Recorded', of: fingerprint }, annotations: {} },
    })),
  });
}

/** Messages of the recording; attempts that brought none are left out. */
function timeline() {
  const path = join(import.meta.dirname, '../fixtures/alertmanager-0.25.0/timeline.ndjson');
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  const read = lines.map(
    (line) => JSON.parse(line) as { t: number; externalURL: string; alerts?: readonly TimelineAlert[] }
  );
  return read.flatMap(({ alerts, ...rest }) => (alerts === undefined ? [] : [{ ...rest, alerts }]));
}
