import type { StoredAnomaly } from '../anomalies/anomaly-columns.ts';

/** A panel on which anomalies are drawn. */
export interface DrawnPanel {
  readonly dashboardUid: string;
  readonly panelId: number;
}

/** Where the anomalies of a job are drawn. */
export interface JobPanels {
  readonly panels: readonly DrawnPanel[];
  /** True when annotations on other panels are to go; false while it is not known which panels there are. */
  readonly exact: boolean;
}

/** The annotation of one anomaly on one panel, as we know it. */
export interface AnnotationRecord extends DrawnPanel {
  readonly anomalyId: string;
  /** Grafana's id; null until it answered, and for one that a person deleted in Grafana. */
  readonly annotationId: number | null;
  /** The end that Grafana has. */
  readonly endMs: number | null;
  /** Nothing is to be changed any more. */
  readonly closed: boolean;
  readonly updatedAtMs: number;
  readonly error: string | null;
}

/** One change of Grafana's annotations. */
export type AnnotationStep =
  | { readonly kind: 'draw'; readonly anomaly: StoredAnomaly; readonly panel: DrawnPanel }
  | { readonly kind: 'extend'; readonly anomaly: StoredAnomaly; readonly record: AnnotationRecord }
  | { readonly kind: 'erase'; readonly record: AnnotationRecord };

export interface AnnotationState {
  /** Those that may be drawn, and those of all records. */
  readonly anomalies: readonly StoredAnomaly[];
  readonly records: readonly AnnotationRecord[];
  readonly panelsOf: (job: string) => JobPanels;
  readonly nowMs: number;
}

const dayMs = 86_400_000;
export const retentionMs = 90 * dayMs;
/** A panel with more regions than this in a day is a wall of colour; the strongest are kept. */
const mostPerPanelAndDay = 20;
/** A dashboard asks for its 100 newest annotations: more of ours would push those of others out. */
const mostPerDashboard = 100;
/** Grafana keeps a row of each change; the eye sees no difference below a minute. */
const extendEveryMs = 60_000;
/** A panel that refused an annotation may be mended meanwhile. */
const retryRefusedMs = 300_000;

interface Wanted {
  readonly anomaly: StoredAnomaly;
  readonly panel: DrawnPanel;
  readonly record: AnnotationRecord | undefined;
}

/** End of the region of an anomaly, epoch ms: its own, or the newest sample seen while it lasts. */
export function regionEndMs({ startedAtMs, endedAtMs, seenToMs }: StoredAnomaly): number {
  return Math.max(startedAtMs, endedAtMs ?? seenToMs);
}

/**
 * What has to be done so that Grafana shows what we know: one region per anomaly and panel, longer while it lasts, the 20
 * strongest of a panel and day, at most 100 on a dashboard, none that a person judged wrong, none older than 90 days.
 * Erasing comes first, then the rest by start, so that a Grafana that was away is caught up with in order.
 */
export function planAnnotations(state: AnnotationState): readonly AnnotationStep[] {
  const wanted = capDashboards(capPanels(wantedOf(state)));
  const kept = new Set(wanted.map(({ anomaly, panel }) => keyOf(anomaly.id, panel)));
  const erased = state.records
    .filter((record) => !isGone(record) && !kept.has(keyOf(record.anomalyId, record)))
    .filter((record) => !wasRefused(record, state.nowMs));
  return [
    ...erased.map((record): AnnotationStep => ({ kind: 'erase', record })),
    ...wanted.toSorted(byStart).flatMap((one) => stepsOf(one, state.nowMs)),
  ];
}

export function keyOf(anomalyId: string, { dashboardUid, panelId }: DrawnPanel): string {
  return `${anomalyId} ${dashboardUid} ${panelId}`;
}

/** A person deleted it in Grafana: it is not drawn again. */
function isGone({ annotationId, closed }: AnnotationRecord): boolean {
  return annotationId === null && closed;
}

function wantedOf({ anomalies, records, panelsOf, nowMs }: AnnotationState): Wanted[] {
  const recordsOf = Map.groupBy(records, ({ anomalyId }) => anomalyId);
  return anomalies
    .filter((anomaly) => isShown(anomaly) && regionEndMs(anomaly) > nowMs - retentionMs)
    .flatMap((anomaly) => wantedOfAnomaly(anomaly, recordsOf.get(anomaly.id) ?? [], panelsOf(anomaly.job)));
}

function isShown({ late, verdict }: StoredAnomaly): boolean {
  return !late && verdict?.verdict !== 'false-alarm' && verdict?.verdict !== 'expected';
}

function wantedOfAnomaly(
  anomaly: StoredAnomaly,
  records: readonly AnnotationRecord[],
  { panels, exact }: JobPanels
): Wanted[] {
  const known = new Map(records.map((record) => [keyOf(anomaly.id, record), record]));
  // What is muted is not drawn anew; what was drawn before it was muted stays.
  const fresh = anomaly.mutedBy === null ? panels : panels.filter((panel) => known.has(keyOf(anomaly.id, panel)));
  const others = exact ? [] : records.filter((record) => record.annotationId !== null);
  const chosen = new Map([...fresh, ...others].map((panel) => [keyOf(anomaly.id, panel), panel]));
  return [...chosen]
    .map(([key, { dashboardUid, panelId }]) => ({ anomaly, panel: { dashboardUid, panelId }, record: known.get(key) }))
    .filter(({ record }) => record === undefined || !isGone(record));
}

function capPanels(wanted: readonly Wanted[]): Wanted[] {
  const days = Map.groupBy(
    wanted,
    ({ anomaly, panel }) => `${panel.dashboardUid} ${panel.panelId} ${Math.floor(anomaly.startedAtMs / dayMs)}`
  );
  return [...days.values()].flatMap((day) => day.toSorted(byStrength).slice(0, mostPerPanelAndDay));
}

function capDashboards(wanted: readonly Wanted[]): Wanted[] {
  const dashboards = Map.groupBy(wanted, ({ panel }) => panel.dashboardUid);
  return [...dashboards.values()].flatMap((one) => one.toSorted((a, b) => byStart(b, a)).slice(0, mostPerDashboard));
}

/** Kinds without a score stand at the edge of the band. */
function strengthOf({ peakScore, score }: StoredAnomaly): number {
  return peakScore ?? score ?? 1;
}

function byStrength(a: Wanted, b: Wanted): number {
  return strengthOf(b.anomaly) - strengthOf(a.anomaly) || byStart(a, b);
}

function byStart(a: Wanted, b: Wanted): number {
  return (
    a.anomaly.startedAtMs - b.anomaly.startedAtMs ||
    compareText(keyOf(a.anomaly.id, a.panel), keyOf(b.anomaly.id, b.panel))
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function stepsOf({ anomaly, panel, record }: Wanted, nowMs: number): AnnotationStep[] {
  if (record !== undefined && wasRefused(record, nowMs)) {
    return [];
  }
  if (record?.annotationId == null) {
    return [{ kind: 'draw', anomaly, panel }];
  }
  return needsChange(anomaly, record, nowMs) ? [{ kind: 'extend', anomaly, record }] : [];
}

function wasRefused({ error, updatedAtMs }: AnnotationRecord, nowMs: number): boolean {
  return error !== null && nowMs - updatedAtMs < retryRefusedMs;
}

function needsChange(anomaly: StoredAnomaly, record: AnnotationRecord, nowMs: number): boolean {
  const endMs = regionEndMs(anomaly);
  if (anomaly.state === 'closed') {
    return !record.closed || record.endMs !== endMs;
  }
  return endMs > (record.endMs ?? 0) && nowMs - record.updatedAtMs >= extendEveryMs;
}
