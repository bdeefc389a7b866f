import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CalendarSpec } from '../contract/calendar.ts';
import { createLogger } from '../observability/logger.ts';
import { openDatabase, type Database } from '../store/database.ts';
import { CalendarBook } from './calendar-book.ts';

const actor = { id: 'u1', name: 'P Editor' };
const noSignal = new AbortController().signal;
const nowMs = Date.parse('2026-06-10T12:00:00Z');
const quiet = createLogger({ level: 'silent' });

const ics = (summary: string) =>
  [
    'BEGIN:VCALENDAR',
    'BEGIN:VEVENT',
    `SUMMARY:${summary}`,
    'DTSTART:20260610T110000Z',
    'DTEND:20260610T130000Z',
    'END:VEVENT',
    'END:VCALENDAR',
  ].join('\r\n');

/** A clock that tests move; sleepers wait until it is moved. */
function testClock() {
  let timeMs = nowMs;
  let wake = Promise.withResolvers<void>();
  return {
    nowMs: () => timeMs,
    async sleep(_ms: number, signal: AbortSignal) {
      const aborted = new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
      await Promise.race([wake.promise, aborted]);
    },
    forward(ms: number) {
      timeMs += ms;
      wake.resolve();
      wake = Promise.withResolvers();
    },
  };
}

let folder: string;
let database: Database;
let clock: ReturnType<typeof testClock>;
let jobs: Array<{ spec: { name: string; calendars: string[] } }>;
let running: CalendarBook[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aiops-book-'));
  database = await openDatabase({ file: join(folder, 'aiops.db') });
  clock = testClock();
  jobs = [];
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((book) => book.stop()));
  await database.destroy();
  await rm(folder, { recursive: true });
});

function bookOf(...provisioned: ReadonlyArray<Record<string, unknown>>): CalendarBook {
  const book = new CalendarBook({
    ...{ database, clock, logger: quiet, file: 'aiops.yaml', listJobs: async () => jobs },
    provisioned: provisioned.map((spec) => CalendarSpec.parse(spec)),
  });
  running.push(book);
  return book;
}

async function started(...provisioned: ReadonlyArray<Record<string, unknown>>): Promise<CalendarBook> {
  const book = bookOf(...provisioned);
  await book.start();
  return book;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on loopback. */
async function calendarServer(handler: Handler) {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/cal.ics`,
    stop: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
  };
}

const lunch = { name: 'lunch', periods: [{ name: 'patching', from: '2026-06-10T11:00', to: '2026-06-10T13:00' }] };

/** Waits until a reading that runs in the background shows. */
async function eventually<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (let turn = 0; turn < 50_000; turn += 1) {
    const value = await read();
    if (holds(value)) {
      return value;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('it never came true');
}

describe('maintenance', () => {
  test('keeps the alerts of the jobs that name it back while it is on, and says what is on', async () => {
    const book = await started();
    await book.create(CalendarSpec.parse(lunch), actor, noSignal);
    expect(book.mutedBy({ calendars: ['lunch'] }, nowMs)).toBe('calendar lunch: patching');
    expect(book.mutedBy({ calendars: [] }, nowMs)).toBeUndefined();
    expect(book.mutedBy({ calendars: ['lunch'] }, nowMs + 3_600_000)).toBeUndefined();
    expect(book.mutedBy({ calendars: ['lunch'] }, nowMs - 3_600_000)).toBe('calendar lunch: patching');
    expect(book.mutedBy({ calendars: ['unknown'] }, nowMs)).toBeUndefined();
  });

  test('of years ago is known too, for those who catch up', async () => {
    const book = await started();
    const old = { ...lunch, periods: [{ name: 'old', from: '2024-01-01', to: '2024-01-02' }] };
    await book.create(CalendarSpec.parse(old), actor, noSignal);
    expect(book.mutedBy({ calendars: ['lunch'] }, Date.parse('2024-01-01T05:00Z'))).toBe('calendar lunch: old');
  });

  test('is not holidays, and holidays are no maintenance', async () => {
    const book = await started();
    await book.create(CalendarSpec.parse({ ...lunch, use: 'holidays' }), actor, noSignal);
    expect(book.mutedBy({ calendars: ['lunch'] }, nowMs)).toBeUndefined();
    expect(book.holidays({ calendars: ['lunch'] }, nowMs, nowMs + 1)).toMatchObject([{ name: 'patching' }]);
    expect(book.holidays({ calendars: ['lunch'] }, nowMs + 3_600_000, nowMs + 7_200_000)).toEqual([]);
  });
});

describe('calendars of the API', () => {
  test('are there again after a restart, with what is on now and next', async () => {
    const first = await started();
    const weekly = {
      name: 'weekly',
      timeZone: 'Asia/Seoul',
      periods: [{ name: 'w', from: '2026-06-10T20:00', to: '2026-06-10T23:00', repeat: 'FREQ=WEEKLY' }],
    };
    await first.create(CalendarSpec.parse(weekly), actor, noSignal);
    await first.stop();
    jobs = [{ spec: { name: 'checkout', calendars: ['weekly'] } }];
    const second = await started();
    const [found] = await eventually(
      () => second.list(),
      ([one]) => one?.readAtMs !== null
    );
    expect(found).toMatchObject({
      origin: { kind: 'api', by: 'P Editor' },
      error: null,
      now: { name: 'w', startMs: Date.parse('2026-06-10T11:00Z'), endMs: Date.parse('2026-06-10T14:00Z') },
      jobs: ['checkout'],
    });
    expect(found?.next.map(({ startMs }) => new Date(startMs).toISOString().slice(0, 10))).toEqual([
      '2026-06-17',
      '2026-06-24',
      '2026-07-01',
      '2026-07-08',
      '2026-07-15',
    ]);
  });

  test('that are wrong are not saved, and a name is taken once', async () => {
    const book = await started();
    const wrong = { ...lunch, periods: [{ name: 'x', from: '2026-02-30', to: '2026-03-01' }] };
    await expect(book.create(CalendarSpec.parse(wrong), actor, noSignal)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(/^periods\.0\.from: /),
    });
    expect(await book.list()).toEqual([]);
    await book.create(CalendarSpec.parse(lunch), actor, noSignal);
    await expect(book.create(CalendarSpec.parse(lunch), actor, noSignal)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('may not name a file of the machine', async () => {
    const book = await started();
    const spec = CalendarSpec.parse({ name: 'passwd', file: '/etc/passwd' });
    await expect(book.create(spec, actor, noSignal)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('only calendars of aiops.yaml'),
    });
  });

  test('are changed and deleted, but not while a job uses them', async () => {
    const book = await started();
    await expect(book.update(CalendarSpec.parse(lunch), actor, noSignal)).rejects.toMatchObject({ code: 'not_found' });
    await book.create(CalendarSpec.parse(lunch), actor, noSignal);
    const later = { ...lunch, periods: [{ name: 'later', from: '2026-06-11', to: '2026-06-12' }] };
    await book.update(CalendarSpec.parse(later), actor, noSignal);
    expect(book.mutedBy({ calendars: ['lunch'] }, nowMs)).toBeUndefined();
    jobs = [{ spec: { name: 'checkout', calendars: ['lunch'] } }];
    await expect(book.remove('lunch')).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('checkout'),
    });
    jobs = [];
    await book.remove('lunch');
    expect(book.names()).toEqual([]);
    await expect(book.remove('lunch')).rejects.toMatchObject({ code: 'not_found' });
  });

  test.each([
    'http://127.0.0.1:1/a.ics',
    'http://[::1]:1/a.ics',
    'http://169.254.169.254/latest',
    'http://[::ffff:127.0.0.1]/',
    'http://localhost:1/a.ics',
    'http://0.0.0.0/',
  ])('may not reach this machine itself: %s', async (ical) => {
    const book = await started();
    const made = book.create(CalendarSpec.parse({ name: 'ssrf', ical }), actor, noSignal);
    await expect(made).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('this machine itself'),
    });
  });
});

describe('calendars of aiops.yaml', () => {
  test('are read-only, and win a name over one of the API', async () => {
    const first = await started();
    await first.create(CalendarSpec.parse({ ...lunch, use: 'holidays' }), actor, noSignal);
    await first.stop();
    const book = await started(lunch);
    expect(await book.list()).toMatchObject([
      { origin: { kind: 'file', file: 'aiops.yaml' }, spec: { use: 'maintenance' } },
    ]);
    await expect(book.update(CalendarSpec.parse(lunch), actor, noSignal)).rejects.toMatchObject({ code: 'read_only' });
    await expect(book.remove('lunch')).rejects.toMatchObject({ code: 'read_only' });
  });

  test('read a file anew after their refresh time, and keep what they had when it breaks', async () => {
    const file = join(folder, 'cal.ics');
    writeFileSync(file, ics('first'));
    const book = await started({ name: 'f', file, refresh: '1h' });
    await eventually(
      () => book.list(),
      ([one]) => one?.now?.name === 'first'
    );
    writeFileSync(file, '<html>');
    clock.forward(3_600_000 - 1);
    clock.forward(1);
    const [broken] = await eventually(
      () => book.list(),
      ([one]) => one?.error !== null
    );
    expect(broken?.error).toMatch(/a web page/);
    expect(book.mutedBy({ calendars: ['f'] }, nowMs)).toBe('calendar f: first');
  });
});

describe('addresses', () => {
  test('are asked again with the ETag they gave, and nothing changed keeps the events', async () => {
    const tags: Array<string | undefined> = [];
    const server = await calendarServer((request, response) => {
      tags.push(request.headers['if-none-match']);
      response
        .writeHead(tags.length === 1 ? 200 : 304, { etag: '"v1"' })
        .end(tags.length === 1 ? ics('tagged') : undefined);
    });
    const book = await started({ name: 'u', ical: server.url, refresh: '1h' });
    await eventually(
      () => book.list(),
      ([one]) => one?.readAtMs === nowMs
    );
    clock.forward(3_600_000);
    const [again] = await eventually(
      () => book.list(),
      ([one]) => one?.readAtMs === nowMs + 3_600_000
    );
    expect(tags).toEqual([undefined, '"v1"']);
    expect(again).toMatchObject({ error: null });
    expect(book.mutedBy({ calendars: ['u'] }, nowMs)).toBe('calendar u: tagged');
    await server.stop();
  });

  test.each<[string, Handler, RegExp]>([
    ['a 500', (_request, response) => response.writeHead(500).end('secret inside'), /status 500/],
    ['a login page', (_request, response) => response.writeHead(200).end('<html>secret inside</html>'), /a web page/],
    [
      'a redirect to another host',
      (_request, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
      /sends on to 169\.254\.169\.254/,
    ],
    [
      'redirects without end',
      (_request, response) => response.writeHead(302, { location: '/cal.ics' }).end(),
      /more than 3 times/,
    ],
    ['nothing', (request) => request.socket.destroy(), /closed the connection/],
    [
      'too much',
      (_request, response) => response.writeHead(200).end(`BEGIN:VCALENDAR${' '.repeat(4_200_000)}`),
      /larger than 4 MiB/,
    ],
  ])('%s is told without what was answered; what was known stays', async (_name, handler, reason) => {
    let fine = true;
    const server = await calendarServer((request, response) =>
      fine ? response.end(ics('known')) : handler(request, response)
    );
    const book = await started({ name: 'u', ical: server.url, refresh: '1h' });
    await eventually(
      () => book.list(),
      ([one]) => one?.now?.name === 'known'
    );
    fine = false;
    clock.forward(3_600_000);
    const [failed] = await eventually(
      () => book.list(),
      ([one]) => one?.error !== null
    );
    expect(failed?.error).toMatch(reason);
    expect(failed?.error).not.toContain('secret');
    expect(book.mutedBy({ calendars: ['u'] }, nowMs)).toBe('calendar u: known');
    await server.stop();
  });

  test('a redirect within the same host is followed, and a failed one is tried again after five minutes', async () => {
    let moved = false;
    const server = await calendarServer((request, response) => {
      if (!moved) {
        response.writeHead(503).end();
      } else if (request.url === '/cal.ics') {
        response.writeHead(301, { location: '/new.ics' }).end();
      } else {
        response.end(ics('moved'));
      }
    });
    const book = await started({ name: 'u', ical: server.url });
    await eventually(
      () => book.list(),
      ([one]) => one?.error !== null
    );
    moved = true;
    clock.forward(300_000);
    const [found] = await eventually(
      () => book.list(),
      ([one]) => one?.error === null
    );
    expect(found?.now?.name).toBe('moved');
    await server.stop();
  });

  test('a password in an address is not shown', async () => {
    const server = await calendarServer((request, response) =>
      response.end(ics(request.headers.authorization ?? 'none'))
    );
    const ical = server.url.replace('http://', 'http://me:canary@');
    const book = await started({ name: 'u', ical });
    const [found] = await eventually(
      () => book.list(),
      ([one]) => one?.readAtMs !== null
    );
    expect(found?.now?.name).toBe(`Basic ${Buffer.from('me:canary').toString('base64')}`);
    expect(JSON.stringify(found)).not.toContain('canary');
    await server.stop();
  });
});
