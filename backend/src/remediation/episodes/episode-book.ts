import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { Database } from '../../store/database.ts';
import type { Tables } from '../../store/tables.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { EpisodeChanges, type EpisodeEvent, type Origin } from './episode-changes.ts';
import { EpisodeRepository } from './episode-repository.ts';
import { closeEpisode, type AlertMessage, type EpisodeState } from './episode-transition.ts';

export interface EpisodeBookDeps {
  readonly database: Database;
  readonly audit: Pick<AuditLog, 'append'>;
}

export interface Applied {
  readonly opened: number;
  readonly closed: number;
  /** Episodes that policies have to look at. */
  readonly undecided: number;
  /** Alerts whose start is too far ahead of our clock. */
  readonly future: number;
}

/** Alerts in one transaction, during which nothing else is written. */
const alertsPerTransaction = 100;

/** Turns messages into episodes: each step of the state machine with its entry in the audit, in one transaction. */
export class EpisodeBook {
  readonly #database: Database;
  readonly #audit: EpisodeBookDeps['audit'];
  readonly #repository: EpisodeRepository;

  constructor({ database, audit }: EpisodeBookDeps) {
    this.#database = database;
    this.#audit = audit;
    this.#repository = new EpisodeRepository(database);
  }

  /** Applies messages in their order. What is applied a second time opens and closes nothing. */
  async apply(origin: Origin, messages: readonly AlertMessage[]): Promise<Applied> {
    const sum = { opened: 0, closed: 0, undecided: 0, future: 0 };
    for (let from = 0; from < messages.length; from += alertsPerTransaction) {
      const changes = await this.#applySome(origin, messages.slice(from, from + alertsPerTransaction));
      sum.opened += changes.events.filter(({ event }) => event === 'opened').length;
      sum.closed += changes.events.filter(({ event }) => event === 'closed').length;
      sum.undecided += changes.states().filter(({ undecided }) => undecided).length;
      sum.future += changes.future;
      await nextTurn();
    }
    return sum;
  }

  /** Closes episodes that the source no longer tells of. */
  async closeByLease(episodes: readonly EpisodeState[], nowMs: number): Promise<void> {
    for (let from = 0; from < episodes.length; from += alertsPerTransaction) {
      const some = episodes.slice(from, from + alertsPerTransaction).map((one) => closeEpisode(one, 'lease', nowMs));
      await this.#database.transaction().execute(async (transaction) => {
        await this.#repository.save(some, nowMs, transaction);
        await this.#record(
          some.map((episode) => ({ event: 'closed', episode })),
          transaction
        );
      });
      await nextTurn();
    }
  }

  async #applySome(origin: Origin, messages: readonly AlertMessage[]): Promise<EpisodeChanges> {
    const fingerprints = [...new Set(messages.map(({ fingerprint }) => fingerprint))];
    return await this.#database.transaction().execute(async (transaction) => {
      const changes = new EpisodeChanges(origin, await this.#repository.newestOf(origin, fingerprints, transaction));
      messages.forEach((message) => changes.add(message));
      await this.#repository.save(changes.states(), origin.receivedAtMs, transaction);
      await this.#record(changes.events, transaction);
      return changes;
    });
  }

  async #record(events: readonly EpisodeEvent[], db: Kysely<Tables>): Promise<void> {
    for (const { event, episode } of events) {
      const actor = episode.sourceKind === 'aiops' ? 'detection' : `webhook ${episode.source}`;
      await this.#audit.append({ kind: `episode.${event}`, subject: episode.id, actor, data: factsOf(event, episode) }, db);
    }
  }
}

function factsOf(event: EpisodeEvent['event'], episode: EpisodeState): Readonly<Record<string, unknown>> {
  const { source, tenant, fingerprint, labels, startsAtMs, closedAtMs, closeReason, flaps, absence } = episode;
  return event === 'opened'
    ? { source, tenant, fingerprint, labels, startsAtMs, flaps, absence }
    : { fingerprint, closedAtMs, closeReason };
}
