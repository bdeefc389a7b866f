import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AuditListQuery } from '../../backend/src/contract/remediation/control.ts';
import type { Episode } from '../../backend/src/contract/remediation/episode.ts';
import { createLogger } from '../../backend/src/observability/logger.ts';
import { AuditLog } from '../../backend/src/remediation/audit/audit-log.ts';
import type { ContactSettings } from '../../backend/src/remediation/outbox/contact-settings.ts';
import { Outbox, type OutboxDeps } from '../../backend/src/remediation/outbox/outbox.ts';
import type { Word } from '../../backend/src/remediation/runs/people.ts';
import { openDatabase, type Database } from '../../backend/src/store/database.ts';
import { startLoopbackReceiver, type LoopbackReceiver } from '../support/loopback-receiver.ts';
import { startLoopbackSmtp, type LoopbackSmtp } from '../support/loopback-smtp.ts';
import { startRealAlertmanager } from '../support/real-alertmanager.ts';
import { TestClock } from '../support/test-clock.ts';

const startMs = 1_780_000_000_000;
const minuteMs = 60_000;
const timeoutMs = 10_000;
/** Of those who never answer: a busy machine must still be faster where they do. */
const shortMs = 1_500;

let folder: string;
let database: Database;
let clock: TestClock;
let http: LoopbackReceiver;
let smtp: LoopbackSmtp;
let outboxes: Outbox[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aiops-outbox-'));
  database = await openDatabase({ file: join(folder, 'aiops.db') });
  clock = new TestClock(startMs);
  http = await startLoopbackReceiver();
  smtp = await startLoopbackSmtp();
  outboxes = [];
});
afterEach(async () => {
  await Promise.all(outboxes.map((outbox) => outbox.stop()));
  await http.stop();
  await smtp.stop();
  await database.destroy();
  await rm(folder, { recursive: true });
});

const webhook = (changes: object = {}): ContactSettings => ({
  ...{ name: 'chat', kind: 'webhook', url: `${http.url}/hook`, timeoutMs, headers: {} },
  ...changes,
});
const mail = (changes: object = {}): ContactSettings => ({
  ...{ name: 'mail', kind: 'email', host: '127.0.0.1', port: smtp.port, secure: false, timeoutMs, headers: {} },
  ...{ from: 'aiops@example.com', to: ['on-call@example.com', 'lead@example.com'] },
  ...changes,
});
const refused = () => webhook({ name: 'gone', url: 'http://127.0.0.1:1/' });

function anOutbox(contacts: readonly ContactSettings[], changes: Partial<OutboxDeps> = {}): Outbox {
  const audit = new AuditLog({ database, clock });
  const outbox = new Outbox({
    ...{ database, clock, audit, contacts, alertmanagers: [], logger: createLogger({ level: 'silent' }) },
    random: () => 0,
    ...changes,
  });
  outboxes.push(outbox);
  return outbox;
}

const episode = (labels: Record<string, string> = {}): Episode => ({
  ...{ id: 'e-1', source: 'am', sourceKind: 'alertmanager', tenant: '', fingerprint: 'f', alertname: 'ServiceDown' },
  ...{ labels: { alertname: 'ServiceDown', instance: 'web-1:8080', ...labels }, annotations: {}, generatorUrl: null },
  ...{ startsAtMs: startMs - minuteMs, openedAtMs: startMs, seenAtMs: startMs, closedAtMs: null, closeReason: null },
  ...{ flaps: 0, deliveries: 1, absence: null },
});
const word = (changes: Partial<Word> = {}): Word => ({
  ...{ key: 'run-1 not-recovered', contacts: [], kind: 'escalation', text: 'Restart on web-1 did not help.' },
  ...{ episode: episode(), policy: 'restart-api', runId: 'run-1' },
  ...changes,
});

/** Real sockets take real time: asks until it holds, at most 10 s. */
async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1_000; i++) {
    if (await holds()) {
      return;
    }
    await delay(10);
  }
  throw new Error('it did not come within 10 s');
}

async function rows() {
  return await database
    .selectFrom('outbox')
    .select(['contact', 'state', 'attempts', 'error', 'next_at_ms'])
    .orderBy('id')
    .execute();
}
const sent = async (count = 1) => (await rows()).filter(({ state }) => state === 'sent').length >= count;
const tried = async (times: number) => ((await rows())[0]?.attempts ?? 0) >= times;

describe('a word to people', () => {
  test('reaches every contact once, and the audit says so', async () => {
    const outbox = anOutbox([webhook(), mail()], { urlOf: () => 'https://grafana.example/a/x?run=run-1' });
    outbox.start();
    await outbox.tell(word(), database);
    await outbox.tell(word(), database);
    await eventually(() => sent(2));
    expect(http.requests).toHaveLength(1);
    expect(http.requests[0]?.headers).toMatchObject({ 'idempotency-key': 'run-1 not-recovered' });
    expect(JSON.parse(String(http.requests[0]?.body))).toMatchObject({
      ...{ version: 1, key: 'run-1 not-recovered', kind: 'escalation', title: 'A person is needed: ServiceDown' },
      ...{ text: 'Restart on web-1 did not help.', policy: 'restart-api', runId: 'run-1', episodeId: 'e-1' },
      ...{ url: 'https://grafana.example/a/x?run=run-1', startsAt: '2026-05-28T20:25:40.000Z' },
    });
    expect(smtp.mails).toHaveLength(1);
    expect(smtp.mails[0]).toMatchObject({ from: 'aiops@example.com', to: ['on-call@example.com', 'lead@example.com'] });
    expect(smtp.mails[0]?.text).toMatch(/^Subject: \[AIOps\] A person is needed: ServiceDown$/m);
    expect(smtp.mails[0]?.text).toMatch(/^Message-ID: <[0-9a-f]{32}@aiops\.invalid>$/m);
    const { items } = await new AuditLog({ database, clock }).list(AuditListQuery.parse({ kind: 'notice.sent' }));
    expect(items.map(({ data, subject }) => [subject, data['contact']]).toSorted()).toEqual([
      ['run-1', 'chat'],
      ['run-1', 'mail'],
    ]);
    expect(await outbox.status()).toMatchObject({
      nobodyReached: false,
      contacts: [{ state: 'working', waiting: 0 }, {}],
    });
  });

  test('reaches only the contacts that are named, and all when none of these exists', async () => {
    const outbox = anOutbox([webhook(), mail()]);
    await outbox.tell(word({ contacts: ['mail'] }), database);
    await outbox.tell(word({ key: 'other', contacts: ['left-the-firm'] }), database);
    expect((await rows()).map(({ contact }) => contact)).toEqual(['mail', 'chat', 'mail']);
  });

  test('is not told when what it is about did not happen', async () => {
    const outbox = anOutbox([webhook()]);
    outbox.start();
    const failed = database.transaction().execute(async (db) => {
      await outbox.tell(word(), db);
      throw new Error('rolled back');
    });
    await expect(failed).rejects.toThrow('rolled back');
    expect(await rows()).toEqual([]);
  });

  test('of a process that died before it was sent is sent by the next', async () => {
    const dead = anOutbox([webhook()]);
    await dead.tell(word(), database);
    const next = anOutbox([webhook()]);
    next.start();
    await eventually(() => sent());
    expect(http.requests).toHaveLength(1);
  });

  test('that died between the answer and writing it down comes again with the same key', async () => {
    const dead = anOutbox([webhook(), mail()]);
    await dead.tell(word(), database);
    dead.start();
    await eventually(() => sent(2));
    // as a crash right after the answer leaves it
    await database.updateTable('outbox').set({ state: 'waiting', sent_at_ms: null }).execute();
    const next = anOutbox([webhook(), mail()]);
    next.start();
    await eventually(() => sent(2));
    expect(http.requests.map(({ headers }) => headers['idempotency-key'])).toEqual(
      Array(2).fill('run-1 not-recovered')
    );
    const ids = smtp.mails.map(({ text }) => /^Message-ID: (.*)$/m.exec(text)?.[1]);
    expect(new Set(ids).size).toBe(1);
    expect(ids).toHaveLength(2);
  });

  test('goes to the Alertmanagers when no contact is set, and is in the audit when there is none either', async () => {
    const outbox = anOutbox([], {
      alertmanagers: [
        { url: http.url, timeoutMs, headers: {}, bearerTokenFile: undefined, basic: undefined, tls: undefined },
      ],
    });
    outbox.start();
    await outbox.tell(word(), database);
    await eventually(() => sent());
    expect(http.requests[0]?.path).toBe('/api/v2/alerts');
    const alone = anOutbox([]);
    await alone.tell(word({ key: 'x' }), database);
    const { items } = await new AuditLog({ database, clock }).list(AuditListQuery.parse({ kind: 'notice.given-up' }));
    expect(items[0]?.data).toEqual({ key: 'x', error: 'no contact is set' });
  });
});

describe('a contact that fails', () => {
  test.each([
    ['never answers', () => http.always(() => ({ fault: 'hang' })), 'no full answer within 1.5 s'],
    ['answers 500', () => http.always(() => ({ status: 500, text: 'boom' })), 'answered 500: boom'],
    ['closes the connection', () => http.always(() => ({ fault: 'drop' })), 'chat'],
    [
      'answers a login page',
      () => http.always(() => ({ headers: { 'content-type': 'text/html' } })),
      'a page for people',
    ],
  ] as const)('because it %s is asked again, later each time', async (_, fail, error) => {
    fail();
    const outbox = anOutbox([webhook({ timeoutMs: shortMs })]);
    outbox.start();
    await outbox.tell(word(), database);
    await eventually(() => tried(1));
    expect(await rows()).toEqual([
      {
        contact: 'chat',
        state: 'waiting',
        attempts: 1,
        error: expect.stringContaining(error),
        next_at_ms: startMs + 500,
      },
    ]);
    expect((await outbox.status()).contacts[0]).toMatchObject({ state: 'failing', waiting: 1, oldestAtMs: startMs });
    clock.advance(500);
    await eventually(() => tried(2));
    expect((await rows())[0]?.next_at_ms).toBe(startMs + 500 + 1_000);
    http.always(() => ({ status: 200 }));
    clock.advance(1_000);
    await eventually(() => sent());
    expect((await outbox.status()).contacts[0]).toMatchObject({ state: 'working', message: null });
  });

  test('and asks for patience is left alone for that long', async () => {
    http.always(() => ({ status: 429, headers: { 'retry-after': '90' } }));
    const outbox = anOutbox([webhook()]);
    outbox.start();
    await outbox.tell(word(), database);
    await eventually(() => tried(1));
    expect((await rows())[0]?.next_at_ms).toBe(startMs + 90_000);
  });

  test('is not followed to where a redirect points', async () => {
    http.always(() => ({ status: 302, headers: { location: 'http://169.254.169.254/' } }));
    const outbox = anOutbox([webhook()]);
    outbox.start();
    await outbox.tell(word(), database);
    await eventually(() => tried(1));
    expect((await rows())[0]).toMatchObject({ state: 'waiting', error: expect.stringContaining('answered 302') });
    expect(http.requests).toHaveLength(1);
  });

  test('for two minutes is stood in for by the next, once', async () => {
    const outbox = anOutbox([refused(), webhook(), mail()]);
    outbox.start();
    await outbox.tell(word({ contacts: ['gone'] }), database);
    await eventually(() => tried(1));
    expect(http.requests).toEqual([]);
    clock.advance(2 * minuteMs);
    await eventually(() => sent());
    clock.advance(5 * minuteMs);
    await eventually(() => tried(3));
    expect((await rows()).map(({ contact, state }) => [contact, state])).toEqual([
      ['gone', 'waiting'],
      ['chat', 'sent'],
    ]);
    expect(http.requests).toHaveLength(1);
  });

  test('by refusing is stood in for at once', async () => {
    http.always(() => ({ status: 400, text: 'no such room' }));
    const outbox = anOutbox([webhook(), mail()]);
    outbox.start();
    await outbox.tell(word({ contacts: ['chat'] }), database);
    await eventually(() => sent());
    expect(smtp.mails).toHaveLength(1);
    expect((await rows())[0]).toMatchObject({ contact: 'chat', state: 'waiting', next_at_ms: startMs + 10 * minuteMs });
  });

  test('keeps no other contact waiting', async () => {
    http.always(() => ({ fault: 'hang' }));
    const outbox = anOutbox([webhook({ timeoutMs: 60_000 }), mail()]);
    outbox.start();
    await outbox.tell(word(), database);
    await eventually(() => sent());
    expect(smtp.mails).toHaveLength(1);
  });

  test('for a day is given up, which the audit tells', async () => {
    const outbox = anOutbox([refused()]);
    outbox.start();
    await outbox.tell(word(), database);
    await eventually(() => tried(1));
    clock.advance(25 * 60 * minuteMs);
    await eventually(async () => (await rows())[0]?.state === 'given-up');
    const { items } = await new AuditLog({ database, clock }).list(AuditListQuery.parse({ kind: 'notice.given-up' }));
    expect(items).toHaveLength(1);
  });

  test('that left the settings hands over to those that are there', async () => {
    const before = anOutbox([refused()]);
    await before.tell(word(), database);
    const outbox = anOutbox([webhook()]);
    outbox.start();
    await eventually(() => sent());
    expect((await rows()).map(({ contact, state }) => [contact, state])).toEqual([
      ['gone', 'given-up'],
      ['chat', 'sent'],
    ]);
  });

  test('holds at most 5,000 words: the oldest are given up', async () => {
    const outbox = anOutbox([refused()]);
    const values = Array.from({ length: 5_000 }, (_, i) => ({
      ...{ key: `gone old-${i}`, contact: 'gone', body: '{}', made_at_ms: startMs, next_at_ms: startMs + 9e9 },
      ...{ attempts: 0, state: 'waiting' },
    }));
    for (let from = 0; from < values.length; from += 1_000) {
      await database
        .insertInto('outbox')
        .values(values.slice(from, from + 1_000))
        .execute();
    }
    await outbox.tell(word(), database);
    const given = await database.selectFrom('outbox').select('key').where('state', '=', 'given-up').execute();
    expect(given.map(({ key }) => key)).toEqual(['gone old-0']);
  });
});

describe('mail', () => {
  test.each([
    ['a temporary refusal', { answers: { RCPT: '450 4.2.1 later' } }, startMs + 500, '450'],
    ['a refused sender', { answers: { MAIL: '550 5.7.1 no' } }, startMs + 10 * minuteMs, '550'],
    ['a refused message', { answers: { message: '554 5.6.0 no' } }, startMs + 10 * minuteMs, '554'],
    ['a refused greeting', { answers: { greeting: '421 4.3.2 busy' } }, startMs + 500, '421'],
    ['a server that says nothing', { fault: 'hang' }, startMs + 500, 'not taken within 1.5 s'],
    ['a server that drips', { fault: 'drip' }, startMs + 500, 'not taken within 1.5 s'],
    ['a server that closes after the message', { fault: 'drop-after-message' }, startMs + 500, 'contact mail'],
  ] as const)('meets %s and is tried again', async (_, script, nextAtMs, error) => {
    smtp.script(script);
    const outbox = anOutbox([mail({ timeoutMs: shortMs })]);
    outbox.start();
    await outbox.tell(word(), database);
    await eventually(() => tried(1));
    expect((await rows())[0]).toMatchObject({
      state: 'waiting',
      next_at_ms: nextAtMs,
      error: expect.stringContaining(error),
    });
    clock.advance(10 * minuteMs);
    await eventually(() => sent());
    const ids = smtp.mails.map(({ text }) => /^Message-ID: (.*)$/m.exec(text)?.[1]);
    expect(new Set(ids).size).toBe(1);
  });

  test('has no header or recipient that an alert brought', async () => {
    const hostile = 'x\r\nBcc: eve@evil.example\r\n\r\n.\r\nMAIL FROM:<eve@evil.example>\r\n';
    const outbox = anOutbox([mail()]);
    outbox.start();
    const bad = { ...episode({ instance: hostile, [hostile]: 'y' }), alertname: hostile };
    await outbox.tell(word({ episode: bad, text: hostile, policy: hostile, key: `k ${hostile}` }), database);
    await eventually(() => sent());
    expect(smtp.mails).toHaveLength(1);
    expect(smtp.mails[0]?.to).toEqual(['on-call@example.com', 'lead@example.com']);
    const [head = ''] = (smtp.mails[0]?.text ?? '').split('\n\n');
    expect(head).not.toMatch(/^Bcc/im);
    expect(head.match(/^(To|From|Subject|Message-ID):/gim)).toHaveLength(4);
    expect(smtp.commands.filter((line) => line.startsWith('MAIL'))).toHaveLength(1);
    expect(smtp.commands.join('\n')).not.toContain('evil');
  });

  test('never sends its password where there is no TLS', async () => {
    const passwordFile = join(folder, 'password');
    await writeFile(passwordFile, 'canary-4711\n');
    const outbox = anOutbox([mail({ basic: { user: 'aiops', passwordFile } })]);
    outbox.start();
    await outbox.tell(word(), database);
    await eventually(() => tried(1));
    const said = smtp.commands.join('\n');
    expect(said).not.toContain('AUTH');
    expect(said).not.toContain('canary');
    expect((await rows())[0]).toMatchObject({ state: 'waiting', error: expect.not.stringContaining('canary') });
    expect(smtp.mails).toEqual([]);
  });

  test('whose password file is gone says so', async () => {
    const outbox = anOutbox([mail({ basic: { user: 'aiops', passwordFile: join(folder, 'none') } })]);
    outbox.start();
    await outbox.tell(word(), database);
    await eventually(() => tried(1));
    expect((await rows())[0]?.error).toContain("can't be read");
  });
});

describe('Alertmanager', () => {
  test('holds an escalation as one alert with the labels of what it is about', async () => {
    const alertmanager = await startRealAlertmanager();
    try {
      const am: ContactSettings = webhook({
        name: 'am',
        kind: 'alertmanager',
        url: alertmanager.url,
        timeoutMs: 5_000,
      });
      const outbox = anOutbox([am], { clock: new TestClock(Date.now()) });
      outbox.start();
      const labels = { 'strange name': 'ü "quoted"\nline', severity: 'page', empty: '' };
      await outbox.tell(word({ episode: { ...episode(labels), startsAtMs: Date.now() - minuteMs } }), database);
      await outbox.tell(
        word({ key: 'again', episode: { ...episode(labels), startsAtMs: Date.now() - minuteMs } }),
        database
      );
      await eventually(() => sent(2));
      const alerts = await alertmanager.activeAlerts();
      expect(alerts).toHaveLength(1);
      expect(alerts[0]?.labels).toEqual({
        ...{ alertname: 'AIOpsEscalation', origin: 'aiops', severity: 'critical', exported_severity: 'page' },
        ...{ alert: 'ServiceDown', policy: 'restart-api', episode: 'e-1', run: 'run-1', instance: 'web-1:8080' },
        strange_name: 'ü "quoted"\nline',
      });
    } finally {
      await alertmanager.stop();
    }
  });

  test('is told when nobody can be reached, until somebody is', async () => {
    const alertmanagers = [
      { url: http.url, timeoutMs, headers: {}, bearerTokenFile: undefined, basic: undefined, tls: undefined },
    ];
    smtp.always({ answers: { greeting: '421 4.3.2 busy' } });
    const outbox = anOutbox([mail()], { alertmanagers });
    outbox.start();
    await outbox.tell(word(), database);
    await eventually(() => tried(1));
    expect(http.requests).toEqual([]);
    clock.advance(6 * minuteMs);
    await eventually(() => http.requests.length > 0);
    expect(JSON.parse(String(http.requests[0]?.body))).toMatchObject([
      {
        labels: { alertname: 'AIOpsNobodyReached', origin: 'aiops', severity: 'critical' },
        endsAt: new Date(startMs + 10 * minuteMs).toISOString(),
      },
    ]);
    expect((await outbox.status()).nobodyReached).toBe(true);
    smtp.always({});
    clock.advance(2 * minuteMs);
    await eventually(() => sent());
    clock.advance(minuteMs);
    await eventually(async () => !(await outbox.status()).nobodyReached);
    const last = JSON.parse(String(http.requests.at(-1)?.body)) as Array<{ endsAt: string }>;
    expect(Date.parse(last[0]?.endsAt ?? '')).toBeLessThanOrEqual(clock.nowMs());
  });
});
