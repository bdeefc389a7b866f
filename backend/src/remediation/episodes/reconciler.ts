import type { Logger } from 'pino';
import type { WebhookSettings } from '../../config/config-types.ts';
import { messageOf } from '../../errors.ts';
import { EpisodeBook, type EpisodeBookDeps } from './episode-book.ts';
import { EpisodeRepository } from './episode-repository.ts';
import type { EpisodeState } from './episode-transition.ts';
import type { AlertLister, ListedAlert } from './listed-alerts.ts';

export interface ReconcilerDeps extends EpisodeBookDeps {
  readonly webhooks: readonly WebhookSettings[];
  /** Every replica of each kind; none when it is not configured. */
  readonly listers: Readonly<Record<'alertmanager' | 'grafana', readonly AlertLister[]>>;
  /** Receiver that a webhook's newest message came from; undefined before any. */
  readonly receiverOf: (webhook: string) => Promise<string | undefined>;
  readonly logger: Logger;
}

const everyMs = 60_000;
/** A message may take a group wait, a group interval and some attempts: what is older was lost. */
const lostAfterMs = 10 * 60_000;
/** When not all replicas answer, an episode is kept for this many leases. */
const patience = 2;
const mostAtOnce = 5_000;

/** What the replicas of one source say together. */
interface Listing {
  readonly byFingerprint: ReadonlyMap<string, ListedAlert>;
  /** Whether each of them answered: only then absence means something. */
  readonly complete: boolean;
}

/**
 * Asks the sources themselves for what no message told: an alert that is silenced while it fires never sends its resolve,
 * and a message that was refused on its way is not sent again.
 */
export class Reconciler {
  readonly #deps: ReconcilerDeps;
  readonly #book: EpisodeBook;
  readonly #episodes: EpisodeRepository;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps;
    this.#book = new EpisodeBook(deps);
    this.#episodes = new EpisodeRepository(deps.database);
  }

  start(): void {
    this.#running ??= this.#run(this.#stopping.signal);
  }

  /** Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    const { alertmanager, grafana } = this.#deps.listers;
    await Promise.all([...alertmanager, ...grafana].map((lister) => lister.stop()));
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#round(signal).catch((error: unknown) => {
        if (!signal.aborted) {
          this.#deps.logger.error({ err: error }, 'episodes could not be compared with their sources');
        }
      });
      await this.#deps.clock.sleep(everyMs, signal).catch(() => undefined);
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    const { webhooks, listers } = this.#deps;
    for (const kind of ['alertmanager', 'grafana', 'generic'] as const) {
      const own = webhooks.filter((webhook) => webhook.kind === kind);
      if (own.length > 0) {
        const listing = await this.#list(kind === 'generic' ? [] : listers[kind], signal);
        await this.#compareAll(own, listing);
      }
    }
  }

  async #compareAll(webhooks: readonly WebhookSettings[], listing: Listing): Promise<void> {
    for (const webhook of webhooks) {
      await this.#compare(webhook, listing);
    }
  }

  async #list(listers: readonly AlertLister[], signal: AbortSignal): Promise<Listing> {
    const answers = await Promise.allSettled(listers.map((lister) => lister.list(signal)));
    signal.throwIfAborted();
    const faults = answers.flatMap((answer) => (answer.status === 'rejected' ? [messageOf(answer.reason)] : []));
    if (faults.length > 0) {
      this.#deps.logger.warn({ faults }, 'a source did not list its alerts; episodes are compared with the others');
    }
    const listed = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    // a replica that tells people counts for more than one that holds back
    const ordered = [...listed.filter((one) => one.suppressed), ...listed.filter((one) => !one.suppressed)];
    const byFingerprint = new Map(ordered.map((one) => [one.message.fingerprint, one]));
    return { byFingerprint, complete: faults.length === 0 };
  }

  async #compare(webhook: WebhookSettings, listing: Listing): Promise<void> {
    const nowMs = this.#deps.clock.nowMs();
    const owner = { source: webhook.name, tenant: webhook.tenant };
    const open = await this.#episodes.silentSince(owner, Number.MAX_SAFE_INTEGER, mostAtOnce);
    const silent = open.filter(({ seenAtMs }) => seenAtMs < nowMs - webhook.leaseMs);
    const isOpen = new Set(open.map(({ fingerprint }) => fingerprint));
    const lost = (await this.#lost(webhook, listing, nowMs)).filter((one) => !isOpen.has(one.message.fingerprint));
    const kept = silent.flatMap(({ fingerprint }) => listing.byFingerprint.get(fingerprint) ?? []);
    const { opened } = await this.#book.apply(
      { ...owner, sourceKind: webhook.kind },
      [...kept, ...lost].map(({ message }) => ({ message, receivedAtMs: nowMs }))
    );
    const over = silent.filter((episode) => isOver(episode, listing, nowMs - patience * webhook.leaseMs));
    await this.#book.closeByLease(over);
    if (opened > 0 || over.length > 0) {
      const facts = { webhook: webhook.name, lostMessages: opened, closedByLease: over.length };
      this.#deps.logger.warn(facts, 'episodes were brought in line with what their source lists');
    }
  }

  /** Alerts for the webhook's own receiver that it must have been told of. */
  async #lost(webhook: WebhookSettings, { byFingerprint }: Listing, nowMs: number): Promise<readonly ListedAlert[]> {
    const receiver =
      webhook.receiver ?? (byFingerprint.size === 0 ? undefined : await this.#deps.receiverOf(webhook.name));
    if (receiver === undefined) {
      return [];
    }
    return [...byFingerprint.values()].filter(
      ({ suppressed, receivers, message }) =>
        !suppressed && receivers.includes(receiver) && (message.startsAtMs ?? nowMs) < nowMs - lostAfterMs
    );
  }
}

function isOver({ fingerprint, seenAtMs }: EpisodeState, listing: Listing, givenUpBeforeMs: number): boolean {
  return !listing.byFingerprint.has(fingerprint) && (listing.complete || seenAtMs < givenUpBeforeMs);
}
