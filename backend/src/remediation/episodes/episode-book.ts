import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../store/database.ts';
import type { Tables } from '../../store/tables.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { EpisodeChanges, type EpisodeEvent, type Origin, type ReceivedMessage } from './episode-changes.ts';
import { EpisodeRepository } from './episode-repository.ts';
import { closeEpisode, type EpisodeState } from './episode-transition.ts';

export interface EpisodeBookDeps {
  readonly database: Database;
  readonly audit: Pick<AuditLog, 'appendAll'>;
  readonly clock: Clock;
  /** Policies have something to look at. */
  readonly onEpisodes: () => void;
}

export interface Applied {
  readonly opened: number;
  readonly closed: number;
  /** Alerts whose start is too far ahead of our clock. */
  readonly future: number;
}

/** Alerts in one transaction, during which nothing else is written: some 10 ms. */
const alertsPerTransaction = 32;

/** Turns messages into episodes: each step of the state machine with its entry in the audit, in one transaction. */
export class EpisodeBook {
  readonly #deps: EpisodeBookDeps;
  readonly #repository: EpisodeRepository;

  constructor(deps: EpisodeBookDeps) {
    this.#deps = deps;
    this.#repository = new EpisodeRepository(deps.database);
  }

  /** Applies messages in their order. What is applied a second time opens and closes nothing. */
  async apply(origin: Origin, messages: readonly ReceivedMessage[]): Promise<Applied> {
    const sum = { opened: 0, closed: 0, future: 0 };
    for (let from = 0; from < messages.length; from += alertsPerTransaction) {
      const changes = await this.#applySome(origin, messages.slice(from, from + alertsPerTransaction));
      sum.opened += changes.events.filter(({ event }) => event === 'opened').length;
      sum.closed += changes.events.filter(({ event }) => event === 'closed').length;
      sum.future += changes.future;
      if (changes.states().some(({ undecided }) => undecided)) {
        this.#deps.onEpisodes();
      }
      await nextTurn();
    }
    return sum;
  }

  /** Closes episodes that the source no longer tells of. */
  async closeByLease(episodes: readonly EpisodeState[]): Promise<void> {
    const nowMs = this.#deps.clock.nowMs();
    for (let from = 0; from < episodes.length; from += alertsPerTransaction) {
      const some = episodes.slice(from, from + alertsPerTransaction).map((one) => closeEpisode(one, 'lease', nowMs));
      await this.#deps.database.transaction().execute(async (transaction) => {
        await this.#repository.save(some, nowMs, transaction);
        await this.#record(
          some.map((episode) => ({ event: 'closed', episode })),
          transaction
        );
      });
      await nextTurn();
    }
  }

  async #applySome(origin: Origin, messages: readonly ReceivedMessage[]): Promise<EpisodeChanges> {
    const fingerprints = [...new Set(messages.map(({ message }) => message.fingerprint))];
    return await this.#deps.database.transaction().execute(async (transaction) => {
      const changes = new EpisodeChanges(origin, await this.#repository.newestOf(origin, fingerprints, transaction));
      messages.forEach((message) => changes.add(message));
      await this.#repository.save(changes.states(), this.#deps.clock.nowMs(), transaction);
      await this.#record(changes.events, transaction);
      return changes;
    });
  }

  async #record(events: readonly EpisodeEvent[], db: Kysely<Tables>): Promise<void> {
    const records = events.map(({ event, episode }) => ({
      kind: `episode.${event}`,
      subject: episode.id,
      actor: episode.sourceKind === 'aiops' ? 'detection' : `webhook ${episode.source}`,
      data: factsOf(event, episode),
    }));
    await this.#deps.audit.appendAll(records, db);
  }
}

function factsOf(event: EpisodeEvent['event'], episode: EpisodeState): Readonly<Record<string, unknown>> {
  const { source, tenant, fingerprint, labels, startsAtMs, closedAtMs, closeReason, flaps, absence } = episode;
  return event === 'opened'
    ? { source, tenant, fingerprint, labels, startsAtMs, flaps, absence }
    : { fingerprint, closedAtMs, closeReason };
}
