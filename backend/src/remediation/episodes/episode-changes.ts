import { randomUUID } from 'node:crypto';
import type { Episode } from '../../contract/remediation/episode.ts';
import type { EpisodeOwner, NewestEpisodes } from './episode-repository.ts';
import {
  nextEpisode,
  type AlertMessage,
  type EpisodeDraft,
  type EpisodeState,
  type EpisodeTransition,
} from './episode-transition.ts';

/** Who told. */
export interface Origin extends EpisodeOwner {
  readonly sourceKind: Episode['sourceKind'];
}

export interface ReceivedMessage {
  readonly message: AlertMessage;
  /** When it reached us. */
  readonly receivedAtMs: number;
}

export interface EpisodeEvent {
  readonly event: 'opened' | 'closed';
  readonly episode: EpisodeState;
}

/** What some messages of one source change: the state machine runs over them in memory, message by message. */
export class EpisodeChanges {
  /** Openings and closings in their order. */
  readonly events: EpisodeEvent[] = [];
  /** Alerts whose start is too far ahead of our clock. */
  future = 0;
  readonly #origin: Origin;
  readonly #open: Map<string, EpisodeState>;
  readonly #latestClosed: Map<string, EpisodeState>;
  readonly #touched = new Map<string, EpisodeState>();

  constructor(origin: Origin, newest: NewestEpisodes) {
    this.#origin = origin;
    this.#open = new Map(newest.open);
    this.#latestClosed = new Map(newest.closed);
  }

  add({ message, receivedAtMs }: ReceivedMessage): void {
    const { fingerprint } = message;
    const open = this.#open.get(fingerprint);
    this.#take(nextEpisode(open, this.#latestClosed.get(fingerprint), message, receivedAtMs));
  }

  /** Episodes as they are now, closed ones first: one that opens in the place of another must come after it. */
  states(): EpisodeState[] {
    const all = [...this.#touched.values()];
    return [...all.filter(({ closedAtMs }) => closedAtMs !== null), ...all.filter((one) => one.closedAtMs === null)];
  }

  #take(transition: EpisodeTransition): void {
    switch (transition.kind) {
      case 'opened':
        this.#opened(transition.opened);
        return;
      case 'continued':
        this.#keepOpen(transition.episode);
        return;
      case 'refired':
        this.#closed(transition.closed);
        this.#opened(transition.opened);
        return;
      case 'closed':
        this.#closed(transition.closed);
        return;
      case 'ignored':
        this.future += transition.reason === 'future' ? 1 : 0;
    }
  }

  #opened(draft: EpisodeDraft): void {
    const { source, sourceKind, tenant } = this.#origin;
    const episode = { ...draft, id: randomUUID(), source, sourceKind, tenant };
    this.#keepOpen(episode);
    this.events.push({ event: 'opened', episode });
  }

  #closed(episode: EpisodeState): void {
    this.#open.delete(episode.fingerprint);
    this.#latestClosed.set(episode.fingerprint, episode);
    this.#touched.set(episode.id, episode);
    this.events.push({ event: 'closed', episode });
  }

  #keepOpen(episode: EpisodeState): void {
    this.#open.set(episode.fingerprint, episode);
    this.#touched.set(episode.id, episode);
  }
}
