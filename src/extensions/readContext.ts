import type { DataQuery, PanelData, ScopedVars } from '@grafana/data';

/** What a link may know of the place it was opened from; every part may be missing. */
export interface QueryContext {
  readonly panelId?: number;
  /** The panel's type, such as `timeseries`; undefined in Explore. */
  readonly panelType?: string;
  /** Variables in it are not replaced. */
  readonly title: string;
  readonly dashboardUid?: string;
  readonly timeZone: string;
  /** As the user wrote them: variables are not replaced. */
  readonly targets: readonly DataQuery[];
  /** Values of a repeated panel. */
  readonly scopedVars: ScopedVars;
  /** What the panel shows now, before transformations. */
  readonly data?: PanelData;
}

/**
 * One property of whatever Grafana hands to an extension.
 * Alerting's contexts are read-only proxies over frozen objects, whose plain reads throw a TypeError:
 * the property's descriptor gives the raw value, and plain access is the second way.
 * @returns undefined when it is missing or cannot be read; never throws
 */
export function readProperty(source: unknown, key: string): unknown {
  if (typeof source !== 'object' || source === null) {
    return undefined;
  }
  try {
    const descriptor = Object.getOwnPropertyDescriptor(source, key);
    if (descriptor !== undefined && 'value' in descriptor) {
      return descriptor.value;
    }
  } catch {
    // A trap of the proxy refused: plain access may still work.
  }
  try {
    return Reflect.get(source, key);
  } catch {
    return undefined;
  }
}

/** The value at the end of a path of properties; undefined as soon as one is missing. */
export function readPath(source: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((value, key) => readProperty(value, key), source);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A query as the panel stores it; without a refId it cannot be run. */
function isTarget(value: unknown): value is DataQuery {
  return isRecord(value) && typeof readProperty(value, 'refId') === 'string';
}

function readTargets(value: unknown): readonly DataQuery[] {
  const length = readProperty(value, 'length');
  if (!Array.isArray(value) || typeof length !== 'number') {
    return [];
  }
  return Array.from({ length }, (_, i) => readProperty(value, String(i))).filter(isTarget);
}

function isPanelData(value: unknown): value is PanelData {
  return isRecord(value) && Array.isArray(readProperty(value, 'series'));
}

/**
 * Reads the context of a panel menu or of Explore's toolbar.
 * @returns a context with empty `targets` when there is nothing to run; never throws
 */
export function readQueryContext(context: unknown): QueryContext {
  const panelId = readProperty(context, 'id');
  const panelType = text(readProperty(context, 'pluginId'));
  const dashboardUid = text(readPath(context, 'dashboard', 'uid'));
  const scopedVars = readProperty(context, 'scopedVars');
  const data = readProperty(context, 'data');
  return {
    ...(typeof panelId === 'number' ? { panelId } : {}),
    ...(panelType === undefined ? {} : { panelType }),
    title: text(readProperty(context, 'title')) ?? '',
    ...(dashboardUid === undefined ? {} : { dashboardUid }),
    timeZone: text(readProperty(context, 'timeZone')) ?? 'browser',
    targets: readTargets(readProperty(context, 'targets')),
    scopedVars: isRecord(scopedVars) ? (scopedVars as ScopedVars) : {},
    ...(isPanelData(data) ? { data } : {}),
  };
}
