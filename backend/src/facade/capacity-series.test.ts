import { describe, expect, test } from '@jest/globals';
import type { CapacityRow } from '../contract/capacity.ts';
import { JobSpec } from '../contract/job.ts';
import { withCapacitySeries } from './capacity-series.ts';
import type { OwnSeriesStore } from './own-series.ts';
import { createMatcher } from './promql/matcher.ts';

const minuteMs = 60_000;
const nowMs = Date.parse('2026-03-01T12:00:00Z');
const signal = new AbortController().signal;
const job = JobSpec.parse({ name: 'disk-usage', query: 'disk', labels: { team: 'ops' } });
const row: CapacityRow = {
  job: 'disk-usage',
  seriesId: 's1',
  labels: { __name__: 'disk', instance: 'a', limit: 'own' },
  unit: null,
  now: 0.8,
  limit: 0.95,
  side: 'above',
  state: 'rising',
  etaMs: nowMs + 3_600_000,
  etaLowMs: nowMs,
  etaHighMs: null,
  probability: 0.9,
  warnMs: 259_200_000,
  growthPerDay: 0.1,
  lastResetAtMs: null,
  trend: [],
  reason: 'It grows.',
  estimatedAtMs: nowMs - 10 * minuteMs,
};
const labels = {
  for: 'disk-usage',
  limit: '0.95',
  side: 'above',
  exported_limit: 'own',
  instance: 'a',
  source_metric: 'disk',
  team: 'ops',
};

/** What the product serves anyway: one series, one name. */
const others: OwnSeriesStore = {
  select: async () => ({
    series: [{ labels: { __name__: 'yhat' }, startMs: nowMs, stepMs: minuteMs, values: Float64Array.of(1) }],
    infos: ['info'],
    warnings: [],
  }),
  labelSets: async () => [{ __name__: 'yhat' }],
  metadata: async () => [{ metric: 'yhat', type: 'gauge', help: 'Expected.', unit: '' }],
};

function storeOver(rows: readonly CapacityRow[], asked: string[] = []): OwnSeriesStore {
  return withCapacitySeries({
    series: others,
    bands: {
      listSeries: async () => [
        {
          job,
          source: 'main',
          jobState: 'fresh',
          seriesId: 's1',
          labels: {},
          trainedAtMs: undefined,
          state: 'modelled',
        },
      ],
    },
    capacity: {
      list: async () => {
        asked.push('list');
        return rows;
      },
    },
    clock: { nowMs: () => nowMs, sleep: () => Promise.reject(new Error('not used')) },
  });
}

const select = async (rows: readonly CapacityRow[], name: string, [fromMs, toMs] = [nowMs, nowMs]) =>
  (await storeOver(rows).select([createMatcher('__name__', '=', name)], fromMs, toMs, signal)).series.slice(1);

describe('series of capacity', () => {
  test('count down to the crossing, from the estimate until now', async () => {
    const [series] = await select([row], 'capacity_eta_seconds', [nowMs - 20 * minuteMs, nowMs + 20 * minuteMs]);
    expect(series?.labels).toEqual({ __name__: 'capacity_eta_seconds', ...labels });
    expect(series?.startMs).toBe(row.estimatedAtMs);
    expect(series?.values).toHaveLength(11);
    expect([series?.values[0], series?.values.at(-1)]).toEqual([4200, 3600]);
  });

  test('hold the probability of a crossing', async () => {
    const [series] = await select([row], 'capacity_probability');
    expect(series?.values.at(-1)).toBe(0.9);
  });

  test('are 0 once the limit is crossed, and have no date where none is claimed', async () => {
    const [crossed] = await select([{ ...row, etaMs: nowMs - 60 * minuteMs }], 'capacity_eta_seconds');
    expect(crossed?.values.at(-1)).toBe(0);
    expect(await select([{ ...row, etaMs: null }], 'capacity_eta_seconds')).toEqual([]);
  });

  test('end three hours after an estimate that was not renewed', async () => {
    const old = { ...row, estimatedAtMs: nowMs - 200 * minuteMs };
    expect(await select([old], 'capacity_eta_seconds')).toEqual([]);
  });

  test('come beside all others, whose answer they leave as it is', async () => {
    const store = storeOver([row]);
    const answer = await store.select([createMatcher('team', '=', 'ops')], nowMs, nowMs, signal);
    expect(answer.infos).toEqual(['info']);
    expect(answer.series.map((series) => series.labels['__name__'])).toEqual([
      'yhat',
      'capacity_eta_seconds',
      'capacity_probability',
    ]);
    expect(await store.labelSets([])).toHaveLength(3);
    expect((await store.metadata()).map(({ metric }) => metric)).toEqual([
      'capacity_eta_seconds',
      'capacity_probability',
      'yhat',
    ]);
  });

  test('are not read when another name is asked for', async () => {
    const asked: string[] = [];
    await storeOver([row], asked).select([createMatcher('__name__', '=', 'yhat')], nowMs, nowMs, signal);
    expect(asked).toEqual([]);
  });

  test('of a job that is gone are none', async () => {
    expect(await select([{ ...row, job: 'gone' }], 'capacity_probability')).toEqual([]);
  });
});
