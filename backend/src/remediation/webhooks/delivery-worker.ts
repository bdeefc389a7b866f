import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { WebhookSettings } from '../../config/config-types.ts';
import { WakeUp } from '../../delivery/wake-up.ts';
import { messageOf } from '../../errors.ts';
import { createPacer } from '../../pacer.ts';
import type { EpisodeBook } from '../episodes/episode-book.ts';
import type { ReceivedMessage } from '../episodes/episode-changes.ts';
import type { EpisodeRepository } from '../episodes/episode-repository.ts';
import { readAlertBody, type AlertBody } from './alert-body.ts';
import type { DeliveryInbox, DeliveryOutcome, StoredDelivery } from './delivery-inbox.ts';

export interface DeliveryWorkerDeps {
  readonly inbox: DeliveryInbox;
  readonly book: EpisodeBook;
  readonly episodes: Pick<EpisodeRepository, 'prune'>;
  readonly webhooks: ReadonlyMap<string, WebhookSettings>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const rowsAtOnce = 256;
const bytesAtOnce = 16_000_000;
/** A round ends in commits, for which every sender waits: what comes in meanwhile shares the next one. */
const gatherMs = 25;
/** Bodies are kept this long, for people who ask what a sender really sent. */
const keptMs = 7 * 86_400_000;
/** As long as anomalies; those that a decision or run speaks of stay with it. */
const episodesKeptMs = 90 * 86_400_000;
const pruneEveryMs = 3_600_000;
/** A store that fails is asked again after this time, and one that has nothing too: a wake-up can't be lost for good. */
const pauseMs = 5_000;

/** Makes episodes of the messages that wait, in the order in which they came. */
export class DeliveryWorker {
  readonly #deps: DeliveryWorkerDeps;
  readonly #wakeUp: WakeUp;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #prunedAtMs = -Infinity;

  constructor(deps: DeliveryWorkerDeps) {
    this.#deps = deps;
    this.#wakeUp = new WakeUp(deps.clock);
  }

  start(): void {
    this.#running ??= this.#run(this.#stopping.signal);
  }

  /** A message was stored. */
  wake(): void {
    this.#wakeUp.call();
  }

  /** Ends after the round that runs; what waits is found again. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const worked = await this.#round(signal).catch((error: unknown) => {
        if (!signal.aborted) {
          this.#deps.logger.error({ err: error }, 'messages of webhooks could not be worked on; they are kept');
        }
        return false;
      });
      if (worked) {
        await delay(gatherMs);
      } else {
        await this.#wakeUp.sleep(pauseMs, signal).catch(() => undefined);
      }
    }
  }

  /** @returns whether there was something to do, and it was done */
  async #round(signal: AbortSignal): Promise<boolean> {
    await this.#prune();
    const deliveries = await this.#deps.inbox.next(rowsAtOnce, bytesAtOnce);
    const read = await this.#readAll(deliveries, signal);
    const sources = new Set(deliveries.map(({ source }) => source));
    const finished: boolean[] = [];
    for (const source of sources) {
      const own = read.filter(({ delivery }) => delivery.source === source);
      finished.push(await this.#workOn(source, own, signal));
    }
    return finished.includes(true);
  }

  async #prune(): Promise<void> {
    const nowMs = this.#deps.clock.nowMs();
    if (nowMs - this.#prunedAtMs >= pruneEveryMs) {
      this.#prunedAtMs = nowMs;
      await this.#deps.inbox.prune(nowMs - keptMs);
      await this.#deps.episodes.prune(nowMs - episodesKeptMs);
    }
  }

  /** @returns false when nothing could be kept: all of it waits on */
  async #workOn(source: string, read: readonly ReadDelivery[], signal: AbortSignal): Promise<boolean> {
    const { logger } = this.#deps;
    try {
      await this.#apply(source, read);
      await this.#finish(read);
      return true;
    } catch (error) {
      logger.error({ err: error, webhook: source }, 'messages of a webhook could not be worked on at once');
    }
    // One of them may be to blame: it must not keep back the others, nor come again for ever.
    const failed: ReadDelivery[] = [];
    for (const one of read) {
      signal.throwIfAborted();
      await this.#apply(source, [one]).then(
        () => this.#finish([one]),
        (error: unknown) => failed.push({ ...one, body: messageOf(error) })
      );
    }
    const storeWorks = failed.length < read.length;
    if (storeWorks) {
      await this.#finish(failed);
    }
    return storeWorks;
  }

  async #finish(read: readonly ReadDelivery[]): Promise<void> {
    const outcomes = read.map(({ delivery: { id }, body }): DeliveryOutcome =>
      typeof body === 'string' ? { id, state: 'faulty', error: body } : { id, state: 'done', error: remarkOf(body) }
    );
    const bytes = read.reduce((sum, { delivery }) => sum + delivery.body.length, 0);
    await this.#deps.inbox.finish(outcomes, bytes);
  }

  async #apply(source: string, read: readonly ReadDelivery[]): Promise<void> {
    const { webhooks, book, logger } = this.#deps;
    const webhook = webhooks.get(source);
    if (webhook === undefined) {
      return;
    }
    const messages = read.flatMap(({ delivery: { receivedAtMs }, body }): ReceivedMessage[] =>
      typeof body === 'string' ? [] : body.messages.map((message) => ({ message, receivedAtMs }))
    );
    const { future } = await book.apply({ source, sourceKind: webhook.kind, tenant: webhook.tenant }, messages);
    if (future > 0) {
      logger.warn({ webhook: source, alerts: future }, 'alerts that begin in the future were left out');
    }
  }

  async #readAll(deliveries: readonly StoredDelivery[], signal: AbortSignal): Promise<ReadDelivery[]> {
    const pacer = createPacer(signal);
    const read: ReadDelivery[] = [];
    for (const delivery of deliveries) {
      read.push({ delivery, body: this.#read(delivery) });
      if (pacer.due()) {
        await pacer.pause();
      }
    }
    return read;
  }

  /** Checked before it was stored: what can't be read any more is from a webhook whose settings changed. */
  #read({ source, body }: StoredDelivery): AlertBody | string {
    const webhook = this.#deps.webhooks.get(source);
    if (webhook === undefined) {
      return `the webhook ${source} is no longer in the settings`;
    }
    try {
      return readAlertBody(webhook.kind, JSON.parse(Buffer.from(body).toString('utf8')));
    } catch (error) {
      return messageOf(error);
    }
  }
}

interface ReadDelivery {
  readonly delivery: StoredDelivery;
  /** A text says why it can't be read. */
  readonly body: AlertBody | string;
}

/** What the sender or we left out; null for nothing. */
export function remarkOf({ refused, truncated, test }: AlertBody): string | null {
  const [first] = refused;
  const remarks = [
    ...(test ? ['a test message'] : []),
    ...(first === undefined
      ? []
      : [`${refused.length} alerts are left out, the first (${first.index}): ${first.reason}`]),
    ...(truncated === 0 ? [] : [`the sender left out ${truncated} alerts: set max_alerts (Grafana: maxAlerts) to 0`]),
  ];
  return remarks.length === 0 ? null : remarks.join('; ');
}
