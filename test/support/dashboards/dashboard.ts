import { facade, type Panel } from './panel.ts';

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly [key: string]: unknown;
}

export interface DashboardSpec {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly time: { readonly from: string; readonly to: string };
  readonly variables: readonly Variable[];
  readonly panels: readonly Panel[];
  /** Annotations with all of these tags are drawn. */
  readonly annotationTags?: readonly string[];
}

/** The team's data source of Prometheus' kind; the product's own is left out. */
export const sourceVariable: Variable = {
  name: 'source',
  label: 'Metrics from',
  type: 'datasource',
  query: 'prometheus',
  regex: '/^(?!AIOps).*/',
  current: {},
  hide: 0,
  includeAll: false,
  multi: false,
  options: [],
  refresh: 1,
};

function queryVariable(name: string, label: string, query: string, more: Readonly<Record<string, unknown>>): Variable {
  return {
    name,
    label,
    type: 'query',
    datasource: facade,
    query: { query, refId: `variable-${name}` },
    definition: query,
    current: {},
    hide: 0,
    includeAll: false,
    multi: false,
    options: [],
    refresh: 2,
    regex: '',
    sort: 1,
    ...more,
  };
}

/** A job that has forecasts. */
export const jobVariable = queryVariable('job', 'Job', 'label_values(yhat, for)', {});

/** One series of the job, as matchers: `instance="a", job="b"`. */
export const seriesVariable = queryVariable('series', 'Series', 'query_result(yhat{for="$job"})', {
  regex: '/^yhat\\{(.*)\\}/',
});

/** The matchers of the chosen series, kept from being escaped. */
export const chosenSeries = '${series:raw}';

function taggedAnnotations(tags: readonly string[]): object {
  return {
    datasource: { type: 'grafana', uid: '-- Grafana --' },
    enable: true,
    iconColor: 'green',
    name: 'Runs',
    target: { limit: 100, matchAny: false, tags, type: 'tags' },
  };
}

/** Dashboard JSON that Grafana takes from a file: without an id, with its annotations layer and a revision. */
export function dashboardJson({ variables, panels, annotationTags, ...spec }: DashboardSpec): object {
  return {
    annotations: {
      list: [
        {
          builtIn: 1,
          datasource: { type: 'grafana', uid: '-- Grafana --' },
          enable: true,
          hide: true,
          iconColor: 'rgba(0, 211, 255, 1)',
          name: 'Annotations & Alerts',
          type: 'dashboard',
        },
        ...(annotationTags === undefined ? [] : [taggedAnnotations(annotationTags)]),
      ],
    },
    editable: true,
    fiscalYearStartMonth: 0,
    graphTooltip: 1,
    links: [],
    panels: panels.map((panel, index) => ({ id: index + 1, ...panel })),
    refresh: '1m',
    revision: 1,
    schemaVersion: 41,
    tags: ['aiops'],
    templating: { list: variables },
    timepicker: {},
    timezone: 'browser',
    weekStart: '',
    ...spec,
  };
}
