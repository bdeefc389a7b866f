import type { AlertRow } from '../contract/alert.ts';
import type { AnomalyRecord, Verdict } from '../contract/anomaly.ts';
import type { JobSummary } from '../contract/job.ts';
import type { AlertSource } from './alert-source.ts';

export interface OwnAlertsDeps {
  /** Anomalies that last, or changed since. */
  recent(sinceMs: number): Promise<readonly AnomalyRecord[]>;
  listJobs(): Promise<readonly JobSummary[]>;
  nowMs(): number;
  /** People's address of an anomaly; undefined when Grafana's is not known. */
  urlOf(anomaly: AnomalyRecord): string | undefined;
}

/** What is over is shown for an hour more. */
const resolvedMs = 3_600_000;
const maxRows = 2_000;

/** The anomalies of this backend as alerts: those that last, and those that ended in the last hour. */
export function ownAlerts(deps: OwnAlertsDeps): AlertSource {
  return {
    name: 'aiops',
    async read() {
      const sinceMs = deps.nowMs() - resolvedMs;
      const jobs = new Map((await deps.listJobs()).map((job) => [job.spec.name, job]));
      const recent = (await deps.recent(sinceMs)).filter(
        ({ late, endedAtMs, verdict }) =>
          !late && !isWrong(verdict?.verdict) && (endedAtMs === null || endedAtMs >= sinceMs)
      );
      return recent.slice(0, maxRows).map((anomaly) => rowOf(anomaly, jobs.get(anomaly.job), deps.urlOf(anomaly)));
    },
  };
}

/** A person took it back, and its alert with it. */
function isWrong(verdict: Verdict | undefined): boolean {
  return verdict === 'expected' || verdict === 'false-alarm';
}

function rowOf(anomaly: AnomalyRecord, job: JobSummary | undefined, url: string | undefined): AlertRow {
  const alert = job?.spec.alert;
  const told = alert === undefined || alert === 'none' ? undefined : alert;
  return {
    id: `aiops/${anomaly.id}`,
    source: 'aiops',
    name: anomaly.job,
    state: stateOf(anomaly),
    severity: told?.severity ?? null,
    labels: { ...anomaly.labels, ...told?.labels, kind: anomaly.kind },
    summary: anomaly.evidence[0]?.text ?? `${anomaly.kind} anomaly of ${anomaly.job}`,
    startedAtMs: anomaly.startedAtMs,
    updatedAtMs: anomaly.seenToMs,
    score: anomaly.score,
    scores: anomaly.score === null ? [] : [anomaly.score],
    anomalyId: anomaly.id,
    job: anomaly.job,
    silencedBy: anomaly.mutedBy === null ? [] : [anomaly.mutedBy],
    runbookUrl: url ?? null,
    generatorUrl: null,
  };
}

function stateOf({ endedAtMs, mutedBy }: AnomalyRecord): AlertRow['state'] {
  if (endedAtMs !== null) {
    return 'resolved';
  }
  return mutedBy === null ? 'firing' : 'suppressed';
}
