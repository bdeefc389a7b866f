import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { decodeWriteRequest } from '../../../test/support/decode-write-request.ts';
import {
  type LoopbackReceiver,
  type ReceivedRequest,
  startLoopbackReceiver,
} from '../../../test/support/loopback-receiver.ts';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import type { WriterSettings } from '../config/config-types.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { createRemoteWriters, type RemoteWriters } from './create-remote-writers.ts';
import type { WriteRequest } from './tick-encoder.ts';
import { encodeLabels, WriteRequestEncoder } from './write-request-encoder.ts';

const startMs = 1_800_000_000_000;
let folder = '';
let clock = new ManualClock(startMs);
let database: Database;
let receiver: LoopbackReceiver;
let counted: string[] = [];
const running: RemoteWriters[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aiops-writer-'));
  clock = new ManualClock(startMs);
  counted = [];
  database = await openDatabase({ file: join(folder, 'aiops.db') });
  receiver = await startLoopbackReceiver();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((writers) => writers.stop()));
  await database.destroy();
  await receiver.stop();
  await rm(folder, { recursive: true });
});

function create(changes: Partial<WriterSettings> = {}): RemoteWriters {
  const writers = createRemoteWriters({
    database,
    writers: [
      {
        name: 'main',
        url: `${receiver.url}/api/v1/push`,
        tenant: undefined,
        dialects: ['aiops'],
        horizonsMs: [],
        queueBytes: 1_000_000,
        bearerTokenFile: undefined,
        basic: undefined,
        tls: undefined,
        headers: {},
        timeoutMs: 5_000,
        ...changes,
      },
    ],
    clock,
    logger: pino({ level: 'silent' }),
    observer: {
      written: (_, samples) => void counted.push(`written ${samples}`),
      rejected: (_, reason, samples) => void counted.push(`rejected ${reason} ${samples}`),
      dropped: (_, reason, samples) => void counted.push(`dropped ${reason} ${samples}`),
      attempted: () => undefined,
    },
    random: () => 0,
  });
  running.push(writers);
  return writers;
}

/** A message with one sample for each name. */
function message(...names: string[]): WriteRequest {
  const encoder = new WriteRequestEncoder();
  for (const name of names) {
    encoder.addSeries(encodeLabels({ __name__: name }), { timesMs: [startMs], values: [1], count: 1 });
  }
  return { body: encoder.finish(), samples: names.length, newestMs: startMs };
}

async function enqueue(writers: RemoteWriters, ...requests: readonly WriteRequest[]): Promise<void> {
  await database.transaction().execute((transaction) => writers.enqueue(transaction, { writer: 'main', requests }));
}

const namesIn = ({ body }: ReceivedRequest) => decodeWriteRequest(body).map(({ labels }) => labels[0]?.[1] ?? '');
const received = () => receiver.requests.map((request) => namesIn(request).join(' '));

/** Starts with the given messages and waits until the writer rests. */
async function sent(writers: RemoteWriters, ...requests: readonly WriteRequest[]) {
  await enqueue(writers, ...requests);
  await writers.start();
  await clock.asleep();
  return (await writers.statuses())[0];
}

describe('a writer', () => {
  test('sends what waits, oldest first, as the protocol says it', async () => {
    await writeFile(join(folder, 'token'), 'canary-token\n');
    const writers = create({ tenant: 'team-a', bearerTokenFile: join(folder, 'token') });
    const status = await sent(writers, message('a'), message('b'), message('c'));
    expect(received()).toEqual(['a', 'b', 'c']);
    expect(receiver.requests[0]?.path).toBe('/api/v1/push');
    expect(receiver.requests[0]?.headers).toMatchObject({
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
      'user-agent': 'selfheal-aiops',
      'x-scope-orgid': 'team-a',
      authorization: 'Bearer canary-token',
    });
    expect(status).toMatchObject({ state: 'working', writtenSamples: 3, queue: { requests: 0, bytes: 0 } });
  });

  test('sends at once what is committed while it rests', async () => {
    const writers = create();
    await sent(writers);
    await enqueue(writers, message('a'));
    writers.wake();
    await clock.asleep();
    expect(received()).toEqual(['a']);
  });

  test('sends nothing of a transaction that is rolled back', async () => {
    const writers = create();
    const fault = database.transaction().execute(async (transaction) => {
      await writers.enqueue(transaction, { writer: 'main', requests: [message('a')] });
      throw new Error('the tick failed');
    });
    await expect(fault).rejects.toThrow('the tick failed');
    await sent(writers);
    expect(received()).toEqual([]);
  });

  test('goes on after a stop with what was left', async () => {
    receiver.script({ status: 503 });
    const first = create();
    await sent(first, message('a'), message('b'));
    await first.stop();
    clock.advance(60_000);
    await sent(create());
    expect(received()).toEqual(['a', 'a', 'b']);
  });

  test('forgets what waits for a writer that is no longer set up', async () => {
    await database
      .transaction()
      .execute((transaction) => create().enqueue(transaction, { writer: 'gone', requests: [message('a')] }));
    await sent(create());
    expect(await database.selectFrom('write_queue').select('id').execute()).toEqual([]);
  });
});

describe('a receiver in trouble', () => {
  test.each([
    ['says 500', { status: 500, text: 'oops' }, 'unavailable', /it answered 500: oops/],
    ['is busy', { status: 429, text: 'slow down' }, 'busy', /it answered 429: slow down/],
    ['closes the connection', { fault: 'drop' as const }, 'unavailable', /closed the connection/],
    ['breaks off in its answer', { fault: 'half' as const }, 'unavailable', /closed the connection/],
    ['shows a web page', { status: 200, headers: { 'content-type': 'text/html' } }, 'misdirected', /a web page/],
    ['does not know us', { status: 401, text: 'no org id' }, 'unauthorized', /it answered 401: no org id/],
    ['forbids it', { status: 403 }, 'unauthorized', /it answered 403/],
    ['has no such path', { status: 404 }, 'misdirected', /it answered 404/],
  ])('that %s gets the message again, and the status tells why', async (_, answer, state, text) => {
    receiver.script(answer, answer);
    const writers = create();
    const status = await sent(writers, message('a'));
    expect(status).toMatchObject({ state, queue: { requests: 1, samples: 1 } });
    expect(status?.problem?.text).toMatch(text);
    expect(status?.problem?.text).toContain('writer main (http://127.0.0.1');
    clock.advance(500);
    await clock.asleep();
    clock.advance(1_000);
    await clock.asleep();
    expect(received()).toEqual(['a', 'a', 'a']);
    expect((await writers.statuses())[0]).toMatchObject({ state: 'working', problem: null, writtenSamples: 1 });
    expect(receiver.requests.map(({ headers }) => headers['retry-attempt'])).toEqual([undefined, '1', '2']);
  });

  test('that does not answer is given up after the timeout', async () => {
    receiver.script({ fault: 'hang' });
    const status = await sent(create({ timeoutMs: 100 }), message('a'));
    expect(status).toMatchObject({ state: 'unavailable', queue: { requests: 1 } });
    expect(status?.problem?.text).toMatch(/no full answer within 0\.1 s/);
  });

  test('that is not there is told as such', async () => {
    const status = await sent(create({ url: 'http://127.0.0.1:1/api/v1/write' }), message('a'));
    expect(status).toMatchObject({ state: 'unavailable' });
    expect(status?.problem?.text).toMatch(/nothing listens there/);
  });

  test('that asks for patience is left alone for that long', async () => {
    receiver.script({ status: 429, headers: { 'retry-after': '28' } });
    const writers = create();
    const status = await sent(writers, message('a'));
    expect(status?.problem?.nextAtMs).toBe(startMs + 28_000);
    clock.advance(27_999);
    await clock.asleep();
    expect(received()).toEqual(['a']);
    clock.advance(1);
    await clock.asleep();
    expect(received()).toEqual(['a', 'a']);
  });

  test('does not hold the queue after the clock was set back by a day', async () => {
    receiver.script({ status: 503 });
    const writers = create();
    await sent(writers, message('a'));
    clock.advance(-86_400_000);
    writers.wake();
    await clock.asleep();
    expect(received()).toEqual(['a', 'a']);
  });

  test('loses the oldest first when the queue is full, which is counted', async () => {
    receiver.always(() => ({ status: 503 }));
    const bytes = message('a').body.length;
    const status = await sent(create({ queueBytes: 2 * bytes }), message('a'), message('b'), message('c'));
    expect(counted).toEqual(['dropped size 1']);
    expect(status).toMatchObject({ dropped: { samples: 1 }, queue: { requests: 2, bytes: 2 * bytes } });
    expect(received()).toEqual(['b']);
  });

  test('loses what no receiver would take any more, which is counted', async () => {
    receiver.always(() => ({ status: 503 }));
    const writers = create();
    await sent(writers, message('a', 'b'));
    clock.advance(7_200_001);
    await clock.asleep();
    expect(counted).toEqual(['dropped age 2']);
    expect((await writers.statuses())[0]?.queue.requests).toBe(0);
  });
});

describe('a message that is refused', () => {
  const outOfOrder = { status: 400, text: 'user=w: the sample has been rejected (err-mimir-sample-out-of-order)' };

  test('by Mimir is not sent again: its other samples were kept', async () => {
    receiver.script(outOfOrder);
    const status = await sent(create(), message('a', 'b', 'c'), message('d'));
    expect(received()).toEqual(['a b c', 'd']);
    expect(counted).toEqual(['rejected out-of-order 1', 'written 2', 'written 1']);
    expect(status).toMatchObject({ state: 'working', writtenSamples: 3, queue: { requests: 0 } });
    expect(status?.rejected).toMatchObject([{ reason: 'out-of-order', samples: 1, lastAtMs: startMs }]);
    expect(status?.rejected[0]?.lastText).toContain('err-mimir-sample-out-of-order');
  });

  test('whole by Prometheus for one bad sample is halved until the good ones are in', async () => {
    receiver.always((request) => (namesIn(request).includes('bad') ? { status: 400, text: 'out of bounds' } : {}));
    const status = await sent(create(), message('a', 'b', 'bad', 'c', 'd', 'e'));
    const accepted = received().filter((names) => !names.includes('bad'));
    expect(accepted.join(' ').split(' ').sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(status).toMatchObject({
      writtenSamples: 5,
      queue: { requests: 0 },
      rejected: [{ reason: 'too-old', samples: 1 }],
    });
  });

  test('in every part is given up after a bounded number of attempts', async () => {
    receiver.always(() => ({ status: 400, text: 'out of order sample' }));
    const names = Array.from({ length: 2_000 }, (_, i) => `m${i}`);
    const status = await sent(create(), message(...names));
    expect(receiver.requests.length).toBeLessThan(150);
    expect(status).toMatchObject({ rejected: [{ reason: 'out-of-order', samples: 2_000 }], queue: { requests: 0 } });
  });

  test('for its size is divided, and what passed is not sent again after a pause', async () => {
    receiver.always((request) => {
      const large = namesIn(request).length > 2;
      return large ? { status: 429, text: 'exceeded the ingestion burst size limit, set to 2' } : {};
    });
    const writers = create();
    receiver.script({ status: 413 }, {}, { status: 429, text: 'rate limit' });
    const status = await sent(writers, message('a', 'b', 'c', 'd'));
    expect(received()).toEqual(['a b c d', 'a b', 'c d']);
    expect(status).toMatchObject({ state: 'busy', queue: { requests: 1, samples: 2 }, writtenSamples: 2 });
    clock.advance(1_000);
    await clock.asleep();
    expect(received()).toEqual(['a b c d', 'a b', 'c d', 'c d']);
    expect((await writers.statuses())[0]).toMatchObject({ state: 'working', writtenSamples: 4 });
  });
});
