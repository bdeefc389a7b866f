import type { UrlOf } from '../alerting/alert-message.ts';
import type { Clock } from '../clock.ts';
import type { AlertmanagerSettings } from '../config/config-types.ts';
import type { AlertRow, AlertRows } from '../contract/alert.ts';
import type { AnomalyRecord } from '../contract/anomaly.ts';
import type { JobSpec } from '../contract/job.ts';
import { HttpSource } from '../datasources/http-source.ts';
import { AppError, messageOf } from '../errors.ts';
import { ActiveAlerts, alertRowOf, anomalyRow, GrafanaRules, mergeRows, pendingRows } from './alert-rows.ts';
import type { GrafanaClient } from './grafana-client.ts';

export interface AlertReaderDeps {
  /** Every replica. */
  readonly alertmanagers: readonly AlertmanagerSettings[];
  /** Undefined: Grafana's own alerts are not among the rows. */
  readonly grafana: GrafanaClient | undefined;
  /** Those that last, and those that changed since. */
  readonly anomalies: (sinceMs: number) => Promise<readonly AnomalyRecord[]>;
  readonly jobs: () => Promise<ReadonlyMap<string, JobSpec>>;
  /** Newest scores of an anomaly's series, oldest first. */
  readonly scores: (anomaly: AnomalyRecord) => ReadonlyArray<number | null>;
  readonly urlOf: UrlOf;
  readonly clock: Clock;
}

interface Source {
  readonly name: string;
  readonly read: (signal: AbortSignal) => Promise<readonly AlertRow[]>;
}

interface Outcome {
  readonly rows: readonly AlertRow[];
  readonly error: AlertRows['errors'][number] | undefined;
}

/** Many panels ask at once and again and again; servers are asked once in five seconds. */
const keptMs = 5_000;
const deadlineMs = 10_000;
/** An anomaly that has ended stays in view that long. */
const resolvedMs = 900_000;
const maxRows = 2_000;
const maxBytes = 33_554_432;

/** What fires, here and at other places. */
export class AlertReader {
  readonly #deps: AlertReaderDeps;
  readonly #servers: readonly HttpSource[];
  readonly #sources: readonly Source[];
  #latest: { readonly atMs: number; readonly rows: Promise<AlertRows> } | undefined;

  constructor(deps: AlertReaderDeps) {
    this.#deps = deps;
    this.#servers = deps.alertmanagers.map((settings) => new HttpSource(sourceSettings(settings)));
    this.#sources = [...this.#servers.map(alertmanagerSource), ...grafanaSources(deps.grafana)];
  }

  /** Rows of every source that answers; the others are named with the cause. */
  async read(signal: AbortSignal): Promise<AlertRows> {
    const nowMs = this.#deps.clock.nowMs();
    if (this.#latest === undefined || nowMs - this.#latest.atMs >= keptMs || nowMs < this.#latest.atMs) {
      const latest = { atMs: nowMs, rows: this.#readAll(nowMs) };
      this.#latest = latest;
      latest.rows.catch(() => {
        this.#latest = this.#latest === latest ? undefined : this.#latest;
      });
    }
    return await untilAborted(this.#latest.rows, signal);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()));
  }

  /** Not ended by one caller's signal: others wait for the same answer. */
  async #readAll(nowMs: number): Promise<AlertRows> {
    const signal = AbortSignal.timeout(deadlineMs);
    const [own, ...outcomes] = await Promise.all([
      this.#ownRows(nowMs),
      ...this.#sources.map((source) => outcomeOf(source, signal)),
    ]);
    const rows = mergeRows(
      own,
      outcomes.flatMap((outcome) => outcome.rows)
    );
    const surplus = { source: 'AIOps', message: `only the first ${maxRows} of ${rows.length} alerts are shown` };
    return {
      items: rows.slice(0, maxRows),
      errors: [...outcomes.flatMap(({ error }) => error ?? []), ...(rows.length > maxRows ? [surplus] : [])],
    };
  }

  async #ownRows(nowMs: number): Promise<readonly AlertRow[]> {
    const { anomalies, jobs, scores, urlOf } = this.#deps;
    const sinceMs = nowMs - resolvedMs;
    const specs = await jobs();
    return (await anomalies(sinceMs))
      .filter((anomaly) => isShown(anomaly, sinceMs))
      .flatMap((anomaly) => {
        const job = specs.get(anomaly.job);
        return job === undefined ? [] : [{ ...anomalyRow(anomaly, job, urlOf), scores: [...scores(anomaly)] }];
      });
  }
}

/** Nobody is told of late ones, and a person took wrong ones back. */
function isShown({ late, verdict, endedAtMs }: AnomalyRecord, sinceMs: number): boolean {
  const isWrong = verdict?.verdict === 'expected' || verdict?.verdict === 'false-alarm';
  return !late && !isWrong && (endedAtMs === null || endedAtMs >= sinceMs);
}

function sourceSettings(settings: AlertmanagerSettings): ConstructorParameters<typeof HttpSource>[0] {
  const { url, bearerTokenFile, basic, tls, headers, timeoutMs } = settings;
  const connection = { url, bearerTokenFile, basic, tls, headers, timeoutMs: Math.min(timeoutMs, deadlineMs) };
  return { ...connection, name: 'Alertmanager', kind: 'prometheus', delayMs: 0, maxBytes };
}

function alertmanagerSource(server: HttpSource): Source {
  return {
    name: server.where.replace(/^source /, ''),
    read: async (signal) => {
      const { status, body } = await server.ask({ method: 'GET', path: '/api/v2/alerts' }, signal);
      const parsed = ActiveAlerts.safeParse(status < 300 ? jsonOf(body) : undefined);
      if (!parsed.success) {
        throw new AppError('source_unavailable', `${server.where}: ${whyUnread(status)}`);
      }
      return parsed.data.map((alert) => alertRowOf(alert, 'alertmanager'));
    },
  };
}

function whyUnread(status: number): string {
  if (status === 401 || status === 403) {
    return `it refuses the credentials (${status}); check bearerTokenFile or basic of this Alertmanager`;
  }
  return status < 300
    ? 'it answered no list of alerts; check that the url is the base of an Alertmanager, without /api/v2'
    : `it answered ${status}; check that the url is the base of an Alertmanager, without /api/v2`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function grafanaSources(client: GrafanaClient | undefined): readonly Source[] {
  if (client === undefined) {
    return [];
  }
  const alerts = 'api/alertmanager/grafana/api/v2/alerts';
  const rules = 'api/prometheus/grafana/api/v1/rules';
  return [
    {
      name: 'Grafana alerts',
      read: async (signal) => {
        const active = await client.ask({ method: 'GET', path: alerts }, ActiveAlerts, signal);
        return active.map((alert) => alertRowOf(alert, 'grafana'));
      },
    },
    {
      name: 'Grafana alert rules',
      read: async (signal) => pendingRows(await client.ask({ method: 'GET', path: rules }, GrafanaRules, signal)),
    },
  ];
}

async function outcomeOf({ name, read }: Source, signal: AbortSignal): Promise<Outcome> {
  try {
    return { rows: await read(signal), error: undefined };
  } catch (error) {
    const late = `no full answer within ${deadlineMs / 1_000} s`;
    return { rows: [], error: { source: name, message: signal.aborted ? late : messageOf(error) } };
  }
}

async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
