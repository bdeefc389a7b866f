import type { DataSourceRef, FieldConfigSource } from '@grafana/data';
import type { DataQuery, DataTransformerConfig } from '@grafana/schema';

export interface GridPosition {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** A panel of the classic dashboard JSON (v1), as far as the host draws it. */
export interface PanelModel {
  readonly id: number;
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly gridPos: GridPosition;
  readonly datasource?: DataSourceRef;
  readonly targets?: readonly DataQuery[];
  readonly options?: object;
  readonly fieldConfig?: FieldConfigSource;
  readonly transformations?: readonly DataTransformerConfig[];
  readonly timeFrom?: string;
  readonly interval?: string;
  readonly maxDataPoints?: number;
  readonly transparent?: boolean;
  readonly repeat?: string;
  readonly maxPerRow?: number;
  /** Panels folded into a collapsed row. */
  readonly panels?: readonly PanelModel[];
  readonly collapsed?: boolean;
}

export interface VariableModel {
  readonly name: string;
  readonly type: string;
  readonly label?: string;
  readonly query?: unknown;
  readonly definition?: string;
  readonly regex?: string;
  readonly datasource?: DataSourceRef;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string | null;
  readonly hide?: number;
  readonly sort?: number;
  readonly refresh?: number;
  readonly current?: { readonly value?: string | readonly string[]; readonly text?: string | readonly string[] };
  readonly options?: ReadonlyArray<{ readonly text: string; readonly value: string }>;
}

export interface DashboardModel {
  readonly uid: string;
  readonly title: string;
  readonly tags?: readonly string[];
  readonly time?: { readonly from: string; readonly to: string };
  readonly timezone?: string;
  readonly refresh?: string | false;
  readonly templating?: { readonly list?: readonly VariableModel[] };
  readonly panels: readonly PanelModel[];
}

/** One value of the variable a panel is repeated by. */
export interface RepeatValue {
  readonly name: string;
  readonly value: string;
  readonly text: string;
}

export interface PlacedPanel {
  readonly panel: PanelModel;
  readonly position: GridPosition;
  readonly repeat?: RepeatValue;
}

function repeatedPanels(panel: PanelModel, values: readonly RepeatValue[], y: number): PlacedPanel[] {
  const perRow = Math.max(1, Math.min(values.length, panel.maxPerRow ?? 4));
  const w = Math.floor(24 / perRow);
  return values.map((repeat, i) => ({
    panel,
    repeat,
    position: { x: (i % perRow) * w, y: y + Math.floor(i / perRow) * panel.gridPos.h, w, h: panel.gridPos.h },
  }));
}

/**
 * Places panels on the 24-column grid: a repeated one takes its whole width once a value, and what stands below moves
 * down by the rows that this adds.
 */
export function placePanels(
  panels: readonly PanelModel[],
  valuesOf: (variable: string) => readonly RepeatValue[]
): PlacedPanel[] {
  let shift = 0;
  return panels.flatMap((panel) => {
    const y = panel.gridPos.y + shift;
    if (panel.repeat === undefined || panel.repeat === '') {
      return [{ panel, position: { ...panel.gridPos, y } }];
    }
    const placed = repeatedPanels(panel, valuesOf(panel.repeat), y);
    const bottom = Math.max(y, ...placed.map((p) => p.position.y + p.position.h));
    shift += Math.max(0, bottom - y - panel.gridPos.h);
    return placed;
  });
}
