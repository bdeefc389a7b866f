import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import { backOffMs } from '../../delivery/back-off.ts';
import { WakeUp } from '../../delivery/wake-up.ts';
import type { Database } from '../../store/database.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Attempt, Contact } from './contact.ts';
import type { OutboxRepository, Parcel } from './outbox-repository.ts';

export interface SenderDeps {
  readonly database: Database;
  readonly repository: OutboxRepository;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** A contact could not be reached: somebody else must hear it. */
  standIn(parcel: Parcel): Promise<void>;
}

export interface ContactStatus {
  readonly name: string;
  readonly kind: Contact['kind'];
  readonly state: 'working' | 'failing' | 'idle';
  readonly message: string | null;
  readonly failingSinceMs: number | null;
  readonly lastAcceptedAtMs: number | null;
}

const parcelsPerRound = 20;
const longestSleepMs = 60_000;
const refusedAgainMs = 600_000;
/** After this long without being taken, the next contact hears it too. */
const standInAfterMs = 120_000;
const giveUpAfterMs = 86_400_000;

/** Carries notices to one contact, again and again until they are taken. */
export class ContactSender {
  readonly #contact: Contact;
  readonly #deps: SenderDeps;
  readonly #wakeUp: WakeUp;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #failures = 0;
  #notBeforeMs = 0;
  #status: ContactStatus;

  constructor(contact: Contact, deps: SenderDeps) {
    this.#contact = contact;
    this.#deps = deps;
    this.#wakeUp = new WakeUp(deps.clock);
    const { name, kind } = contact;
    this.#status = { name, kind, state: 'idle', message: null, failingSinceMs: null, lastAcceptedAtMs: null };
  }

  get name(): string {
    return this.#contact.name;
  }

  start(): void {
    this.#running ??= this.#run(this.#stopping.signal);
  }

  /** Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#contact.stop();
  }

  wake(): void {
    this.#wakeUp.call();
  }

  status(): ContactStatus {
    return this.#status;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#deps;
    while (!signal.aborted) {
      const nextAtMs = await this.#round(signal).catch((error: unknown) => {
        if (!signal.aborted) {
          logger.error({ err: error, contact: this.name }, 'notices could not be read or written down');
        }
        return clock.nowMs() + longestSleepMs;
      });
      const waitMs = Math.min(longestSleepMs, Math.max(0, nextAtMs - clock.nowMs()));
      await this.#wakeUp.sleep(waitMs, signal).catch(() => undefined);
    }
  }

  /** Sends what is due. @returns when to look again */
  async #round(signal: AbortSignal): Promise<number> {
    const { repository, clock } = this.#deps;
    const nowMs = clock.nowMs();
    // a clock that was set back must not make the wait longer than any back-off
    const isResting = nowMs < this.#notBeforeMs && this.#notBeforeMs - nowMs <= 2 * refusedAgainMs;
    const due = isResting ? [] : await repository.due(this.name, nowMs, parcelsPerRound);
    let goesOn = true;
    for (const parcel of due) {
      goesOn = goesOn && (await this.#attempt(parcel, signal));
    }
    await this.#standInForOld();
    if (!goesOn || isResting) {
      return this.#notBeforeMs;
    }
    return (await repository.nextAtMs(this.name)) ?? Infinity;
  }

  /** @returns false when the contact can't be reached: the others would fail too */
  async #attempt(parcel: Parcel, signal: AbortSignal): Promise<boolean> {
    const attempt = await this.#contact.send(parcel.notice, signal);
    if (attempt.kind === 'accepted') {
      await this.#accepted(parcel);
      return true;
    }
    await this.#failed(parcel, attempt);
    return attempt.kind === 'refused';
  }

  /** A crash before this is written sends it once more, with the same key. */
  async #accepted(parcel: Parcel): Promise<void> {
    const { database, repository, clock } = this.#deps;
    const nowMs = clock.nowMs();
    await database.transaction().execute(async (db) => {
      await repository.markSent(parcel, nowMs, db);
      await this.#note('notice.sent', parcel, { attempts: parcel.attempts + 1 }, db);
    });
    this.#failures = 0;
    this.#status = { ...this.#status, state: 'working', message: null, failingSinceMs: null, lastAcceptedAtMs: nowMs };
  }

  async #failed(
    parcel: Parcel,
    { kind, message, retryAfterMs }: Exclude<Attempt, { kind: 'accepted' }>
  ): Promise<void> {
    const { database, repository, clock, logger, random } = this.#deps;
    const nowMs = clock.nowMs();
    if (this.#status.message === null) {
      logger.warn({ contact: this.name, problem: message }, 'a contact did not take a notice; it is sent again');
    }
    const failingSinceMs = this.#status.failingSinceMs ?? nowMs;
    this.#status = { ...this.#status, state: 'failing', message, failingSinceMs };
    if (nowMs - parcel.madeAtMs > giveUpAfterMs) {
      await database.transaction().execute(async (db) => {
        await repository.giveUp(parcel, message, db);
        await this.#note('notice.given-up', parcel, { attempts: parcel.attempts + 1, error: message }, db);
      });
      return;
    }
    if (kind === 'refused') {
      await repository.markFailed(parcel, { error: message, nextAtMs: nowMs + Math.max(refusedAgainMs, retryAfterMs) });
      await this.#deps.standIn(parcel);
      return;
    }
    this.#failures++;
    this.#notBeforeMs = nowMs + backOffMs(this.#failures, random(), retryAfterMs);
    await repository.markFailed(parcel, { error: message, nextAtMs: this.#notBeforeMs });
  }

  /** Those that were not even tried count too: a contact that is away keeps all of them. */
  async #standInForOld(): Promise<void> {
    const { repository, clock } = this.#deps;
    for (const parcel of await repository.waitingSince(this.name, clock.nowMs() - standInAfterMs)) {
      await this.#deps.standIn(parcel);
    }
  }

  async #note(
    kind: string,
    { notice }: Parcel,
    facts: Readonly<Record<string, unknown>>,
    db: Parameters<AuditLog['append']>[1]
  ): Promise<void> {
    const data = { key: notice.key, contact: this.name, ...facts };
    await this.#deps.audit.append({ kind, subject: notice.runId ?? notice.episodeId, actor: 'aiops', data }, db);
  }
}
