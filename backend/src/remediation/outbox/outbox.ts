import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { AlertmanagerSettings } from '../../config/config-types.ts';
import { WakeUp } from '../../delivery/wake-up.ts';
import type { Database } from '../../store/database.ts';
import type { Tables } from '../../store/tables.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Word } from '../runs/people.ts';
import type { ContactSettings } from './contact-settings.ts';
import { ContactSender, type ContactStatus } from './contact-sender.ts';
import { createContacts } from './create-contacts.ts';
import { noticeOf } from './notice.ts';
import { OutboxRepository, type Parcel } from './outbox-repository.ts';
import { UndeliveredAlert } from './undelivered-alert.ts';

export interface OutboxDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly audit: AuditLog;
  readonly contacts: readonly ContactSettings[];
  /** Who hears when no contact can be reached. */
  readonly alertmanagers: readonly AlertmanagerSettings[];
  /** Page of a word; undefined when Grafana's address is not known. */
  urlOf?(word: Word): string | undefined;
  /** Uniform in [0, 1); chance when left out. */
  readonly random?: () => number;
}

export interface OutboxStatus {
  readonly contacts: ReadonlyArray<ContactStatus & { readonly waiting: number; readonly oldestAtMs: number | null }>;
  /** Whether something waits that nobody at all has taken for minutes. */
  readonly nobodyReached: boolean;
}

const lookEveryMs = 30_000;
const pruneEveryMs = 3_600_000;
const keptMs = 30 * 86_400_000;
const nobodyAfterMs = 300_000;
/** What nobody took for this long is history. */
const nobodyUntilMs = 2 * 86_400_000;

/** What people must hear, kept until somebody did. */
export class Outbox {
  readonly #deps: OutboxDeps;
  readonly #repository: OutboxRepository;
  readonly #senders: readonly ContactSender[];
  readonly #alert: UndeliveredAlert;
  readonly #wakeUp: WakeUp;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #prunedAtMs = -Infinity;

  constructor(deps: OutboxDeps) {
    const { database, clock, logger, audit, contacts, alertmanagers, random = Math.random } = deps;
    this.#deps = deps;
    const repository = new OutboxRepository(database);
    this.#repository = repository;
    this.#senders = createContacts(contacts, alertmanagers, clock).map(
      (contact) =>
        new ContactSender(contact, {
          ...{ database, repository, audit, clock, logger, random },
          standIn: (parcel) => this.#standIn(parcel),
        })
    );
    this.#alert = new UndeliveredAlert({ alertmanagers, clock, logger });
    this.#wakeUp = new WakeUp(clock);
  }

  /**
   * Puts a word into the outbox, once for each contact; the same key is told once.
   * @param db the transaction of what the word is about: it is told only if that happened
   */
  async tell(word: Word, db: Kysely<Tables>): Promise<void> {
    const { clock, logger, audit } = this.#deps;
    const notice = noticeOf(word, this.#deps.urlOf?.(word));
    const wanted = this.#senders.filter(({ name }) => word.contacts.length === 0 || word.contacts.includes(name));
    // A contact that the settings no longer have must not mean that nobody hears.
    const senders = wanted.length > 0 ? wanted : this.#senders;
    for (const { name } of senders) {
      await this.#repository.add(name, notice, clock.nowMs(), db);
    }
    if (senders.length === 0) {
      logger.error({ notice: notice.title, key: notice.key }, 'a person must hear this, and no contact is set');
      const data = { key: notice.key, error: 'no contact is set' };
      await audit.append(
        { kind: 'notice.given-up', subject: notice.runId ?? notice.episodeId, actor: 'aiops', data },
        db
      );
    }
    // They read the store when the transaction has ended: there is one connection.
    senders.forEach((sender) => {
      sender.wake();
    });
  }

  start(): void {
    this.#senders.forEach((sender) => {
      sender.start();
    });
    this.#running ??= this.#run(this.#stopping.signal);
  }

  /** Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#senders.map((sender) => sender.stop()));
    await this.#running;
    await this.#alert.stop();
  }

  async status(): Promise<OutboxStatus> {
    const waiting = new Map((await this.#repository.waiting()).map((one) => [one.contact, one]));
    const contacts = this.#senders.map((sender) => {
      const one = waiting.get(sender.name);
      return { ...sender.status(), waiting: one?.count ?? 0, oldestAtMs: one?.oldestAtMs ?? null };
    });
    return { contacts, nobodyReached: this.#alert.isFiring };
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look(signal).catch((error: unknown) => {
        if (!signal.aborted) {
          this.#deps.logger.error({ err: error }, 'the outbox could not be looked through');
        }
      });
      await this.#wakeUp.sleep(lookEveryMs, signal).catch(() => undefined);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const nowMs = this.#deps.clock.nowMs();
    if (nowMs - this.#prunedAtMs >= pruneEveryMs || nowMs < this.#prunedAtMs) {
      this.#prunedAtMs = nowMs;
      await this.#repository.prune(nowMs - keptMs);
    }
    await this.#adoptOrphans();
    await this.#alert.tell(await this.#repository.undelivered(nowMs - nobodyUntilMs, nowMs - nobodyAfterMs), signal);
  }

  /** What waits for contacts that are no longer set goes to those that are. */
  async #adoptOrphans(): Promise<void> {
    const { database } = this.#deps;
    const known = this.#senders.map(({ name }) => name);
    for (const parcel of await this.#repository.orphans(known)) {
      await this.#standIn(parcel);
      await database.transaction().execute(async (db) => {
        await this.#repository.giveUp(parcel, `there is no contact "${parcel.contact}" any more`, db);
      });
    }
  }

  /** The contact after this one hears it too; should that one be away as well, it has its own stand-in. */
  async #standIn({ contact, notice }: Parcel): Promise<void> {
    const at = this.#senders.findIndex(({ name }) => name === contact);
    const next = this.#senders[(at + 1) % this.#senders.length];
    if (next !== undefined && (await this.#repository.add(next.name, notice, this.#deps.clock.nowMs()))) {
      this.#deps.logger.warn({ contact, instead: next.name, key: notice.key }, 'another contact hears it instead');
      next.wake();
    }
  }
}
