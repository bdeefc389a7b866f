import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { ManualClock } from '../../../../test/support/manual-clock.ts';
import type { WebhookSettings } from '../../config/config-types.ts';
import { AppError } from '../../errors.ts';
import { openDatabase, type Database } from '../../store/database.ts';
import { AuditLog } from '../audit/audit-log.ts';
import { EpisodeBook } from './episode-book.ts';
import { EpisodeRepository } from './episode-repository.ts';
import type { AlertMessage } from './episode-transition.ts';
import type { AlertLister, ListedAlert } from './listed-alerts.ts';
import { Reconciler } from './reconciler.ts';

const t0 = Date.parse('2026-11-25T12:00:00Z');
const hour = 3_600_000;
const webhook: WebhookSettings = {
  ...{ name: 'alertmanager', kind: 'alertmanager', tenant: 'default', leaseMs: 6 * hour, maxBodyBytes: 1e6 },
  ...{ bearerTokenFile: undefined, basic: undefined, hmacSecretFile: undefined, receiver: undefined },
  ...{ signatureHeader: 'X-Signature', timestampHeader: undefined },
};

let folder: string;
let database: Database;
let clock: ManualClock;
let book: EpisodeBook;
let episodes: EpisodeRepository;
let running: Reconciler | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aiops-reconciler-'));
  database = await openDatabase({ file: join(folder, 'aiops.db') });
  clock = new ManualClock(t0);
  book = new EpisodeBook({ database, clock, audit: new AuditLog({ database, clock }), onEpisodes: () => undefined });
  episodes = new EpisodeRepository(database);
});
afterEach(async () => {
  await running?.stop();
  await database.destroy();
  rmSync(folder, { recursive: true, force: true });
});

function message(fingerprint: string, changes: Partial<AlertMessage> = {}): AlertMessage {
  return {
    ...{ status: 'firing', fingerprint, labels: { alertname: fingerprint }, annotations: {}, generatorUrl: null },
    ...{ startsAtMs: t0 - 60_000, endsAtMs: null, absence: null, sender: 'am-1', truncated: 0 },
    ...changes,
  };
}
const listed = (fingerprint: string, changes: Partial<ListedAlert> = {}): ListedAlert => ({
  ...{ message: message(fingerprint, { sender: '' }), suppressed: false, receivers: ['hook'] },
  ...changes,
});
const lister = (...alerts: readonly ListedAlert[]): AlertLister => ({
  list: () => Promise.resolve(alerts),
  stop: () => Promise.resolve(),
});
const away: AlertLister = {
  list: () => Promise.reject(new AppError('source_unavailable', 'it is away')),
  stop: () => Promise.resolve(),
};
const heard = (...messages: readonly AlertMessage[]) =>
  book.apply(
    { source: webhook.name, tenant: webhook.tenant, sourceKind: webhook.kind },
    messages.map((one) => ({ message: one, receivedAtMs: clock.nowMs() }))
  );

/** Compares once with what the replicas list. */
async function reconcile(replicas: readonly AlertLister[], settings: Partial<WebhookSettings> = {}) {
  await running?.stop();
  running = new Reconciler({
    ...{ database, clock, audit: new AuditLog({ database, clock }), onEpisodes: () => undefined },
    webhooks: [{ ...webhook, ...settings }],
    listers: { alertmanager: replicas, grafana: [] },
    receiverOf: () => Promise.resolve('hook'),
    logger: pino({ level: 'silent' }),
  });
  running.start();
  await clock.asleep();
}
const outcome = async () =>
  (await episodes.recent(0, 100))
    .map(({ fingerprint, closeReason }) => `${fingerprint} ${closeReason ?? 'open'}`)
    .sort();

describe('an episode that nothing is heard of', () => {
  beforeEach(() => heard(message('a')));

  test('is closed by its lease when no replica lists it', async () => {
    clock.advance(6 * hour);
    await reconcile([lister(), lister()]);
    expect(await outcome()).toEqual(['a open']);
    clock.advance(1);
    await reconcile([lister(), lister()]);
    expect(await outcome()).toEqual(['a lease']);
    expect((await episodes.recent(0, 1))[0]?.closedAtMs).toBe(t0 + 6 * hour + 1);
  });

  test.each([
    ['fires at one of them', listed('a')],
    ['is silenced at one of them', listed('a', { suppressed: true })],
  ])('goes on, heard of now, when it %s', async (_name, alert) => {
    clock.advance(7 * hour);
    await reconcile([lister(), lister(alert)]);
    expect(await episodes.recent(0, 1)).toMatchObject([{ closedAtMs: null, seenAtMs: t0 + 7 * hour }]);
  });

  test('is kept while a replica does not answer, for two leases at most', async () => {
    clock.advance(12 * hour);
    await reconcile([lister(), away]);
    expect(await outcome()).toEqual(['a open']);
    clock.advance(1);
    await reconcile([lister(), away]);
    expect(await outcome()).toEqual(['a lease']);
  });

  test('is closed by its lease also when there is nobody to ask', async () => {
    clock.advance(6 * hour + 1);
    await reconcile([]);
    expect(await outcome()).toEqual(['a lease']);
  });

  test('opens again when it is heard of after all', async () => {
    clock.advance(6 * hour + 1);
    await reconcile([lister()]);
    await heard(message('a'));
    expect(await outcome()).toEqual(['a lease', 'a open']);
  });
});

describe('an alert that no message told of', () => {
  test('opens an episode once it must have been told: ten minutes after its start', async () => {
    clock.advance(9 * 60_000);
    await reconcile([lister(listed('a'))]);
    expect(await outcome()).toEqual([]);
    clock.advance(1);
    await reconcile([lister(listed('a'))]);
    expect(await outcome()).toEqual(['a open']);
  });

  test.each<[string, Partial<ListedAlert>]>([
    ['silenced', { suppressed: true }],
    ['routed to another receiver', { receivers: ['mail'] }],
  ])('opens none when it is %s', async (_name, changes) => {
    clock.advance(hour);
    await reconcile([lister(listed('a', changes))]);
    expect(await outcome()).toEqual([]);
  });

  test('is looked for by the receiver of the settings before that of the newest message', async () => {
    clock.advance(hour);
    const replicas = [lister(listed('a'), listed('b', { receivers: ['other'] }))];
    await reconcile(replicas, { receiver: 'other' });
    expect(await outcome()).toEqual(['b open']);
  });

  test('opens none after its resolve was told: a list may be older than a message', async () => {
    await heard(message('a'));
    clock.advance(hour);
    await heard(message('a', { status: 'resolved', endsAtMs: clock.nowMs() }));
    await reconcile([lister(listed('a'))]);
    expect(await outcome()).toEqual(['a resolved']);
  });
});
