import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject } from './dashboard-document.ts';
import {
  overlaidJob,
  withClassicOverlay,
  withElementOverlay,
  withoutClassicOverlay,
  withoutElementOverlay,
} from './panel-overlay.ts';

const main = { type: 'prometheus', uid: 'main' };
const panel: JsonObject = {
  id: 4,
  type: 'timeseries',
  datasource: main,
  targets: [{ refId: 'A', expr: 'x' }],
  fieldConfig: { defaults: { unit: 's' }, overrides: [] },
};

/** Text of each query with its data source, as far as they matter here. */
function targetsOf(changed: JsonObject): string[] {
  return (changed['targets'] as Array<{ refId: string; expr: string; datasource?: { uid: string } }>).map(
    ({ refId, expr, datasource }) => `${refId} ${expr} @ ${datasource?.uid ?? 'default'}`
  );
}

describe('a classic panel with an overlay', () => {
  const changed = withClassicOverlay(panel, 'checkout');

  test('asks two data sources, its own queries where they were asked before', () => {
    expect(changed['datasource']).toEqual({ type: 'datasource', uid: '-- Mixed --' });
    expect(targetsOf(changed)).toEqual([
      'A x @ main',
      'AIOPS_E yhat{for="checkout"} @ aiops',
      'AIOPS_L yhat_lower{for="checkout"} @ aiops',
      'AIOPS_U yhat_upper{for="checkout"} @ aiops',
    ]);
  });

  test('has a dashed line, and a band that is filled down to the exact name of its lower bound', () => {
    const { overrides } = changed['fieldConfig'] as { overrides: Array<{ matcher: object; properties: object[] }> };
    const of = (refId: string) =>
      overrides.find(({ matcher }) => 'options' in matcher && matcher.options === refId)?.properties;
    const [, , lower] = changed['targets'] as Array<{ legendFormat?: string }>;
    expect(of('AIOPS_E')).toContainEqual({ id: 'custom.lineStyle', value: { fill: 'dash', dash: [10, 10] } });
    expect(of('AIOPS_U')).toContainEqual({ id: 'custom.fillBelowTo', value: lower?.legendFormat });
    expect(of('AIOPS_U')).toContainEqual({ id: 'custom.lineWidth', value: 0 });
  });

  test('says of which job it is', () => {
    expect([overlaidJob(changed), overlaidJob(panel)]).toEqual(['checkout', undefined]);
  });
});

describe('taking an overlay away', () => {
  test('keeps a query, an override and a title that a person changed meanwhile', () => {
    const changed = withClassicOverlay(panel, 'checkout');
    const override = { matcher: { id: 'byName', options: 'x' }, properties: [] };
    const { fieldConfig, targets } = changed as { fieldConfig: { overrides: object[] }; targets: object[] };
    const edited = {
      ...changed,
      title: 'New',
      targets: [{ refId: 'B', expr: 'y', datasource: main }, ...targets],
      fieldConfig: { ...fieldConfig, overrides: [override, ...fieldConfig.overrides] },
    };
    expect(withoutClassicOverlay(edited)).toEqual({
      ...panel,
      title: 'New',
      targets: [
        { refId: 'B', expr: 'y', datasource: main },
        { refId: 'A', expr: 'x' },
      ],
      fieldConfig: { defaults: { unit: 's' }, overrides: [override] },
    });
  });

  test('leaves the panel mixed when a query of another data source came in meanwhile', () => {
    const changed = withClassicOverlay(panel, 'checkout');
    const other = { refId: 'B', expr: 'y', datasource: { type: 'prometheus', uid: 'other' } };
    const back = withoutClassicOverlay({ ...changed, targets: [...(changed['targets'] as object[]), other] });
    expect([back['datasource'], targetsOf(back)]).toEqual([changed['datasource'], ['A x @ main', 'B y @ other']]);
  });

  test('of a panel that has none changes nothing', () => {
    expect(withoutClassicOverlay({ ...panel, fieldConfig: { defaults: {}, overrides: [] } })).toMatchObject({
      id: 4,
      targets: panel['targets'],
    });
  });
});

const dataSource = fc.constantFrom<unknown>(
  main,
  { uid: 'other' },
  'Prometheus',
  null,
  { type: 'datasource', uid: '-- Mixed --' },
  { type: 'prometheus', uid: '${ds}' }
);
const fieldConfig = fc.oneof(
  fc.record(
    {
      defaults: fc.constantFrom<object>({}, { unit: 's' }),
      overrides: fc.constantFrom<unknown>([], null, [{ matcher: { id: 'byName', options: 'x' }, properties: [] }]),
    },
    { requiredKeys: ['defaults'] }
  ),
  fc.constant(null)
);
const target = fc.record({ expr: fc.string(), datasource: dataSource, hide: fc.boolean() }, { requiredKeys: ['expr'] });
const targets = fc
  .array(target, { maxLength: 4 })
  .map((all) => all.map((one, i) => ({ ...one, refId: String.fromCharCode(65 + i) })));
const classicPanel = fc.record(
  {
    id: fc.nat(),
    title: fc.string(),
    datasource: dataSource,
    targets: fc.oneof(targets, fc.constant(null)),
    fieldConfig,
    options: fc.constant({ legend: {} }),
  },
  { requiredKeys: ['id'] }
);
const element = fc
  .record({
    queries: fc.array(
      fc.record({
        kind: fc.constant('PanelQuery'),
        spec: fc.record({ refId: fc.constantFrom('A', 'B'), hidden: fc.boolean() }),
      }),
      { maxLength: 3 }
    ),
    viz: fc.record({ options: fc.constant({}), fieldConfig }, { requiredKeys: [] }),
  })
  .map(({ queries, viz }) => ({
    kind: 'Panel',
    spec: {
      id: 1,
      title: 't',
      data: { kind: 'QueryGroup', spec: { queries, transformations: [] } },
      vizConfig: { kind: 'VizConfig', group: 'timeseries', spec: viz },
    },
  }));

describe('whatever the panel', () => {
  test('a classic one is the same to the byte after adding and taking away', () => {
    fc.assert(
      fc.property(classicPanel, (any) => {
        const changed = JSON.parse(JSON.stringify(withClassicOverlay(any, 'checkout'))) as JsonObject;
        expect(JSON.stringify(withoutClassicOverlay(changed))).toBe(JSON.stringify(any));
      }),
      { numRuns: 500 }
    );
  });

  test('one of schema v2 is the same to the byte after adding and taking away', () => {
    fc.assert(
      fc.property(element, (any) => {
        const changed = JSON.parse(JSON.stringify(withElementOverlay(any, 'checkout'))) as JsonObject;
        expect(overlaidJob(changed)).toBe('checkout');
        expect(JSON.stringify(withoutElementOverlay(changed))).toBe(JSON.stringify(any));
      }),
      { numRuns: 500 }
    );
  });
});
