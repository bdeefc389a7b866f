import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { AnnotationStore } from '../support/fake-grafana/annotation-store.ts';
import type { ApiAnswer, Role } from '../support/fake-grafana/answer.ts';

interface Recorded {
  readonly as?: string;
  readonly what: string;
  readonly request: string;
  readonly body?: unknown;
  readonly status: number;
  readonly answer: { readonly message?: string };
}

const recorded = readFileSync(new URL('../fixtures/grafana-12.3.0/api/annotations.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded);

/** The role stands in the recording's caller, or in what was tried; the rest was asked by an administrator. */
function roleOf({ as, what }: Recorded): Role {
  const name = /None|Viewer|Editor|Admin/.exec(as ?? '')?.[0];
  return what === 'anonymous POST' ? 'Viewer' : ((name ?? 'Admin') as Role);
}

async function replay(one: Recorded): Promise<ApiAnswer> {
  const store = new AnnotationStore((uid) => uid === 'probe-prov');
  const [method = '', address = ''] = one.request.split(' ');
  const url = new URL(address, 'http://grafana');
  const asked = Number(/\d+$/.exec(url.pathname)?.[0] ?? NaN);
  const { id } = store.add({ text: 'x', dashboardUID: 'probe-prov', panelId: 1 });
  const path = url.pathname.replace('/api/', '').replace(/\d+$/, String(asked === 999_999 ? asked : id));
  const body = typeof one.body === 'string' ? undefined : one.body;
  return await store.answer({
    method,
    path,
    query: url.searchParams,
    body,
    caller: { role: roleOf(one), login: 'x' },
  });
}

const calls = recorded.filter(({ request }) => !/annotations\/tags/.test(request));

describe('the fake answers a recorded call as Grafana did', () => {
  test.each(calls.map((one) => [`${one.as ?? ''} ${one.request} ${one.what}`, one] as const))('%s', async (_, one) => {
    const answer = await replay(one);
    const message = (answer.body as { message?: string }).message;
    expect({ status: answer.status, message }).toEqual({ status: one.status, message: one.answer.message });
  });
});

describe('the list of annotations', () => {
  const query = (text: string) => new URLSearchParams(text);
  const store = new AnnotationStore(() => true);
  Array.from({ length: 120 }, (_, i) =>
    store.add({ text: 'x', time: 1_000 + i, timeEnd: 2_000 + i, tags: ['a', `${i}`] })
  );
  const list = async (text: string) => {
    const call = { method: 'GET', path: 'annotations', query: query(text), body: undefined };
    const { body } = await store.answer({ ...call, caller: { role: 'Viewer', login: 'x' } });
    return body as Array<{ time: number }>;
  };

  test('holds the newest hundred when no limit is given', async () => {
    const rows = await list('');
    expect([rows.length, rows[0]?.time, rows.at(-1)?.time]).toEqual([100, 1_119, 1_020]);
  });

  test('holds what overlaps the range', async () => {
    expect(await list('from=2118&to=9000')).toHaveLength(2);
  });

  test('takes annotations with all tags, or with any of them', async () => {
    expect([(await list('tags=a&tags=3')).length, (await list('tags=3&tags=5&matchAny=true')).length]).toEqual([1, 2]);
  });
});
