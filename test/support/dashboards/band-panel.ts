import { forecastQueries } from '../../../src/queries/forecast-band.ts';
import {
  facade,
  lineOptions,
  mixed,
  rangeTarget,
  type DataSourceRef,
  type GridPosition,
  type Override,
  type Panel,
  type Target,
} from './panel.ts';

/** Legends of a band's lines: `fillBelowTo` finds the other bound by its exact name. */
const names = {
  observed: 'observed',
  expected: 'expected',
  lower: (level: number) => `lower ${level} %`,
  upper: (level: number) => `upper ${level} %`,
};
const widestPercent = 95;
const narrowerPercent = 80;

/** refIds of the product's queries in every band panel. */
const refIds = { observed: 'OBSERVED', expected: 'AIOPS_F', lower: 'AIOPS_L', upper: 'AIOPS_U' };

export interface BandPanel {
  readonly title: string;
  readonly description: string;
  readonly gridPos: GridPosition;
  /** Name of the job, or the dashboard's variable for it. */
  readonly job: string;
  /** Matchers that leave one series of the job. */
  readonly matchers?: readonly string[];
  /** The job's own query at the team's data source; the product's copy of the observed values when left out. */
  readonly observed?: { readonly datasource: DataSourceRef; readonly expr: string };
  readonly unit?: string;
}

const invisibleLine = [
  { id: 'custom.lineWidth', value: 0 },
  { id: 'custom.showPoints', value: 'never' },
  { id: 'custom.hideFrom', value: { legend: true, tooltip: false, viz: false } },
];

function bound(name: string, more: Override['properties']): Override {
  const color = { id: 'color', value: { mode: 'fixed', fixedColor: 'blue' } };
  return { matcher: { id: 'byName', options: name }, properties: [color, ...invisibleLine, ...more] };
}

function bandOverrides(levelPercent: number, fillOpacity: number): Override[] {
  return [
    bound(names.upper(levelPercent), [
      { id: 'custom.fillBelowTo', value: names.lower(levelPercent) },
      { id: 'custom.fillOpacity', value: fillOpacity },
    ]),
    bound(names.lower(levelPercent), [{ id: 'custom.fillOpacity', value: 0 }]),
  ];
}

const overrides: readonly Override[] = [
  ...bandOverrides(widestPercent, 12),
  ...bandOverrides(narrowerPercent, 18),
  {
    matcher: { id: 'byName', options: names.expected },
    properties: [
      { id: 'color', value: { mode: 'fixed', fixedColor: 'blue' } },
      { id: 'custom.lineStyle', value: { fill: 'dash', dash: [10, 10] } },
    ],
  },
  {
    matcher: { id: 'byName', options: names.observed },
    properties: [
      { id: 'color', value: { mode: 'fixed', fixedColor: 'green' } },
      { id: 'custom.lineWidth', value: 2 },
    ],
  },
];

function bandTargets({ job, matchers, observed }: BandPanel): Target[] {
  const queries = forecastQueries(job, { levels: [narrowerPercent, widestPercent], matchers: matchers ?? [] });
  const observedAt = observed?.datasource ?? facade;
  const narrower = queries.narrower.flatMap(({ levelPercent, lower, upper }) => [
    rangeTarget(`${refIds.lower}${levelPercent}`, facade, lower, names.lower(levelPercent)),
    rangeTarget(`${refIds.upper}${levelPercent}`, facade, upper, names.upper(levelPercent)),
  ]);
  // Observed first: what a reader forecasts from the panel's menu is the first series.
  return [
    rangeTarget(refIds.observed, observedAt, observed?.expr ?? queries.actual, names.observed),
    rangeTarget(refIds.lower, facade, queries.lower, names.lower(widestPercent)),
    rangeTarget(refIds.upper, facade, queries.upper, names.upper(widestPercent)),
    ...narrower,
    rangeTarget(refIds.expected, facade, queries.expected, names.expected),
  ];
}

/** Observed values, the expected line (dashed) and the 80 and 95 % bands of one series, into the future. */
export function bandPanel(spec: BandPanel): Panel {
  const custom = { drawStyle: 'line', lineWidth: 1, fillOpacity: 0, showPoints: 'never', spanNulls: false };
  return {
    type: 'timeseries',
    title: spec.title,
    description: spec.description,
    gridPos: spec.gridPos,
    datasource: spec.observed === undefined ? facade : mixed,
    targets: bandTargets(spec),
    fieldConfig: { defaults: { unit: spec.unit ?? 'short', custom }, overrides },
    options: lineOptions,
  };
}
