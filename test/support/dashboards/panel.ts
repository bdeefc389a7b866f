/** Classic dashboard JSON (v1), as far as the product's dashboards use it. */
export interface DataSourceRef {
  readonly type: string;
  readonly uid: string;
}

export interface Target {
  readonly refId: string;
  readonly datasource: DataSourceRef;
  readonly expr: string;
  readonly legendFormat: string;
  readonly instant: boolean;
  readonly range: boolean;
  readonly editorMode: 'code';
  readonly format?: 'table';
}

export interface GridPosition {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

interface Property {
  readonly id: string;
  readonly value: unknown;
}

export interface Override {
  readonly matcher: { readonly id: string; readonly options: string };
  readonly properties: readonly Property[];
}

export interface Panel {
  readonly type: string;
  readonly title: string;
  readonly gridPos: GridPosition;
  readonly description?: string;
  readonly datasource?: DataSourceRef;
  readonly targets?: readonly Target[];
  readonly timeFrom?: string;
  readonly fieldConfig?: { readonly defaults: object; readonly overrides: readonly Override[] };
  readonly options?: object;
  readonly transformations?: ReadonlyArray<{ readonly id: string; readonly options: object }>;
  readonly collapsed?: boolean;
  readonly panels?: readonly Panel[];
}

/** The product's own series. */
export const facade: DataSourceRef = { type: 'prometheus', uid: 'aiops' };
/** Where the team's metrics are: picked by the reader of a dashboard. */
export const source: DataSourceRef = { type: 'prometheus', uid: '${source}' };
export const mixed: DataSourceRef = { type: 'datasource', uid: '-- Mixed --' };

/** A query over the dashboard's range. */
export function rangeTarget(refId: string, datasource: DataSourceRef, expr: string, legendFormat: string): Target {
  return { refId, datasource, expr, legendFormat, instant: false, range: true, editorMode: 'code' };
}

/** A query at the end of the panel's range: the panel needs a `timeFrom`, or it is asked in the future. */
export function instantTarget(refId: string, datasource: DataSourceRef, expr: string, legendFormat: string): Target {
  return { refId, datasource, expr, legendFormat, instant: true, range: false, editorMode: 'code' };
}

const legendBelow = { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] };

export const lineOptions = { legend: legendBelow, tooltip: { mode: 'multi', sort: 'none' } };

/** A time series panel of plain lines. */
export function linesPanel(
  title: string,
  gridPos: GridPosition,
  targets: readonly Target[],
  defaults: Readonly<Record<string, unknown>>
): Panel {
  return {
    type: 'timeseries',
    title,
    gridPos,
    ...(targets[0] === undefined ? {} : { datasource: targets[0].datasource }),
    targets,
    fieldConfig: { defaults, overrides: [] },
    options: lineOptions,
  };
}

/** A stat that tells the present: its own time range ends at now although the dashboard's ends in the future. */
export function statPanel(title: string, gridPos: GridPosition, target: Target, defaults: object): Panel {
  return {
    type: 'stat',
    title,
    gridPos,
    datasource: target.datasource,
    targets: [target],
    timeFrom: '1h',
    fieldConfig: { defaults, overrides: [] },
    options: {
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      colorMode: 'value',
      graphMode: 'none',
      justifyMode: 'auto',
      orientation: 'auto',
      textMode: 'value',
      wideLayout: true,
    },
  };
}

/** A heading over the panels below it. */
export function rowPanel(title: string, y: number): Panel {
  return { type: 'row', title, gridPos: { x: 0, y, w: 24, h: 1 }, collapsed: false, panels: [] };
}

/** Steps of `green`, then the given colours from their values on. */
export function thresholds(...steps: ReadonlyArray<readonly [number, string]>): object {
  return {
    mode: 'absolute',
    steps: [{ color: 'green', value: null }, ...steps.map(([value, color]) => ({ color, value }))],
  };
}
