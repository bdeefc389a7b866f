import type { StoredDashboard } from '../../../support/fake-grafana/dashboard-store.ts';
import { uniform } from '../../statistics.ts';

/** What a generated panel is to one of the jobs. */
export type Relation = 'same' | 'equivalent' | 'similar' | 'other';

/** A panel whose relation to a job is known because it was made that way. */
export interface PlacedPanel {
  readonly ref: string;
  readonly job: number;
  readonly relation: Exclude<Relation, 'other'>;
}

export interface GeneratedDashboards {
  readonly dashboards: ReadonlyArray<Pick<StoredDashboard, 'uid' | 'model' | 'schema' | 'provisioned'>>;
  readonly libraryPanels: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  readonly placed: readonly PlacedPanel[];
}

export interface GeneratorOptions {
  readonly dashboards: number;
  readonly panelsEach: number;
  readonly jobs: number;
  readonly seed: number;
}

/** One way to write a query of a job's family; the family is known by its number in the name of the metric. */
type Writing = (job: number) => string;

/** What the jobs read. Each metric's name is the beginning of another one's: 1 and 10, 1 and 11 … */
export const jobQueries: readonly Writing[] = [
  (job) => `sum by (service, code) (rate(http_requests_${job}_total{env="prod", app="shop"}[5m]))`,
  (job) => `histogram_quantile(0.99, sum by (le, service) (rate(latency_${job}_seconds_bucket{env="prod"}[5m])))`,
  (job) => `queue_depth_${job}{env="prod", team="web"}`,
  (job) => `sum(rate(errors_${job}_total[5m])) / sum(rate(requests_${job}_total[5m]))`,
];

/** The same series, written by somebody else. */
const equivalents: ReadonlyArray<readonly Writing[]> = [
  [
    (job) => `sum by(code,service)(rate(http_requests_${job}_total{app="shop",env="prod"}[$__rate_interval]))`,
    (job) => `sum(rate({__name__="http_requests_${job}_total", env='prod', app='shop'}[300s])) by (service, code)`,
    (job) => `sum by (service, code) (\n  rate(http_requests_${job}_total{env="prod", app="shop"}[5m]) # a second\n)`,
  ],
  [
    (job) =>
      `histogram_quantile(0.990, sum(rate(latency_${job}_seconds_bucket{env="prod"}[\${__rate_interval}])) by (le, service))`,
    (job) => `histogram_quantile(.99, sum by (service, le) (rate(latency_${job}_seconds_bucket{env="prod"}[5m])))`,
  ],
  [(job) => `queue_depth_${job}{team="web", env="prod"}`, (job) => `(queue_depth_${job}{env='prod',team='web'})`],
  [(job) => `(sum(rate(errors_${job}_total[$__rate_interval]))) / sum (rate(requests_${job}_total[$__rate_interval]))`],
];

/** They hold what the job reads, and may show more or something else besides. */
const similars: ReadonlyArray<readonly Writing[]> = [
  [
    (job) => `sum by (service) (rate(http_requests_${job}_total{env="$env", app="shop"}[5m]))`,
    (job) => `rate(http_requests_${job}_total[5m])`,
  ],
  [(job) => `histogram_quantile(0.5, sum by (le) (rate(latency_${job}_seconds_bucket{env=~"$env"}[5m])))`],
  [(job) => `max by (team) (queue_depth_${job}{env="prod"})`, (job) => `queue_depth_${job}{env="\${env}"}`],
  [(job) => `rate(errors_${job}_total[1h]) / rate(requests_${job}_total[1h])`],
];

/** They look much like it and show something else. */
const others: ReadonlyArray<readonly Writing[]> = [
  [
    (job) => `sum by (service, code) (rate(http_requests_${job}_total{env="staging", app="shop"}[5m]))`,
    (job) => `sum by (service, code) (rate(http_requests_${job}_total{env="prod", app="shop", code="500"}[5m]))`,
    (job) => `sum by (service, code) (rate(http_requests_${job}_totals{env="prod", app="shop"}[5m]))`,
  ],
  [
    (job) => `histogram_quantile(0.99, sum by (le, service) (rate(latency_${job}_seconds_bucket{env="dev"}[5m])))`,
    (job) => `histogram_quantile(0.99, sum by (le, service) (rate(latency_${job}0_bytes_bucket{env="prod"}[5m])))`,
  ],
  [(job) => `queue_depth_${job}{env="prod", team="data"}`, (job) => `queue_depth_${job}_max{env="prod", team="web"}`],
  [(job) => `sum(rate(requests_${job}_total[5m]))`, (job) => `sum(rate(errors_${job}_total{code="503"}[5m]))`],
];

/** Shares of panels: most of a Grafana has nothing to do with the jobs. */
const shares: ReadonlyArray<readonly [Relation, number]> = [
  ['same', 0.03],
  ['equivalent', 0.05],
  ['similar', 0.06],
  ['other', 0.16],
];
const sharesOfDashboards = { v2: 0.1, provisioned: 0.2, folded: 0.3, library: 0.03, loki: 0.1, text: 0.08 };

/** The same dashboards for the same options, in whatever process. */
export function generateDashboards(options: GeneratorOptions): GeneratedDashboards {
  const next = uniform(options.seed);
  const placed: PlacedPanel[] = [];
  const libraryPanels = new Map<string, Readonly<Record<string, unknown>>>();
  const dashboards = Array.from({ length: options.dashboards }, (_, number) => {
    const uid = `team-${number}`;
    const made = Array.from({ length: options.panelsEach }, (__, k) => makePanel(next, options, `${uid}/${k + 1}`));
    made.forEach(({ is }) => placed.push(...is));
    const isV2 = next() < sharesOfDashboards.v2;
    const panels = made.map(({ expression, loki, text }, k) => ({ id: k + 1, expression, loki, text }));
    const title = `Team ${number}`;
    const model = isV2
      ? { title, elements: Object.fromEntries(panels.map((panel) => [`panel-${panel.id}`, elementOf(panel)])) }
      : {
          title,
          panels: arranged(
            next,
            panels.map((panel) => classicOf(next, panel, { uid, libraryPanels }))
          ),
        };
    return {
      uid,
      model,
      schema: isV2 ? 'v2beta1' : 'v1',
      provisioned: next() < sharesOfDashboards.provisioned,
    } as const;
  });
  return { dashboards, libraryPanels, placed };
}

interface MadePanel {
  readonly expression: string;
  readonly loki: boolean;
  readonly text: boolean;
  readonly is: readonly PlacedPanel[];
}

function makePanel(next: () => number, { jobs }: GeneratorOptions, ref: string): MadePanel {
  const job = Math.floor(next() * jobs);
  const family = job % jobQueries.length;
  const relation = relationOf(next());
  const pick = <T>(from: readonly T[] | undefined): T | undefined => from?.[Math.floor(next() * from.length)];
  const written = {
    same: () => jobQueries[family],
    equivalent: () => pick(equivalents[family]),
    similar: () => pick(similars[family]),
    other: () => pick(others[family]),
  };
  const unrelated = `node_${ref.replace(/\W/g, '_')}_bytes{instance="$instance"}`;
  const expression = relation === undefined ? unrelated : (written[relation]()?.(job) ?? unrelated);
  const kind = next();
  const loki = kind < sharesOfDashboards.loki;
  const text = !loki && kind < sharesOfDashboards.loki + sharesOfDashboards.text;
  const isShown = !loki && !text && relation !== undefined && relation !== 'other';
  return { expression, loki, text, is: isShown ? [{ ref, job, relation }] : [] };
}

function relationOf(at: number): Relation | undefined {
  let from = 0;
  for (const [relation, share] of shares) {
    from += share;
    if (at < from) {
      return relation;
    }
  }
  return undefined;
}

interface Panel extends Omit<MadePanel, 'is'> {
  readonly id: number;
}

const datasourceOf = (loki: boolean) => (loki ? { type: 'loki', uid: 'logs' } : { type: 'prometheus', uid: 'main' });

function classicOf(
  next: () => number,
  { id, expression, loki, text }: Panel,
  {
    uid,
    libraryPanels,
  }: { readonly uid: string; readonly libraryPanels: Map<string, Readonly<Record<string, unknown>>> }
): Readonly<Record<string, unknown>> {
  const title = `Panel ${id}`;
  if (text) {
    return { id, type: 'text', title, options: { content: expression } };
  }
  const panel = {
    id,
    type: 'timeseries',
    title,
    datasource: datasourceOf(loki),
    targets: [{ refId: 'A', expr: expression }],
  };
  if (next() >= sharesOfDashboards.library) {
    return panel;
  }
  const library = `library-${uid}-${id}`;
  libraryPanels.set(library, { ...panel, id: 0 });
  return { id, title, libraryPanel: { uid: library, name: title } };
}

/** Some in a folded row, as people leave them. */
function arranged(next: () => number, panels: ReadonlyArray<Readonly<Record<string, unknown>>>): readonly object[] {
  const half = Math.floor(panels.length / 2);
  return next() < sharesOfDashboards.folded
    ? [...panels.slice(0, half), { id: panels.length + 1, type: 'row', collapsed: true, panels: panels.slice(half) }]
    : panels;
}

function elementOf({ id, expression, loki, text }: Panel): object {
  const spec = { expr: expression };
  const query = {
    kind: 'DataQuery',
    group: loki ? 'loki' : 'prometheus',
    version: 'v0',
    datasource: { name: 'main' },
    spec,
  };
  const queries = text ? [] : [{ kind: 'PanelQuery', spec: { refId: 'A', hidden: false, query } }];
  return { kind: 'Panel', spec: { id, title: `Panel ${id}`, data: { kind: 'QueryGroup', spec: { queries } } } };
}
