import type { QueueSize } from './write-queue.ts';
import type { LaterCause, RejectReason } from './write-outcome.ts';

/** How a receiver refused samples for good, last time. */
export interface Rejection {
  readonly reason: RejectReason;
  /** Samples known to be refused: receivers name one of a message, so there may have been more. */
  readonly samples: number;
  readonly lastAtMs: number;
  readonly lastText: string;
}

/** What a page or a person is told about a writer. */
export interface WriterStatus {
  readonly name: string;
  /** `working` until the latest attempt failed. */
  readonly state: 'working' | LaterCause;
  /** Why the latest attempt failed, with what to do; null when it did not. */
  readonly problem: { readonly sinceMs: number; readonly text: string; readonly nextAtMs: number } | null;
  readonly queue: QueueSize;
  readonly writtenSamples: number;
  readonly lastWrittenAtMs: number | null;
  readonly rejected: readonly Rejection[];
  /** Samples that were given up because the queue was full or they got too old. */
  readonly dropped: { readonly samples: number; readonly lastAtMs: number } | null;
}

/** Counts for the backend's own metrics. */
export interface WriteObserver {
  written(writer: string, samples: number): void;
  rejected(writer: string, reason: RejectReason, samples: number): void;
  dropped(writer: string, reason: 'age' | 'size' | 'future', samples: number): void;
  /** One attempt to send a message. */
  attempted(writer: string, outcome: 'accepted' | 'rejected' | LaterCause): void;
}
