import type { AlertRow, AlertRows } from '../contract/alert.ts';
import { AppError } from '../errors.ts';
import type { AlertSource } from './alert-source.ts';

const sourceDeadlineMs = 10_000;

/**
 * The alerts of all places, newest first. A place that does not answer is named, and the others are shown. Replicas that
 * know the same alert show it once, and an anomaly of ours that came back from Alertmanager is shown as the anomaly.
 */
export async function readAlerts(
  sources: readonly AlertSource[],
  signal: AbortSignal,
  deadlineMs = sourceDeadlineMs
): Promise<AlertRows> {
  const deadline = AbortSignal.timeout(deadlineMs);
  const both = AbortSignal.any([signal, deadline]);
  const read = await Promise.allSettled(sources.map((source) => source.read(both)));
  signal.throwIfAborted();
  const rows: AlertRow[] = [];
  const errors: Array<AlertRows['errors'][number]> = [];
  for (const [i, outcome] of read.entries()) {
    if (outcome.status === 'fulfilled') {
      rows.push(...outcome.value);
    } else if (outcome.reason instanceof AppError) {
      errors.push({ source: sources[i]?.name ?? '', message: outcome.reason.message });
    } else if (deadline.aborted) {
      // A slow place hides no other.
      errors.push({ source: sources[i]?.name ?? '', message: `no full answer within ${deadlineMs / 1_000} s` });
    } else {
      throw outcome.reason;
    }
  }
  const items = withoutEchoes(newestOfEach(rows));
  return { items: items.sort((a, b) => b.startedAtMs - a.startedAtMs), errors };
}

/** Of rows with the same id the one that changed last, silenced when any replica knows of the silence. */
function newestOfEach(rows: readonly AlertRow[]): AlertRow[] {
  const byId = Map.groupBy(rows, ({ id }) => id);
  return [...byId.values()].map((replicas) => replicas.reduce(newerOf));
}

function newerOf(a: AlertRow, b: AlertRow): AlertRow {
  const [newer, older] = a.updatedAtMs >= b.updatedAtMs ? [a, b] : [b, a];
  const state = older.state === 'suppressed' ? 'suppressed' : newer.state;
  return { ...newer, state, silencedBy: [...new Set([...newer.silencedBy, ...older.silencedBy])] };
}

/** What Alertmanager says of an anomaly of ours, such as a silence, is shown with the anomaly. */
function withoutEchoes(rows: readonly AlertRow[]): AlertRow[] {
  const own = rows.filter(({ source }) => source === 'aiops');
  const silences = new Map<AlertRow, readonly string[]>();
  const shown = rows.filter((row) => {
    const anomaly = row.labels['origin'] === 'aiops' ? own.find((one) => isEchoOf(row, one)) : undefined;
    if (anomaly !== undefined && row.state === 'suppressed') {
      silences.set(anomaly, row.silencedBy);
    }
    return anomaly === undefined;
  });
  return shown.map((row) => {
    const by = silences.get(row);
    return by === undefined || row.state !== 'firing'
      ? row
      : { ...row, state: 'suppressed', silencedBy: [...row.silencedBy, ...by] };
  });
}

/** Labels whose names Alertmanager does not take are renamed on the way there. */
const sameName = /^[a-zA-Z][a-zA-Z0-9_]*$/;

function isEchoOf(row: AlertRow, anomaly: AlertRow): boolean {
  const { labels } = row;
  return (
    labels['job_name'] === anomaly.job &&
    row.startedAtMs === anomaly.startedAtMs &&
    Object.entries(anomaly.labels).every(
      ([name, value]) => !sameName.test(name) || [labels[name], labels[`exported_${name}`]].includes(value)
    )
  );
}
