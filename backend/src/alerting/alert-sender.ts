import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { AlertmanagerSettings } from '../config/config-types.ts';
import type { AnomalyRecord } from '../contract/anomaly.ts';
import type { JobSpec } from '../contract/job.ts';
import { backOffMs, parseRetryAfterMs } from '../delivery/back-off.ts';
import { HttpTarget } from '../delivery/http-target.ts';
import { WakeUp } from '../delivery/wake-up.ts';
import { messageOf } from '../errors.ts';
import { alertMessage, type UrlOf } from './alert-message.ts';
import { planAlerts, resolveForMs, type PlannedAlert } from './alert-plan.ts';
import type { DeliveryRepository, Told } from './delivery-repository.ts';

const alertsPerPost = 500;
const longestSleepMs = 60_000;
/** Posts that finding the refused alerts of one round may take. */
const mostPosts = 64;

/** What the senders read. */
export interface AlertSource {
  /** Anomalies that last, and those that ended or changed since. */
  recent(sinceMs: number): Promise<readonly AnomalyRecord[]>;
  jobs(): Promise<readonly JobSpec[]>;
}

/** Counts for the backend's own metrics. */
export interface AlertObserver {
  sent(receiver: string, state: 'firing' | 'resolved', alerts: number): void;
  failed(receiver: string, alerts: number): void;
}

export interface AlertSenderDeps {
  readonly settings: AlertmanagerSettings;
  readonly source: AlertSource;
  readonly deliveries: DeliveryRepository;
  readonly urlOf: UrlOf;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: AlertObserver;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** How telling one Alertmanager goes. */
export interface AlertSenderStatus {
  readonly name: string;
  readonly state: 'working' | 'failing' | 'idle';
  readonly message: string | null;
  readonly failingSinceMs: number | null;
  readonly lastAcceptedAtMs: number | null;
}

interface Refusal {
  readonly message: string;
  readonly retryAfterMs: number;
}

/** Keeps one Alertmanager told of the anomalies that last, until it is stopped. */
export class AlertSender {
  readonly #deps: AlertSenderDeps;
  readonly #target: HttpTarget;
  readonly #wakeUp: WakeUp;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #failures = 0;
  #notBeforeMs = 0;
  #status: AlertSenderStatus;

  constructor(deps: AlertSenderDeps) {
    this.#deps = deps;
    this.#target = new HttpTarget({ ...deps.settings, name: 'Alertmanager' });
    this.#wakeUp = new WakeUp(deps.clock);
    const { url } = deps.settings;
    this.#status = { name: url, state: 'idle', message: null, failingSinceMs: null, lastAcceptedAtMs: null };
  }

  start(): void {
    this.#running ??= this.#run(this.#stopping.signal);
  }

  /** Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#target.stop();
  }

  /** An anomaly changed: looks now. */
  wake(): void {
    this.#wakeUp.call();
  }

  status(): AlertSenderStatus {
    return this.#status;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#deps;
    while (!signal.aborted) {
      const nextAtMs = await this.#round(signal).catch((error: unknown) => {
        if (!signal.aborted) {
          logger.error({ err: error, alertmanager: this.#status.name }, 'alerts could not be read or written down');
        }
        return clock.nowMs() + backOffMs(3, this.#deps.random());
      });
      const waitMs = Math.min(longestSleepMs, Math.max(0, nextAtMs - clock.nowMs()));
      await this.#wakeUp.sleep(waitMs, signal).catch(() => undefined);
    }
  }

  /** Tells what is due. @returns when to look again */
  async #round(signal: AbortSignal): Promise<number> {
    const { clock, source, deliveries } = this.#deps;
    const nowMs = clock.nowMs();
    // a clock that was set back must not make the wait longer than any back-off
    if (nowMs < this.#notBeforeMs && this.#notBeforeMs - nowMs <= 10 * longestSleepMs) {
      return this.#notBeforeMs;
    }
    const sinceMs = nowMs - 2 * resolveForMs;
    const before = await deliveries.of(this.#status.name, sinceMs);
    const jobs = new Map((await source.jobs()).map((job) => [job.name, job]));
    const plan = planAlerts({ anomalies: await source.recent(sinceMs), jobs, deliveries: before }, nowMs);
    const told: Told[] = [];
    const budget = { posts: mostPosts };
    let refusal: Refusal | undefined;
    for (let from = 0; from < plan.due.length && refusal === undefined; from += alertsPerPost) {
      const outcome = await this.#tell(plan.due.slice(from, from + alertsPerPost), budget, signal);
      told.push(...outcome.told);
      refusal = outcome.refusal;
    }
    await deliveries.save(this.#status.name, told, before, nowMs);
    this.#count(told, refusal, nowMs);
    return refusal === undefined ? plan.nextAtMs : this.#notBeforeMs;
  }

  /** Posts some alerts; when the receiver refuses one of them, looks for it by halves, so that it keeps back no other. */
  async #tell(
    alerts: readonly PlannedAlert[],
    budget: { posts: number },
    signal: AbortSignal
  ): Promise<{ readonly told: readonly Told[]; readonly refusal: Refusal | undefined }> {
    budget.posts--;
    const reply = await this.#post(alerts, signal);
    if (reply.kind === 'accepted') {
      return { told: alerts.map((one) => toldOf(one, null)), refusal: undefined };
    }
    if (reply.kind === 'later') {
      return { told: alerts.map((one) => toldOf(one, reply.message)), refusal: reply };
    }
    if (alerts.length === 1 || budget.posts < 2) {
      return { told: alerts.map((one) => toldOf(one, reply.message)), refusal: undefined };
    }
    const middle = Math.ceil(alerts.length / 2);
    const first = await this.#tell(alerts.slice(0, middle), budget, signal);
    const second = await this.#tell(alerts.slice(middle), budget, signal);
    return { told: [...first.told, ...second.told], refusal: first.refusal ?? second.refusal };
  }

  async #post(
    alerts: readonly PlannedAlert[],
    signal: AbortSignal
  ): Promise<{ readonly kind: 'accepted' } | ({ readonly kind: 'later' | 'refused' } & Refusal)> {
    const { urlOf, clock } = this.#deps;
    const messages = alerts.map(({ anomaly, job, endsAtMs }) => alertMessage(anomaly, job, endsAtMs, urlOf));
    const headers = { 'content-type': 'application/json' };
    try {
      const request = { path: '/api/v2/alerts', headers, body: JSON.stringify(messages) };
      const { status, text, retryAfter, contentType } = await this.#target.post(request, signal);
      // A proxy's login page comes with 200 too, and tells nobody.
      const isPage = contentType.includes('html');
      if (status >= 200 && status < 300 && !isPage) {
        return { kind: 'accepted' };
      }
      const message = `${this.#target.where}: answered ${status}${text === '' ? '' : `: ${text.slice(0, 300)}`}`;
      const kind = (status === 400 || status === 422) && !isPage ? 'refused' : 'later';
      return { kind, message, retryAfterMs: parseRetryAfterMs(retryAfter, clock.nowMs()) };
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'later', message: messageOf(error), retryAfterMs: 0 };
    }
  }

  #count(told: readonly Told[], refusal: Refusal | undefined, nowMs: number): void {
    const { observer, logger, random } = this.#deps;
    const { name } = this.#status;
    const accepted = told.filter((one) => one.accepted);
    for (const state of ['firing', 'resolved'] as const) {
      observer.sent(name, state, accepted.filter((one) => one.state === state).length);
    }
    observer.failed(name, told.length - accepted.length);
    const problem = refusal?.message ?? told.find(({ error }) => error !== null)?.error ?? null;
    if (refusal !== undefined) {
      this.#failures++;
      this.#notBeforeMs = nowMs + backOffMs(this.#failures, random(), refusal.retryAfterMs);
    } else if (told.length > 0) {
      this.#failures = 0;
    }
    if (problem !== null && this.#status.message === null) {
      logger.warn({ alertmanager: name, problem }, 'an Alertmanager did not take alerts; they are kept and sent again');
    }
    if (told.length > 0) {
      this.#status = {
        name,
        state: problem === null ? 'working' : 'failing',
        message: problem,
        failingSinceMs: problem === null ? null : (this.#status.failingSinceMs ?? nowMs),
        lastAcceptedAtMs: accepted.length > 0 ? nowMs : this.#status.lastAcceptedAtMs,
      };
    }
  }
}

function toldOf({ anomaly, state }: PlannedAlert, error: string | null): Told {
  return { anomalyId: anomaly.id, state, accepted: error === null, error };
}
