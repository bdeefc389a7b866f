import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { LaterCause, RejectReason } from './write-outcome.ts';
import type { Dropped, QueueSize } from './write-queue.ts';
import type { Rejection, WriteObserver, WriterStatus } from './writer-status.ts';

// A receiver that refuses a sample at each tick would fill the log.
const sameLossLoggedEveryMs = 600_000;

interface TallyDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: WriteObserver;
}

/** What became of a writer's messages since the start: for its status, the log and the metrics. */
export class WriterTally {
  readonly #name: string;
  readonly #deps: TallyDeps;
  readonly #rejected = new Map<RejectReason, Rejection>();
  #problem: { sinceMs: number; cause: LaterCause; text: string; nextAtMs: number } | undefined;
  #writtenSamples = 0;
  #lastWrittenAtMs: number | null = null;
  #dropped: { samples: number; lastAtMs: number } | null = null;

  constructor(name: string, deps: TallyDeps) {
    this.#name = name;
    this.#deps = deps;
  }

  accepted(samples: number): void {
    this.#deps.observer.attempted(this.#name, 'accepted');
    this.written(samples);
    this.#worksAgain();
  }

  /** Samples of a message that was refused in part. */
  written(samples: number): void {
    this.#writtenSamples += samples;
    this.#lastWrittenAtMs = this.#deps.clock.nowMs();
    this.#deps.observer.written(this.#name, samples);
  }

  rejected(reason: RejectReason, samples: number, text: string): void {
    const nowMs = this.#deps.clock.nowMs();
    const before = this.#rejected.get(reason);
    this.#rejected.set(reason, { reason, samples: (before?.samples ?? 0) + samples, lastAtMs: nowMs, lastText: text });
    this.#deps.observer.attempted(this.#name, 'rejected');
    this.#deps.observer.rejected(this.#name, reason, samples);
    if (before === undefined || nowMs - before.lastAtMs > sameLossLoggedEveryMs) {
      this.#deps.logger.warn({ writer: this.#name, reason, answer: text }, 'the receiver refused samples');
    }
    // A server that refuses samples for good is there and knows us.
    this.#worksAgain();
  }

  failed(cause: LaterCause, text: string, nextAtMs: number): void {
    const sinceMs = this.#problem?.sinceMs ?? this.#deps.clock.nowMs();
    if (this.#problem?.cause !== cause) {
      this.#deps.logger.warn({ writer: this.#name, cause, problem: text }, 'results wait to be written');
    }
    this.#problem = { sinceMs, cause, text, nextAtMs };
    this.#deps.observer.attempted(this.#name, cause);
  }

  dropped(reason: 'age' | 'size' | 'future', { samples, requests }: Dropped): void {
    if (samples === 0) {
      return;
    }
    const sinceMs = this.#deps.clock.nowMs() - (this.#dropped?.lastAtMs ?? -Infinity);
    this.#dropped = { samples: (this.#dropped?.samples ?? 0) + samples, lastAtMs: this.#deps.clock.nowMs() };
    this.#deps.observer.dropped(this.#name, reason, samples);
    if (sinceMs > sameLossLoggedEveryMs) {
      this.#deps.logger.warn({ writer: this.#name, reason, requests, samples }, 'results were given up unwritten');
    }
  }

  status(queue: QueueSize): WriterStatus {
    const problem = this.#problem;
    return {
      name: this.#name,
      state: problem?.cause ?? 'working',
      problem:
        problem === undefined ? null : { sinceMs: problem.sinceMs, text: problem.text, nextAtMs: problem.nextAtMs },
      queue,
      writtenSamples: this.#writtenSamples,
      lastWrittenAtMs: this.#lastWrittenAtMs,
      rejected: [...this.#rejected.values()],
      dropped: this.#dropped,
    };
  }

  #worksAgain(): void {
    if (this.#problem !== undefined) {
      this.#deps.logger.info({ writer: this.#name }, 'results are written again');
    }
    this.#problem = undefined;
  }
}
