import { z } from 'zod';
import type { DashboardDocument, JsonObject } from './dashboard-document.ts';

/** A query of a panel that is PromQL, or may be. */
export interface PanelQuery {
  readonly expression: string;
  /** Uid of its data source, a variable such as `${ds}`, or null for the default one. */
  readonly datasource: string | null;
}

export interface DashboardPanel {
  readonly id: number;
  readonly title: string;
  readonly queries: readonly PanelQuery[];
  /** Uid of the library panel that holds its queries; null when it holds them itself. */
  readonly library: string | null;
}

// Folded rows hold panels, and nothing holds rows: deeper than that is no dashboard.
const maxNesting = 3;

const DataSource = z
  .union([z.string(), z.object({ type: z.string().nullish(), uid: z.string().nullish() })])
  .nullish()
  .catch(null);
const Target = z.object({ expr: z.string().nullish(), hide: z.boolean().nullish(), datasource: DataSource });
const ClassicPanel = z.object({
  id: z.number().int().min(1),
  title: z.string().nullish(),
  datasource: DataSource,
  targets: z.array(z.unknown()).nullish(),
  libraryPanel: z.object({ uid: z.string() }).nullish(),
});

const Query = z.object({
  spec: z.object({
    hidden: z.boolean().nullish(),
    /** v2alpha1: beside the query; v2beta1: within it, by name. */
    datasource: DataSource,
    query: z.object({
      kind: z.string(),
      group: z.string().nullish(),
      datasource: z.object({ name: z.string().nullish() }).nullish(),
      spec: z.object({ expr: z.string().nullish() }),
    }),
  }),
});
const Element = z.object({
  kind: z.string(),
  spec: z.object({
    id: z.number().int().min(1),
    title: z.string().nullish(),
    libraryPanel: z.object({ uid: z.string() }).nullish(),
    data: z.object({ spec: z.object({ queries: z.array(z.unknown()).nullish() }) }).nullish(),
  }),
});

/** The panels of a dashboard in either model, those in folded rows, tabs and repeats included. Never throws. */
export function panelsOf({ schema, model }: Pick<DashboardDocument, 'schema' | 'model'>): readonly DashboardPanel[] {
  return schema === 'v1' ? classicPanels(model, 0) : elementPanels(model);
}

function objectsIn(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((one): one is JsonObject => typeof one === 'object' && one !== null) : [];
}

function classicPanels(holder: JsonObject, nesting: number): readonly DashboardPanel[] {
  if (nesting > maxNesting) {
    return [];
  }
  const rows = objectsIn(holder['rows']).flatMap((row) => classicPanels(row, nesting + 1));
  const panels = objectsIn(holder['panels']).flatMap((panel) => [
    ...classicPanel(panel),
    ...classicPanels(panel, nesting + 1),
  ]);
  return [...rows, ...panels];
}

function classicPanel(panel: JsonObject): DashboardPanel[] {
  const parsed = ClassicPanel.safeParse(panel);
  if (!parsed.success || panel['type'] === 'row') {
    return [];
  }
  const { id, title, libraryPanel } = parsed.data;
  return [{ id, title: title ?? '', library: libraryPanel?.uid ?? null, queries: classicQueries(panel) }];
}

/** The queries of a classic panel, or of the model of a library panel. */
export function classicQueries(panel: JsonObject): readonly PanelQuery[] {
  const { targets, datasource } = ClassicPanel.pick({ targets: true, datasource: true })
    .partial()
    .catch({})
    .parse(panel);
  return (targets ?? []).flatMap((target) => {
    const parsed = Target.safeParse(target);
    if (!parsed.success || parsed.data.hide === true) {
      return [];
    }
    const own = parsed.data.datasource ?? datasource;
    return promqlOf(parsed.data.expr, typeOf(own), uidOf(own));
  });
}

type DataSource = z.output<typeof DataSource>;

function typeOf(datasource: DataSource): string | null {
  return typeof datasource === 'object' ? (datasource?.type ?? null) : null;
}

function uidOf(datasource: DataSource): string | null {
  return typeof datasource === 'string' ? datasource : (datasource?.uid ?? null);
}

/** Loki and others have an `expr` too: where the type is known it must speak PromQL. */
function promqlOf(expression: string | null | undefined, type: string | null, uid: string | null): PanelQuery[] {
  const isOther = type !== null && !type.includes('prometheus') && type !== 'datasource';
  return isOther || expression == null || expression.trim() === '' ? [] : [{ expression, datasource: uid }];
}

function elementPanels(model: JsonObject): readonly DashboardPanel[] {
  const elements = z.record(z.string(), z.unknown()).catch({}).parse(model['elements']);
  return Object.values(elements).flatMap((element) => {
    const parsed = Element.safeParse(element);
    if (!parsed.success) {
      return [];
    }
    const { id, title, libraryPanel, data } = parsed.data.spec;
    const queries = (data?.spec.queries ?? []).flatMap(elementQuery);
    return [{ id, title: title ?? '', library: libraryPanel?.uid ?? null, queries }];
  });
}

function elementQuery(query: unknown): PanelQuery[] {
  const parsed = Query.safeParse(query);
  if (!parsed.success || parsed.data.spec.hidden === true) {
    return [];
  }
  const { query: inner, datasource } = parsed.data.spec;
  const type = inner.kind === 'DataQuery' ? (inner.group ?? null) : inner.kind;
  return promqlOf(inner.spec.expr, type, inner.datasource?.name ?? uidOf(datasource));
}
