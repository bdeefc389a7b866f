import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { WriterSettings } from '../config/config-types.ts';
import type { JobSpec } from '../contract/job.ts';
import type { TickScores } from '../scoring/tick-scores.ts';
import type { Database } from '../store/database.ts';
import { RemoteWriter } from './remote-writer.ts';
import { TickEncoder, type WriteRequest } from './tick-encoder.ts';
import { WriteQueue } from './write-queue.ts';
import type { WriteObserver, WriterStatus } from './writer-status.ts';

/** The messages of one tick for one writer, ready to be queued. */
export interface PreparedWrite {
  readonly writer: string;
  readonly requests: readonly WriteRequest[];
}

/** All writers of the settings. */
export interface RemoteWriters {
  /** The writer that a job's results go to; undefined for none. Its horizons are those to forecast at each tick. */
  writerOf(job: JobSpec): WriterSettings | undefined;
  /** Encodes a tick; undefined when nothing is to be written. Touches no store, so do it before the transaction. */
  prepare(tick: TickScores): PreparedWrite | undefined;
  /** Queues messages as a part of the transaction that stores the tick; call `wake` when it is committed. */
  enqueue(transaction: Database, prepared: PreparedWrite): Promise<void>;
  wake(): void;
  statuses(): Promise<readonly WriterStatus[]>;
  /** Begins to send, what was left by a run before first. */
  start(): Promise<void>;
  /** Ends attempts that run; what waits stays queued. Safe to call twice. */
  stop(): Promise<void>;
}

export interface RemoteWritersDeps {
  readonly database: Database;
  readonly writers: readonly WriterSettings[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer: WriteObserver;
  /** Uniform in [0, 1); chance when left out. */
  readonly random?: () => number;
}

interface OneWriter {
  readonly settings: WriterSettings;
  readonly encoder: TickEncoder;
  readonly sender: RemoteWriter;
}

/** Builds the senders of all writers over one queue in the store. */
export function createRemoteWriters(deps: RemoteWritersDeps): RemoteWriters {
  const { clock, logger, random = Math.random } = deps;
  const queue = new WriteQueue(deps.database);
  const writers = deps.writers.map((settings): OneWriter => {
    const sender = new RemoteWriter({ ...deps, settings, queue, random });
    return { settings, encoder: new TickEncoder(settings.dialects), sender };
  });
  const ofJob = ({ write }: JobSpec): OneWriter | undefined =>
    write === undefined ? writers[0] : writers.find(({ settings }) => settings.name === write);
  return {
    writerOf: (job) => ofJob(job)?.settings,
    prepare(tick) {
      const writer = ofJob(tick.job);
      return writer === undefined ? undefined : prepare(writer, tick, clock.nowMs());
    },
    enqueue: (transaction, { writer, requests }) => queue.enqueue(transaction, writer, requests, clock.nowMs()),
    wake: () => writers.forEach(({ sender }) => sender.wake()),
    statuses: () => Promise.all(writers.map(({ sender }) => sender.status())),
    async start() {
      const dropped = await queue.dropAllBut(writers.map(({ settings }) => settings.name));
      if (dropped.requests > 0) {
        logger.warn(dropped, 'results for writers that are no longer set up were given up');
      }
      writers.forEach(({ sender }) => sender.start());
    },
    async stop() {
      await Promise.all(writers.map(({ sender }) => sender.stop()));
    },
  };
}

function prepare({ settings, encoder, sender }: OneWriter, tick: TickScores, nowMs: number): PreparedWrite | undefined {
  const { requests, futureSamples } = encoder.encode(tick, nowMs);
  sender.tally.dropped('future', { samples: futureSamples, requests: 0 });
  return requests.length === 0 ? undefined : { writer: settings.name, requests };
}
