import type { Episode } from '../../contract/remediation/episode.ts';

/** Something that people must hear, once. */
export interface Word {
  /** The same key is told once. */
  readonly key: string;
  /** Names of contacts; all of them when empty. */
  readonly contacts: readonly string[];
  readonly kind: 'approval' | 'escalation';
  /** One sentence. */
  readonly text: string;
  readonly episode: Episode;
  readonly policy: string;
  readonly runId: string | null;
}

/** A person who was proved to be one. */
export interface Person {
  readonly name: string;
  readonly role: string;
  /** Where the word was given: grafana, cli, chat. */
  readonly via: string;
}
