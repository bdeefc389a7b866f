import type { Logger } from 'pino';
import { compressSync, uncompressSync } from 'snappy';
import type { Clock } from '../clock.ts';
import type { WriterSettings } from '../config/config-types.ts';
import { backOffMs } from '../delivery/back-off.ts';
import { HttpTarget } from '../delivery/http-target.ts';
import { WakeUp } from '../delivery/wake-up.ts';
import { AppError, type ErrorCode, messageOf } from '../errors.ts';
import { halves, joinParts, type MessagePart, wholeMessage } from './message-parts.ts';
import { type LaterCause, outcomeOf, type WriteOutcome } from './write-outcome.ts';
import type { QueuedRequest, WriteQueue } from './write-queue.ts';
import { WriterTally } from './writer-tally.ts';
import type { WriteObserver, WriterStatus } from './writer-status.ts';

// Mimir and Prometheus take no sample more than an hour older than their newest; twice that for those that were away too.
const longestWaitInQueueMs = 7_200_000;
const trimEveryMs = 10_000;
const idleMs = 10_000;
const afterStoreFaultMs = 5_000;
/** A wait beyond any back-off means that the clock was set back. */
const longestBackOffMs = 600_000;
/** How many refusals of parts are worth finding the good samples of one message. */
const refusedPartsPerMessage = 64;

export interface RemoteWriterDeps {
  readonly settings: WriterSettings;
  readonly queue: WriteQueue;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: WriteObserver;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Sends the queued messages of one writer, one at a time and oldest first, until it is stopped. */
export class RemoteWriter {
  readonly tally: WriterTally;
  readonly #deps: RemoteWriterDeps;
  readonly #target: HttpTarget;
  readonly #wakeUp: WakeUp;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #trimmedAtMs = -Infinity;

  constructor(deps: RemoteWriterDeps) {
    const { settings, clock } = deps;
    this.#deps = deps;
    this.tally = new WriterTally(settings.name, deps);
    this.#target = new HttpTarget({ ...settings, name: `writer ${settings.name}` });
    this.#wakeUp = new WakeUp(clock);
  }

  start(): void {
    this.#running ??= this.#run(this.#stopping.signal);
  }

  /** Ends the attempt that runs; its message stays in the queue. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#target.stop();
  }

  /** Looks at the queue now: to be called after a message was committed. */
  wake(): void {
    this.#wakeUp.call();
  }

  async status(): Promise<WriterStatus> {
    return this.tally.status(await this.#deps.queue.size(this.#deps.settings.name));
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waitMs = await this.#step(signal).catch((error: unknown) => this.#storeFault(error, signal));
      await this.#wakeUp.sleep(waitMs, signal).catch(() => undefined);
    }
  }

  /** The queue can't be read or written, such as when the disk is full: what waits there is tried again. */
  #storeFault(error: unknown, signal: AbortSignal): number {
    if (!signal.aborted) {
      this.#deps.logger.error({ err: error, writer: this.#deps.settings.name }, 'the write queue failed');
    }
    return afterStoreFaultMs;
  }

  /** Sends what is due. @returns how long to wait for the next look */
  async #step(signal: AbortSignal): Promise<number> {
    const { queue, clock, settings } = this.#deps;
    await this.#trim();
    const head = await queue.head(settings.name);
    if (head === undefined) {
      return idleMs;
    }
    const waitMs = head.nextAtMs - clock.nowMs();
    if (waitMs > 0 && waitMs <= longestBackOffMs) {
      return Math.min(waitMs, trimEveryMs);
    }
    const outcome = await this.#send(head.body, head.attempts, signal);
    await this.#settle(head, outcome, signal);
    return 0;
  }

  async #trim(): Promise<void> {
    const { queue, clock, settings } = this.#deps;
    const nowMs = clock.nowMs();
    if (Math.abs(nowMs - this.#trimmedAtMs) < trimEveryMs) {
      return;
    }
    this.tally.dropped('age', await queue.dropOlder(settings.name, nowMs - longestWaitInQueueMs));
    this.tally.dropped('size', await queue.dropBeyond(settings.name, settings.queueBytes));
    this.#trimmedAtMs = nowMs;
  }

  async #settle(head: QueuedRequest, outcome: WriteOutcome, signal: AbortSignal): Promise<void> {
    const { queue } = this.#deps;
    switch (outcome.kind) {
      case 'accepted':
        await queue.remove(head.id);
        this.tally.accepted(head.samples);
        return;
      case 'later':
        await this.#postpone(head, outcome);
        return;
      case 'too-large':
      case 'rejected': {
        if (outcome.kind === 'rejected' && outcome.rest === 'kept') {
          await queue.remove(head.id);
          this.#countPartial(outcome, head.samples);
          return;
        }
        const whole = wholeMessage(uncompressed(head.body));
        await this.#sendParts(head, { whole, outcome }, signal);
      }
    }
  }

  /** Of a message that was refused in part the good samples are kept, and one bad one is named. */
  #countPartial({ reason, text }: Extract<WriteOutcome, { kind: 'rejected' }>, samples: number): void {
    this.tally.rejected(reason, 1, text);
    this.tally.written(samples - 1);
  }

  /**
   * Halves a message until its good parts pass. Prometheus 2 gives up a whole message for one bad sample, and a message
   * larger than a receiver's burst never passes whole. Sending a sample again that was taken already does no harm.
   */
  async #sendParts(
    head: QueuedRequest,
    { whole, outcome: first }: { readonly whole: MessagePart; readonly outcome: WriteOutcome },
    signal: AbortSignal
  ): Promise<void> {
    const waiting = [whole];
    let outcome = first;
    let refused = 0;
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      if (part !== whole) {
        outcome = await this.#send(compressed(part), head.attempts, signal);
      }
      if (outcome.kind === 'later') {
        const rest = joinParts([part, ...waiting]);
        await this.#postpone(head, outcome, { body: compressed(rest), samples: rest.samples });
        return;
      }
      refused += outcome.kind === 'rejected' ? 1 : 0;
      waiting.push(...this.#afterPart(part, outcome, refused < refusedPartsPerMessage));
    }
    await this.#deps.queue.remove(head.id);
  }

  /** Counts what came of a part. @returns the smaller parts to try */
  #afterPart(
    part: MessagePart,
    outcome: Exclude<WriteOutcome, { kind: 'later' }>,
    mayDivide: boolean
  ): readonly MessagePart[] {
    if (outcome.kind === 'accepted') {
      this.tally.accepted(part.samples);
      return [];
    }
    if (outcome.kind === 'rejected' && outcome.rest === 'kept') {
      this.#countPartial(outcome, part.samples);
      return [];
    }
    const smaller = mayDivide ? halves(part) : undefined;
    if (smaller === undefined) {
      const reason = outcome.kind === 'rejected' ? outcome.reason : 'other';
      this.tally.rejected(reason, part.samples, outcome.text);
    }
    return smaller ?? [];
  }

  async #postpone(
    head: QueuedRequest,
    { cause, text, retryAfterMs }: Extract<WriteOutcome, { kind: 'later' }>,
    rest: { readonly body?: Uint8Array; readonly samples?: number } = {}
  ): Promise<void> {
    const { queue, clock, random } = this.#deps;
    const attempts = head.attempts + 1;
    const nextAtMs = clock.nowMs() + backOffMs(attempts, random(), retryAfterMs);
    await queue.postpone(head.id, { attempts, nextAtMs, ...rest });
    this.tally.failed(cause, text, nextAtMs);
  }

  async #send(body: Uint8Array, attempts: number, signal: AbortSignal): Promise<WriteOutcome> {
    const { tenant } = this.#deps.settings;
    const headers = {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
      ...(tenant !== undefined && { 'x-scope-orgid': tenant }),
      // Mimir asks for more patience at each further attempt.
      ...(attempts > 0 && { 'retry-attempt': String(attempts) }),
    };
    try {
      const reply = await this.#target.post({ path: '', headers, body }, signal);
      const outcome = outcomeOf(reply, this.#deps.clock.nowMs());
      return 'text' in outcome ? { ...outcome, text: `${this.#target.where}: ${outcome.text}` } : outcome;
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'later', cause: causeOf(error), text: messageOf(error), retryAfterMs: 0 };
    }
  }
}

const settingFaults: Readonly<Partial<Record<ErrorCode, LaterCause>>> = {
  config_invalid: 'unauthorized',
  source_dns: 'misdirected',
  source_tls: 'misdirected',
  source_not_prometheus: 'misdirected',
};

function causeOf(error: unknown): LaterCause {
  return (error instanceof AppError ? settingFaults[error.code] : undefined) ?? 'unavailable';
}

function uncompressed(body: Uint8Array): Uint8Array {
  return Buffer.from(uncompressSync(Buffer.from(body), { asBuffer: true }));
}

function compressed({ bytes }: MessagePart): Uint8Array {
  return compressSync(Buffer.from(bytes), { copyOutputData: true });
}
