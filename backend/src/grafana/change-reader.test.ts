import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { startFakeGrafana, type FakeGrafana } from '../../../test/support/fake-grafana/fake-grafana.ts';
import { ChangeReader, type AnnotatedChange } from './change-reader.ts';
import { GrafanaClient } from './grafana-client.ts';

const never = new AbortController().signal;
const startMs = Date.parse('2026-11-25T12:00:00Z');
let nowMs = startMs;
let folder = '';
let grafana: FakeGrafana;
let client: GrafanaClient;
let recorded: AnnotatedChange[] = [];
let reader: ChangeReader;

beforeEach(async () => {
  nowMs = startMs;
  recorded = [];
  folder = await mkdtemp(join(tmpdir(), 'aiops-changes-'));
  await writeFile(join(folder, 'token'), 'viewer');
  grafana = await startFakeGrafana({ tokens: { viewer: 'Viewer' }, nowMs: () => nowMs });
  client = new GrafanaClient({ url: grafana.url, tokenFile: join(folder, 'token'), timeoutMs: 2_000 });
  reader = readerOf(['deploy', 'deployment']);
});

afterEach(async () => {
  await client.stop();
  await grafana.close();
  await rm(folder, { recursive: true });
});

function readerOf(tags: readonly string[]): ChangeReader {
  return new ChangeReader({
    client,
    tags,
    record: (change) => Promise.resolve(recorded.push(change)),
    clock: { nowMs: () => nowMs, sleep: () => Promise.reject(new Error('not used')) },
    logger: pino({ level: 'silent' }),
    random: () => 0.5,
  });
}

describe('an annotation', () => {
  test('with the tag and a label becomes a change of half an hour', async () => {
    const text = 'checkout <b>v42</b>\nby CI';
    grafana.annotations.add(
      { text, time: startMs - 60_000, tags: ['deploy', 'service:checkout', 'env=prod', 'v42'] },
      'ci'
    );
    await reader.turn(never);
    expect(recorded).toEqual([
      {
        id: 'grafana-1',
        title: 'checkout v42 by CI',
        labels: { service: 'checkout', env: 'prod' },
        atMs: startMs - 60_000,
        widenForMs: 1_800_000,
        by: 'ci',
        url: null,
      },
    ]);
  });

  test('of a rollout widens for as long as it lasts and half an hour', async () => {
    grafana.annotations.add({
      text: 'x',
      time: startMs - 60_000,
      timeEnd: startMs + 60_000,
      tags: ['deployment', 'a:b'],
    });
    await reader.turn(never);
    expect(recorded[0]?.widenForMs).toBe(1_920_000);
  });

  test('without a text is named by its tag', async () => {
    grafana.annotations.add({ text: '', tags: ['deployment', 'service=checkout'] });
    await reader.turn(never);
    expect(recorded[0]?.title).toBe('deployment');
  });

  test.each([
    ['that names no service', ['deploy', 'v42']],
    ['whose tags only look like labels', ['deploy', 'https://ci.example', '1a:b', 'service:', ':checkout']],
    ['of our own', ['deploy', 'aiops', 'aiops:an-1', 'service:checkout']],
  ])('%s is no change, and is counted', async (_, tags) => {
    grafana.annotations.add({ text: 'x', tags });
    await reader.turn(never);
    expect([recorded, reader.status.withoutLabels]).toEqual([[], 1]);
  });

  test('with another tag is not read', async () => {
    grafana.annotations.add({ text: 'x', tags: ['service:checkout'] });
    await reader.turn(never);
    expect([recorded, reader.status.withoutLabels]).toEqual([[], 0]);
  });

  test('of seven hours ago is not read', async () => {
    grafana.annotations.add({ text: 'x', time: startMs - 7 * 3_600_000, tags: ['deploy', 'a:b'] });
    await reader.turn(never);
    expect(recorded).toEqual([]);
  });

  test('is recorded once while it stays as it is, and again after it changed', async () => {
    grafana.annotations.add({ text: 'x', tags: ['deploy', 'a:b'] });
    await reader.turn(never);
    await reader.turn(never);
    expect(recorded).toHaveLength(1);
    nowMs += 60_000;
    const caller = { role: 'Editor', login: 'ci' } as const;
    const body = { text: 'y' };
    await grafana.annotations.answer({
      method: 'PATCH',
      path: 'annotations/1',
      query: new URLSearchParams(),
      body,
      caller,
    });
    await reader.turn(never);
    expect(recorded.map(({ id, title }) => `${id} ${title}`)).toEqual(['grafana-1 x', 'grafana-1 y']);
  });
});

describe('a reading that fails', () => {
  test('says why, and the next one gets what was missed', async () => {
    grafana.annotations.add({ text: 'x', tags: ['deploy', 'a:b'] });
    grafana.broken = { status: 503, body: 'starting' };
    expect(await reader.turn(never)).toBe(false);
    expect(reader.status.error).toContain('answered 503');
    grafana.broken = undefined;
    expect([await reader.turn(never), recorded.length, reader.status.error]).toEqual([true, 1, null]);
  });

  test('because of too many annotations says what to do, and takes the newest', async () => {
    Array.from({ length: 500 }, () => grafana.annotations.add({ text: 'x', tags: ['deploy', 'a:b'] }));
    expect(await reader.turn(never)).toBe(false);
    expect(reader.status.error).toContain('keep these tags for deploys');
    expect(recorded).toHaveLength(500);
  });

  test('to be recorded is tried again', async () => {
    let isFull = true;
    const record = (change: AnnotatedChange) =>
      isFull ? Promise.reject(new Error('disk full')) : Promise.resolve(recorded.push(change));
    const clock = { nowMs: () => nowMs, sleep: () => Promise.reject(new Error('not used')) };
    const logger = pino({ level: 'silent' });
    const failing = new ChangeReader({ client, tags: ['deploy'], record, clock, logger, random: () => 0 });
    grafana.annotations.add({ text: 'x', tags: ['deploy', 'a:b'] });
    expect(await failing.turn(never)).toBe(false);
    isFull = false;
    expect([await failing.turn(never), recorded.length]).toEqual([true, 1]);
  });
});

test('without tags nothing is asked', async () => {
  const silent = readerOf([]);
  silent.start();
  await silent.stop();
  expect(grafana.requests).toEqual([]);
});
