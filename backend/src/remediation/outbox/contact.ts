import type { Notice } from './notice.ts';

/** What came of one attempt. `refused`: the same attempt would be refused again; somebody else is told at once. */
export type Attempt =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'later' | 'refused'; readonly message: string; readonly retryAfterMs: number };

/** A way to reach people. */
export interface Contact {
  readonly name: string;
  readonly kind: 'webhook' | 'alertmanager' | 'email';
  /**
   * One attempt within the contact's deadline; it may arrive although it is said to have failed.
   * @throws only the signal's reason when aborted
   */
  send(notice: Notice, signal: AbortSignal): Promise<Attempt>;
  stop(): Promise<void>;
}
