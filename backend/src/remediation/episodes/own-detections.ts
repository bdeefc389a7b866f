import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import { alertMessage, type UrlOf } from '../../alerting/alert-message.ts';
import { AnomalyRepository } from '../../anomalies/anomaly-repository.ts';
import { CapacityRepository } from '../../capacity/capacity-repository.ts';
import type { AnomalyRecord } from '../../contract/anomaly.ts';
import type { CapacityRow } from '../../contract/capacity.ts';
import { AlertSpec } from '../../contract/detect.ts';
import type { JobSpec } from '../../contract/job.ts';
import { WakeUp } from '../../delivery/wake-up.ts';
import { EpisodeBook, type EpisodeBookDeps } from './episode-book.ts';
import { labelText } from './episode-columns.ts';
import { EpisodeRepository } from './episode-repository.ts';
import type { AlertMessage, EpisodeState } from './episode-transition.ts';

export interface OwnDetectionsDeps extends EpisodeBookDeps {
  readonly logger: Logger;
  readonly jobs: () => Promise<readonly JobSpec[]>;
  readonly urlOf: UrlOf;
}

/** Our own anomalies belong to nobody's webhook. */
const owner = { source: 'aiops', tenant: 'default' } as const;
const everyMs = 60_000;
/** How an anomaly ended is known for as long. */
const lookBackMs = 3_600_000;
const mostOpen = 20_000;

/** Lets the anomalies found here in by the same door as alerts: one episode for each that lasts. */
export class OwnDetections {
  readonly #deps: OwnDetectionsDeps;
  readonly #book: EpisodeBook;
  readonly #episodes: EpisodeRepository;
  readonly #anomalies: AnomalyRepository;
  readonly #capacity: CapacityRepository;
  readonly #wakeUp: WakeUp;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  /** What was told last, by fingerprint: a repeat of it would only be written again. */
  #told = new Map<string, string>();

  constructor(deps: OwnDetectionsDeps) {
    this.#deps = deps;
    this.#book = new EpisodeBook(deps);
    this.#episodes = new EpisodeRepository(deps.database);
    this.#anomalies = new AnomalyRepository(deps.database);
    this.#capacity = new CapacityRepository(deps.database);
    this.#wakeUp = new WakeUp(deps.clock);
  }

  start(): void {
    this.#running ??= this.#run(this.#stopping.signal);
  }

  /** An anomaly changed: looks now. */
  wake(): void {
    this.#wakeUp.call();
  }

  /** Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#round().catch((error: unknown) => {
        this.#told.clear();
        this.#deps.logger.error({ err: error }, 'anomalies could not be made into episodes; they are looked at again');
      });
      await this.#wakeUp.sleep(everyMs, signal).catch(() => undefined);
    }
  }

  async #round(): Promise<void> {
    const receivedAtMs = this.#deps.clock.nowMs();
    const specs = new Map((await this.#deps.jobs()).map((job) => [job.name, job]));
    const anomalies = await this.#anomalies.recent(receivedAtMs - lookBackMs);
    const lasting = anomalies.filter((one) => specs.has(one.job) && reasonOver(one) === undefined);
    const firing = new Map(lasting.map((one) => [identityOf(one), one]));
    const open = await this.#episodes.silentSince(owner, Number.MAX_SAFE_INTEGER, mostOpen);
    const over = open.filter((episode) => !isOf(episode, firing.get(episode.fingerprint)));
    const known = new Set(open.filter((episode) => !over.includes(episode)).map(({ fingerprint }) => fingerprint));
    const told = await this.#messages(firing, specs);
    const news = told.filter((one) => !known.has(one.fingerprint) || this.#told.get(one.fingerprint) !== textOf(one));
    const messages = [...over.map((episode) => resolveOf(episode, anomalies)), ...news];
    await this.#book.apply(
      { ...owner, sourceKind: 'aiops' },
      messages.map((message) => ({ message, receivedAtMs }))
    );
    this.#told = new Map(told.map((one) => [one.fingerprint, textOf(one)]));
  }

  async #messages(
    firing: ReadonlyMap<string, AnomalyRecord>,
    specs: ReadonlyMap<string, JobSpec>
  ): Promise<AlertMessage[]> {
    const capacity = new Map<string, readonly CapacityRow[]>();
    const messages: AlertMessage[] = [];
    for (const [fingerprint, anomaly] of firing) {
      const spec = specs.get(anomaly.job);
      if (spec === undefined) {
        continue;
      }
      if (anomaly.kind === 'capacity' && !capacity.has(spec.name)) {
        capacity.set(spec.name, await this.#capacity.list({ job: spec.name }));
      }
      messages.push(this.#firing(fingerprint, anomaly, spec, capacity.get(spec.name) ?? []));
    }
    return messages;
  }

  #firing(fingerprint: string, anomaly: AnomalyRecord, spec: JobSpec, capacity: readonly CapacityRow[]): AlertMessage {
    // Whether people are told of it is another matter than whether it may be healed.
    const alert = spec.alert === 'none' ? AlertSpec.parse({}) : spec.alert;
    const { labels, annotations, generatorURL } = alertMessage(anomaly, { ...spec, alert }, 0, this.#deps.urlOf);
    return {
      ...{ status: 'firing', fingerprint, labels, generatorUrl: generatorURL ?? null, absence: null, sender: '' },
      ...{ startsAtMs: anomaly.startedAtMs, endsAtMs: null, truncated: 0 },
      annotations: { ...annotations, ...(anomaly.kind === 'capacity' ? crossingOf(anomaly, capacity) : {}) },
    };
  }
}

/** The same as long as it is about the same: a job's detection of one kind on one series. */
function identityOf({ job, kind, seriesId, labels }: AnomalyRecord): string {
  const text = JSON.stringify([job, kind, seriesId ?? labelText(labels)]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Why an anomaly is no longer one to act on; empty when it came back by itself, undefined while it lasts. */
function reasonOver({ endedAtMs, mutedBy, verdict }: AnomalyRecord): string | undefined {
  if (endedAtMs !== null) {
    return '';
  }
  if (mutedBy !== null) {
    return `muted by ${mutedBy}`;
  }
  return verdict === null || verdict.verdict === 'real' ? undefined : verdict.verdict;
}

/** Whether an open episode is about this anomaly, and not about an earlier one on the same series. */
function isOf({ startsAtMs }: EpisodeState, anomaly: AnomalyRecord | undefined): boolean {
  return anomaly !== undefined && anomaly.startedAtMs <= startsAtMs;
}

function resolveOf(episode: EpisodeState, anomalies: readonly AnomalyRecord[]): AlertMessage {
  const own = anomalies.find((one) => identityOf(one) === episode.fingerprint && one.startedAtMs <= episode.startsAtMs);
  const reason = (own && reasonOver(own)) ?? 'its job is gone';
  const { fingerprint, labels, annotations, generatorUrl } = episode;
  return {
    ...{ status: 'resolved', fingerprint, labels, annotations, generatorUrl, sender: '', truncated: 0 },
    ...{ startsAtMs: null, endsAtMs: own?.endedAtMs ?? null, absence: reason === '' ? null : reason },
  };
}

/** The likeliest crossing of the anomaly's series, as text: when, and how probable within the time that the job warns. */
function crossingOf({ seriesId }: AnomalyRecord, rows: readonly CapacityRow[]): Readonly<Record<string, string>> {
  const own = rows.filter((row) => row.seriesId === seriesId && row.probability !== null);
  const [likeliest] = own.sort((a, b) => (b.probability ?? 0) - (a.probability ?? 0));
  if (likeliest === undefined) {
    return {};
  }
  const { etaMs, probability } = likeliest;
  return { probability: String(probability), ...(etaMs === null ? {} : { eta_ms: String(Math.round(etaMs)) }) };
}

function textOf({ labels, annotations, startsAtMs }: AlertMessage): string {
  return JSON.stringify([labels, annotations, startsAtMs]);
}
