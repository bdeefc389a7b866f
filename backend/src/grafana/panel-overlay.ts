import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from './dashboard-document.ts';

/** refIds of what we add; whatever begins with it is ours. */
const ownPrefix = 'AIOPS_';
const refIds = { expected: 'AIOPS_E', lower: 'AIOPS_L', upper: 'AIOPS_U' } as const;
/** Legends: `fillBelowTo` finds the other bound by its exact name. */
const legends = { expected: 'AIOps expected', lower: 'AIOps lower', upper: 'AIOps upper' } as const;
const metrics = { expected: 'yhat', lower: 'yhat_lower', upper: 'yhat_upper' } as const;
type Line = keyof typeof refIds;

const ownDataSource = { type: 'prometheus', uid: 'aiops' } as const;
const mixed = { type: 'datasource', uid: '-- Mixed --' } as const;
/** Kept in our first query: what the panel was like, so that it can be given back as it was. */
const noteKey = 'aiopsBefore';

/** The query of one line of a job's band. Names of jobs hold letters, digits and dashes. */
function expressionOf(line: Line, job: string): string {
  return `${metrics[line]}{for="${job}"}`;
}

function fixedColor(color: string): object {
  return { id: 'color', value: { mode: 'fixed', fixedColor: color } };
}

const bound = [
  fixedColor('blue'),
  { id: 'custom.lineWidth', value: 0 },
  { id: 'custom.showPoints', value: 'never' },
  { id: 'custom.hideFrom', value: { legend: true, tooltip: false, viz: false } },
];

/** Overrides by refId: what the panel calls its own series does not matter. */
const overrides: readonly JsonObject[] = [
  {
    matcher: { id: 'byFrameRefID', options: refIds.expected },
    properties: [
      fixedColor('blue'),
      { id: 'custom.lineStyle', value: { fill: 'dash', dash: [10, 10] } },
      { id: 'custom.fillOpacity', value: 0 },
      { id: 'custom.showPoints', value: 'never' },
    ],
  },
  {
    matcher: { id: 'byFrameRefID', options: refIds.lower },
    properties: [...bound, { id: 'custom.fillOpacity', value: 0 }],
  },
  {
    matcher: { id: 'byFrameRefID', options: refIds.upper },
    properties: [...bound, { id: 'custom.fillBelowTo', value: legends.lower }, { id: 'custom.fillOpacity', value: 15 }],
  },
];

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as readonly unknown[]) : []);
const refIdOf = (value: unknown): string => String(objectOf(value)['refId'] ?? '');
const isOwnTarget = (target: unknown): boolean => refIdOf(target).startsWith(ownPrefix);

/** The key with its value when the object has it: an absent key and `null` are given back as they were. */
function kept(holder: JsonObject, key: string): JsonObject {
  return Object.hasOwn(holder, key) ? { [key]: holder[key] } : {};
}

/** The object with the key as `before` had it, in its place. */
function restored(holder: JsonObject, key: string, before: JsonObject): JsonObject {
  if (Object.hasOwn(before, key)) {
    return { ...holder, [key]: before[key] };
  }
  const { [key]: _, ...rest } = holder;
  return rest;
}

/** A classic panel with the band and the forecast of a job; its own queries stay with their data source. */
export function withClassicOverlay(panel: JsonObject, job: string): JsonObject {
  const targets = listOf(panel['targets']);
  const own = panel['datasource'];
  const staysMixed = objectOf(own)['uid'] === mixed.uid;
  const named = targets.map((target) => (staysMixed ? target : withDataSource(target, own)));
  const bare = targets
    .filter((target, i) => target !== named[i])
    .map((target) => ({
      refId: refIdOf(target),
      ...kept(objectOf(target), 'datasource'),
    }));
  const note = {
    ...kept(panel, 'datasource'),
    ...fieldConfigBefore(panel),
    bare,
    sources: [...new Map(named.map((target) => [JSON.stringify(sourceOf(target)), sourceOf(target)])).values()],
    ...(!Array.isArray(panel['targets']) && { targetsBefore: kept(panel, 'targets') }),
  };
  const added = lines.map((line) => ({
    datasource: ownDataSource,
    editorMode: 'code',
    expr: expressionOf(line, job),
    legendFormat: legends[line],
    range: true,
    refId: refIds[line],
    ...(line === 'expected' && { [noteKey]: note }),
  }));
  const changed = { ...panel, datasource: staysMixed ? own : mixed, targets: [...named, ...added] };
  return withOverrides(changed);
}

const lines: readonly Line[] = ['expected', 'lower', 'upper'];

/** A query without a data source takes the panel's, which the overlay changes. */
function withDataSource(target: unknown, datasource: unknown): unknown {
  const isBare = isObject(target) && target['datasource'] == null && datasource != null;
  return isBare ? { ...target, datasource } : target;
}

/** The classic panel as it was before, where nothing else has changed since. */
export function withoutClassicOverlay(panel: JsonObject): JsonObject {
  const targets = listOf(panel['targets']);
  const note = objectOf(objectOf(targets.find((target) => refIdOf(target) === refIds.expected))[noteKey]);
  const own = targets.filter((target) => !isOwnTarget(target));
  const plain = withoutOverrides({ ...panel, targets: own }, note);
  const former = note['datasource'];
  const sources = [undefined, former, ...listOf(note['sources'])];
  const isForeign = (target: unknown) => !sources.some((source) => isDeepStrictEqual(source, sourceOf(target)));
  if (own.some(isForeign) && objectOf(former)['uid'] !== mixed.uid) {
    // A query of another data source came in meanwhile: the panel stays mixed, and so does what its queries name.
    return plain;
  }
  const bared = own.map((target) => withoutDataSource(target, note));
  const back = restored({ ...plain, targets: bared }, 'datasource', note);
  const { targetsBefore } = note;
  return isObject(targetsBefore) && bared.length === 0 ? restored(back, 'targets', targetsBefore) : back;
}

function sourceOf(target: unknown): unknown {
  return objectOf(target)['datasource'] ?? undefined;
}

function withoutDataSource(target: unknown, note: JsonObject): unknown {
  const bare = listOf(note['bare']).find((one) => refIdOf(one) === refIdOf(target));
  return bare === undefined || !isObject(target) ? target : restored(target, 'datasource', objectOf(bare));
}

/** An element of schema v2 with the band and the forecast of a job; each query there names its own data source. */
export function withElementOverlay(element: JsonObject, job: string): JsonObject {
  const viz = vizOf(element);
  const note = fieldConfigBefore(viz);
  const added = lines.map((line) => ({
    kind: 'PanelQuery',
    spec: {
      hidden: false,
      query: {
        datasource: { name: ownDataSource.uid },
        group: ownDataSource.type,
        kind: 'DataQuery',
        spec: {
          editorMode: 'code',
          expr: expressionOf(line, job),
          legendFormat: legends[line],
          range: true,
          ...(line === 'expected' && { [noteKey]: note }),
        },
        version: 'v0',
      },
      refId: refIds[line],
    },
  }));
  return changedElement(element, [...queriesOf(element), ...added], withOverrides(viz));
}

/** The element as it was before, where nothing else has changed since. */
export function withoutElementOverlay(element: JsonObject): JsonObject {
  const queries = queriesOf(element);
  const specOf = (query: unknown) => objectOf(objectOf(query)['spec']);
  const first = queries.find((query) => specOf(query)['refId'] === refIds.expected);
  const note = objectOf(objectOf(objectOf(specOf(first)['query'])['spec'])[noteKey]);
  const own = queries.filter((query) => !isOwnTarget(specOf(query)));
  return changedElement(element, own, withoutOverrides(vizOf(element), note));
}

/** The job whose overlay a panel has; undefined without one. */
export function overlaidJob(panel: JsonObject): string | undefined {
  const classic = listOf(panel['targets']).find((target) => refIdOf(target) === refIds.expected);
  const element = queriesOf(panel)
    .map((query) => objectOf(objectOf(query)['spec']))
    .find((spec) => spec['refId'] === refIds.expected);
  const query = classic ?? objectOf(element?.['query'])['spec'];
  return /^yhat\{for="([^"]*)"\}$/.exec(String(objectOf(query)['expr'] ?? ''))?.[1];
}

function queriesOf(element: JsonObject): readonly unknown[] {
  return listOf(objectOf(objectOf(objectOf(element['spec'])['data'])['spec'])['queries']);
}

function vizOf(element: JsonObject): JsonObject {
  return objectOf(objectOf(objectOf(element['spec'])['vizConfig'])['spec']);
}

function changedElement(element: JsonObject, queries: readonly unknown[], viz: JsonObject): JsonObject {
  const spec = objectOf(element['spec']);
  const data = objectOf(spec['data']);
  const vizConfig = objectOf(spec['vizConfig']);
  return {
    ...element,
    spec: {
      ...spec,
      data: { ...data, spec: { ...objectOf(data['spec']), queries } },
      vizConfig: { ...vizConfig, spec: viz },
    },
  };
}

/** What a holder of `fieldConfig` lacked; nothing when it has overrides already. */
function fieldConfigBefore(holder: JsonObject): JsonObject {
  const config = holder['fieldConfig'];
  if (!isObject(config)) {
    return { fieldConfigBefore: kept(holder, 'fieldConfig') };
  }
  return Array.isArray(config['overrides']) ? {} : { overridesBefore: kept(config, 'overrides') };
}

function withOverrides(holder: JsonObject): JsonObject {
  const config = isObject(holder['fieldConfig']) ? holder['fieldConfig'] : { defaults: {} };
  return { ...holder, fieldConfig: { ...config, overrides: [...listOf(config['overrides']), ...overrides] } };
}

function withoutOverrides(holder: JsonObject, note: JsonObject): JsonObject {
  const config = objectOf(holder['fieldConfig']);
  const own = listOf(config['overrides']).filter((override) => !isOwnOverride(override));
  const { fieldConfigBefore: noConfig, overridesBefore: noOverrides } = note;
  if (isObject(noConfig) && own.length === 0 && isDeepStrictEqual(config['defaults'], {})) {
    return restored(holder, 'fieldConfig', noConfig);
  }
  const plain = { ...config, overrides: own };
  const isBare = isObject(noOverrides) && own.length === 0;
  return { ...holder, fieldConfig: isBare ? restored(plain, 'overrides', noOverrides) : plain };
}

function isOwnOverride(override: unknown): boolean {
  const { id, options } = objectOf(objectOf(override)['matcher']);
  return id === 'byFrameRefID' && String(options).startsWith(ownPrefix);
}
