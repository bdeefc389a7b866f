import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { VerificationSample } from '../../contract/remediation/run.ts';
import { fitsLabels } from './fitting-labels.ts';
import { judgeGuard } from './judge-guards.ts';
import { judgeSamples, outcomeWithoutHold } from './judge-samples.ts';
import { queryFault } from './query-fault.ts';
import { readQuery } from './read-query.ts';

const rule = { forMs: 30_000, everyMs: 10_000 };
const looks = (...healthy: Array<VerificationSample['healthy']>): VerificationSample[] =>
  healthy.map((one, i) => ({
    ...{ atMs: i * 10_000, healthy: one, value: null, detail: null },
    sampleMs: one === 'yes' || one === 'no' ? i * 10_000 - 2_000 : null,
  }));

describe('holding', () => {
  test.each([
    [['yes', 'yes', 'yes', 'yes'], true],
    [['yes', 'yes', 'yes'], false],
    [['no', 'yes', 'yes', 'yes', 'yes'], true],
    [['yes', 'yes', 'no-data', 'yes', 'yes'], false],
    [['yes', 'yes', 'error', 'yes', 'yes', 'yes'], false],
    [['yes', 'yes', 'yes', 'yes', 'no'], false],
    [[], false],
  ] as ReadonlyArray<[Array<VerificationSample['healthy']>, boolean]>)('over %j is %p', (healthy, held) => {
    expect(judgeSamples(looks(...healthy), rule).held).toBe(held);
  });

  test('needs three looks even when one is enough in time', () => {
    expect(judgeSamples(looks('yes', 'yes'), { forMs: 1_000, everyMs: 10_000 }).held).toBe(false);
  });

  test('is never said when any of the looks of the time was not healthy', () => {
    const state = fc.constantFrom(
      'yes' as const,
      'yes' as const,
      'yes' as const,
      'no' as const,
      'no-data' as const,
      'error' as const
    );
    fc.assert(
      fc.property(fc.array(state, { maxLength: 12 }), (states) => {
        const { held, sinceMs } = judgeSamples(looks(...states), rule);
        const newest = states.slice(-4);
        expect(held).toBe(newest.length === 4 && newest.every((one) => one === 'yes'));
        expect(sinceMs === null).toBe(states.at(-1) !== 'yes');
      })
    );
  });

  test.each([
    [['no', 'no', 'no'], 'not-recovered'],
    [['no', 'yes', 'yes'], 'not-recovered'],
    [['no', 'no-data', 'error', 'no-data'], 'inconclusive'],
    [['no-data', 'yes', 'yes'], 'inconclusive'],
    [['error'], 'inconclusive'],
    [[], 'inconclusive'],
  ] as ReadonlyArray<[Array<VerificationSample['healthy']>, string]>)(
    'that never was, over %j, is %s',
    (healthy, outcome) => {
      expect(outcomeWithoutHold(looks(...healthy))).toBe(outcome);
    }
  );
});

describe('a guarded metric', () => {
  test.each([
    [10, [12, 12, 12], false],
    [10, [12.01, 12.01, 12.01], true],
    [10, [5, 13, 13], false],
    [10, [13, 13], false],
    [10, [13, null, 13], false],
    [0, [0, 0, 0], false],
    [0, [0.1, 0.1, 0.1], true],
    [-10, [-10, -10, -10], false],
    [-10, [-9, -9, -9], true],
    [null, [13, 13, 13], null],
    [10, [13, 13, null], null],
    [10, [], null],
  ] as ReadonlyArray<[number | null, Array<number | null>, boolean | null]>)(
    'of %p before and %j after is worse: %p',
    (before, after, worse) => {
      expect(judgeGuard({ query: 'q', before, after }).worse).toBe(worse);
    }
  );
});

describe('a query', () => {
  test.each([
    ['probe_success{instance="a"} == 1', [['probe_success{instance="a"}', 0]], true],
    [
      'sum(rate(errors[5m])) / sum(rate(requests[5m])) < 0.01',
      [
        ['errors', 300_000],
        ['requests', 300_000],
      ],
      true,
    ],
    ['max_over_time(rate(x[1m])[5m:10s]) > 1', [['x', 360_000]], true],
    ['x > x offset 1h', [['x', 0]], true],
    ['rate(x[300]) > 0', [['x', 300_000]], true],
    ['up', [['up', 0]], false],
    ['up == bool 1', [['up', 0]], false],
    ['absent(up{job="x"})', [['up{job="x"}', 0]], true],
    [
      'up unless on (instance) down',
      [
        ['up', 0],
        ['down', 0],
      ],
      true,
    ],
    ['count(up == 1)', [['up', 0]], true],
    ['up == 1 or vector(1)', [['up', 0]], false],
    [
      '(up == 1) and on () ready',
      [
        ['up', 0],
        ['ready', 0],
      ],
      true,
    ],
    ['scalar(up == 1)', [['up', 0]], false],
  ] as ReadonlyArray<[string, Array<[string, number]>, boolean]>)('%s is read', (promql, selectors, filters) => {
    const found = readQuery(promql);
    expect(found.selectors.map(({ text, rangeMs }) => [text, rangeMs])).toEqual(selectors);
    expect(found.filters).toBe(filters);
  });

  test('with more selectors than can be asked for is refused', () => {
    const many = Array.from({ length: 11 }, (_, i) => `m${i}`).join(' or ');
    expect(() => readQuery(many)).toThrow('it reads 11 selectors');
  });

  test.each([
    ['up{instance="{instance}"} == 1', undefined],
    ['up{instance="{instance}"}', 'it must compare'],
    ['up == ', 'unexpected end'],
    ['rate(x[4m]) > 0', undefined],
    ['rate(x[5m]) > 0', 'it looks further back than within'],
  ])('%s of a policy: %p', (promql, fault) => {
    const found = queryFault({ promql, windowMs: 300_000, forMs: 45_000, mustFilter: true });
    expect(found === undefined ? undefined : found).toEqual(
      fault === undefined ? undefined : expect.stringContaining(fault)
    );
  });
});

describe('a series is what an alert is about', () => {
  test.each([
    [{ __name__: 'latency', instance: 'web-1:8080' }, { instance: 'web-1:8080', alertname: 'Slow' }, true],
    [{ instance: 'web-1:9100' }, { instance: 'web-1:8080' }, true],
    [{ instance: 'web-10:8080' }, { instance: 'web-1:8080' }, false],
    [{ instance: 'web-1:8080', mode: 'idle' }, { instance: 'web-1:8080' }, true],
    [{}, { instance: 'web-1' }, true],
    [{ kind: 'disk' }, { kind: 'band', exported_kind: 'disk' }, true],
    [{ kind: 'disk' }, { kind: 'band', exported_kind: 'cpu' }, false],
    [{ service: 'a' }, { service: 'b' }, false],
    [{ constructor: 'a' }, {}, true],
  ])('%j of %j: %p', (series, alert, fits) => {
    expect(fitsLabels(series as Record<string, string>, alert as Record<string, string>)).toBe(fits);
  });
});
