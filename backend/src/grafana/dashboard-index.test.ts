import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { startFakeGrafana, type FakeGrafana } from '../../../test/support/fake-grafana/fake-grafana.ts';
import { JobSpec, type JobSpecInput } from '../contract/job.ts';
import { DashboardIndex } from './dashboard-index.ts';
import { GrafanaClient } from './grafana-client.ts';
import { panelsOf } from './panel-queries.ts';

let folder = '';
let nowMs = 1_000;
/** Resolves when the index has waited long enough. */
let patience: Promise<void>;
let grafana: FakeGrafana;
let client: GrafanaClient;
let index: DashboardIndex;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aiops-index-'));
  await writeFile(join(folder, 'token'), 'viewer');
  grafana = await startFakeGrafana({ tokens: { viewer: 'Viewer', none: 'None' } });
  client = new GrafanaClient({ url: grafana.url, tokenFile: join(folder, 'token'), timeoutMs: 2_000 });
  nowMs = 1_000;
  patience = new Promise(() => undefined);
  index = new DashboardIndex({
    client,
    publicUrl: 'https://grafana.example/',
    clock: { nowMs: () => nowMs, sleep: () => patience },
    logger: pino({ level: 'silent' }),
  });
});

afterEach(async () => {
  await index.stop();
  await client.stop();
  await grafana.close();
  await rm(folder, { recursive: true });
});

const recorded = (file: string) =>
  JSON.parse(readFileSync(new URL(`../../../test/fixtures/grafana-12.3.0/api/${file}`, import.meta.url), 'utf8')) as {
    answer: { dashboard: Record<string, unknown> };
  };

function job(query: string, overlay: JobSpecInput['overlay'] = 'matching'): JobSpec {
  return JobSpec.parse({ name: 'checkout', query, overlay });
}

const panel = (id: number, expr: string, more: object = {}) => ({
  id,
  type: 'timeseries',
  title: `Panel ${id}`,
  datasource: { type: 'prometheus', uid: 'main' },
  targets: [{ refId: 'A', expr }],
  ...more,
});

function v2Panel(id: number, expr: string, hidden = false): object {
  const query = { kind: 'DataQuery', group: 'prometheus', version: 'v0', datasource: { name: 'main' }, spec: { expr } };
  const data = { kind: 'QueryGroup', spec: { queries: [{ kind: 'PanelQuery', spec: { refId: 'A', hidden, query } }] } };
  return { kind: 'Panel', spec: { id, title: `Panel ${id}`, data } };
}

async function found(query: string): Promise<string[]> {
  await index.refresh();
  return index.targets(job(query)).items.map(({ panel: ref, match }) => `${ref} ${match}`);
}

describe('a panel is found', () => {
  test('with its dashboard, address and whether a file makes it', async () => {
    grafana.dashboards.put({
      uid: 'shop',
      provisioned: true,
      model: { title: 'Shop', panels: [panel(4, 'rate(x[$__rate_interval])')] },
    });
    await index.refresh();
    expect(index.targets(job('rate(x[5m])'))).toEqual({
      dashboards: 1,
      indexedAtMs: 1_000,
      error: null,
      items: [
        {
          panel: 'shop/4',
          dashboardUid: 'shop',
          dashboardTitle: 'Shop',
          panelId: 4,
          panelTitle: 'Panel 4',
          match: 'equivalent',
          expression: 'rate(x[$__rate_interval])',
          provisioned: true,
          url: 'https://grafana.example/d/shop/shop?viewPanel=4',
          chosen: true,
        },
      ],
    });
  });

  test('in a folded row, and the best match comes first', async () => {
    const row = { id: 9, type: 'row', collapsed: true, panels: [panel(1, 'x{a="$a"}'), panel(2, 'x')] };
    grafana.dashboards.put({ uid: 'shop', model: { title: 'Shop', panels: [row] } });
    expect(await found('x')).toEqual(['shop/2 same', 'shop/1 similar']);
  });

  test('in the rows of very old dashboards', async () => {
    grafana.dashboards.put({ uid: 'old', model: { title: 'Old', rows: [{ panels: [panel(1, 'x')] }] } });
    expect(await found('x')).toEqual(['old/1 same']);
  });

  test('whose queries are those of a library panel', async () => {
    grafana.dashboards.libraryPanels.set('lib-1', panel(0, 'x'));
    const use = { id: 3, title: 'Library', libraryPanel: { uid: 'lib-1', name: 'Library' } };
    grafana.dashboards.put({ uid: 'shop', model: { title: 'Shop', panels: [use] } });
    expect(await found('x')).toEqual(['shop/3 same']);
  });

  test('on a dashboard of schema v2, in any tab or row', async () => {
    const elements = { 'panel-5': v2Panel(5, 'x'), 'panel-6': v2Panel(6, 'y'), 'panel-7': v2Panel(7, 'x', true) };
    grafana.dashboards.put({
      uid: 'new',
      schema: 'v2beta1',
      model: { title: 'New', elements, layout: { kind: 'TabsLayout' } },
    });
    expect(await found('x')).toEqual(['new/5 same']);
  });

  test('at a data source that is a variable', async () => {
    const datasource = { type: 'prometheus', uid: '${ds}' };
    grafana.dashboards.put({ uid: 'shop', model: { title: 'Shop', panels: [panel(1, 'x', { datasource })] } });
    expect(await found('x')).toEqual(['shop/1 same']);
  });

  test('once, by its best query', async () => {
    const targets = [{ expr: 'x{a="$a"}' }, { expr: ' x ' }];
    grafana.dashboards.put({ uid: 'shop', model: { title: 'Shop', panels: [panel(1, '', { targets })] } });
    expect(await found('x')).toEqual(['shop/1 same']);
  });

  test('on the second page of the search', async () => {
    for (let i = 0; i < 501; i++) {
      grafana.dashboards.put({
        uid: `d${i}`,
        model: { title: `D${String(i).padStart(3, '0')}`, panels: i === 500 ? [panel(1, 'x')] : [] },
      });
    }
    expect(await found('x')).toEqual(['d500/1 same']);
  });
});

describe('a panel is not found', () => {
  test.each([
    ['of another kind of data source', panel(1, 'x', { datasource: { type: 'loki', uid: 'l' } })],
    ['whose query is hidden', panel(1, '', { targets: [{ expr: 'x', hide: true }] })],
    [
      'whose query an overlay added',
      panel(1, '', { targets: [{ expr: 'x', datasource: { type: 'prometheus', uid: 'aiops' } }] }),
    ],
    ['without queries', { id: 1, type: 'text', title: 'x' }],
    ['that is broken', { id: 'one', targets: 'x' }],
  ])('%s', async (_, broken) => {
    grafana.dashboards.put({ uid: 'shop', model: { title: 'Shop', panels: [broken] } });
    expect(await found('x')).toEqual([]);
  });
});

describe('where a job draws', () => {
  beforeEach(async () => {
    const panels = [panel(1, 'x'), panel(2, 'x{a="$a"}'), panel(3, 'y')];
    grafana.dashboards.put({ uid: 'shop', model: { title: 'Shop', panels } });
    await index.refresh();
  });

  test('is on matching panels, but not on those that are only similar', () => {
    expect(index.panelsOf(job('x'))).toEqual({ panels: [{ dashboardUid: 'shop', panelId: 1 }], exact: false });
  });

  test('is on the panels that it names, whatever they show', () => {
    const panels = [
      { dashboardUid: 'shop', panelId: 3 },
      { dashboardUid: 'elsewhere', panelId: 9 },
    ];
    expect(index.panelsOf(job('x', ['shop/3', 'elsewhere/9']))).toEqual({ panels, exact: true });
  });

  test('is not on a panel that is not on its dashboard, and the answer says so', () => {
    expect(index.panelsOf(job('x', ['shop/99'])).panels).toEqual([]);
    expect(index.targets(job('x', ['shop/99'])).error).toBe(
      'panel shop/99, which the job names, is not on its dashboard'
    );
  });

  test('is nowhere without an overlay', () => {
    expect(index.panelsOf(job('x', 'none'))).toEqual({ panels: [], exact: true });
  });

  test('is what a person chose', () => {
    const chosen = (overlay: JobSpecInput['overlay']) =>
      index
        .targets(job('x', overlay))
        .items.filter((target) => target.chosen)
        .map(({ panel: ref }) => ref);
    expect([chosen('none'), chosen('matching'), chosen(['shop/2'])]).toEqual([[], ['shop/1'], ['shop/2']]);
  });
});

describe('an index that is not complete says why', () => {
  test('before the first reading', () => {
    expect(index.targets(job('x'))).toMatchObject({
      indexedAtMs: null,
      error: 'the dashboards have not been read yet',
    });
  });

  test('when one dashboard can not be read, and keeps the others', async () => {
    grafana.dashboards.put({ uid: 'a', model: { title: 'A', panels: [panel(1, 'x')] } });
    grafana.dashboards.put({ uid: 'b', model: { title: 'B', panels: [panel(1, 'x')] } });
    grafana.failNext('GET /api/dashboards/uid/a', { status: 500, body: '{"message":"broken"}' });
    expect(await found('x')).toEqual(['b/1 same']);
    expect(index.targets(job('x')).error).toMatch(/^1 of 2 dashboards could not be read: .*"broken"/);
  });

  test('when Grafana is away, and keeps what it knew', async () => {
    grafana.dashboards.put({ uid: 'a', model: { title: 'A', panels: [panel(1, 'x')] } });
    await index.refresh();
    grafana.broken = { status: 502, body: 'bad gateway' };
    expect(await found('x')).toEqual(['a/1 same']);
    expect(index.targets(job('x')).error).toContain('answered 502 "bad gateway"');
  });

  test('when a dashboard of schema v2 could not be converted', async () => {
    grafana.dashboards.put({ uid: 'a', schema: 'v2beta1', model: { title: 'A' } });
    const status = { conversion: { failed: true, error: 'backend conversion not yet implemented' } };
    const body = JSON.stringify({ metadata: { name: 'a' }, spec: { elements: null }, status });
    grafana.failNext('GET /apis/', { status: 200, body });
    await index.refresh();
    expect(index.targets(job('x')).error).toContain('backend conversion not yet implemented');
  });
});

test('two readings at once are one', async () => {
  await Promise.all([index.refresh(), index.refresh()]);
  expect(grafana.requests).toEqual(['GET /api/search']);
});

test('a deleted dashboard is forgotten at the next reading', async () => {
  grafana.dashboards.put({ uid: 'a', model: { title: 'A', panels: [panel(1, 'x')] } });
  expect(await found('x')).toEqual(['a/1 same']);
  grafana.dashboards.remove('a');
  expect(await found('x')).toEqual([]);
});

test('the recorded dashboard has the queries that it shows, by panel', () => {
  const { dashboard } = recorded('dashboard-v1-get-provisioned.json').answer;
  const queries = panelsOf({ schema: 'v1', model: dashboard }).map(({ id, queries: own }) => [
    id,
    own.map(({ datasource }) => datasource),
  ]);
  expect(queries).toEqual([
    [1, ['aiops', 'aiops']],
    [2, ['aiops-get', 'aiops', 'aiops', 'aiops']],
    [3, ['aiops']],
    [4, []],
    [5, ['${ds}']],
    [6, ['aiops']],
    [7, ['aiops']],
    [8, []],
    [9, []],
    [10, []],
  ]);
});

describe('whoever looks for panels', () => {
  const never = new AbortController().signal;

  test('gets what the dashboards are now, and within half a minute what they were', async () => {
    grafana.dashboards.put({ uid: 'a', model: { title: 'A', panels: [panel(1, 'x')] } });
    expect((await index.freshTargets(job('x'), never)).items).toHaveLength(1);
    grafana.dashboards.remove('a');
    nowMs += 29_999;
    expect((await index.freshTargets(job('x'), never)).items).toHaveLength(1);
    nowMs += 1;
    expect((await index.freshTargets(job('x'), never)).items).toEqual([]);
  });

  test('gets what was known before when reading takes too long', async () => {
    patience = Promise.resolve();
    expect(await index.freshTargets(job('x'), never)).toMatchObject({ items: [], indexedAtMs: null });
  });
});
