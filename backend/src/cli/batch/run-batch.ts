import { setInterval as every } from 'node:timers';
import { AppError, messageOf } from '../../errors.ts';
import { checkOutputs, put } from '../write-outputs.ts';
import type { CommandIo } from '../command.ts';
import type { BatchInput } from '../input-options.ts';
import { TableReader, type TableRows } from '../tables/table-rows.ts';
import { TableError, UndecidedError } from '../tables/table-error.ts';
import { type BatchEntry, readBatchIndex } from './batch-index.ts';

const tickMs = 1_000;
/** A log file gets a line less often than a person who watches. */
const ticksPerLogLine = 10;

/** What is done with each series of a batch. */
export interface BatchWork {
  readonly name: 'forecast' | 'detect';
  readonly workers: number;
  /** The answer for one series; plain data for JSON. */
  answer(entry: BatchEntry, rows: TableRows, signal: AbortSignal): Promise<unknown>;
  stop(): Promise<void>;
}

interface Batch {
  readonly work: BatchWork;
  readonly entries: readonly BatchEntry[];
  readonly answers: Map<string, unknown>;
  failed: number;
}

/**
 * Answers every series of a list with all workers and writes one JSON object, its ids in the order of the list. A series
 * that fails has `{"error": …}` for an answer and is named on stderr; the others go on.
 * @returns the exit code: 1 when any series failed
 */
export async function runBatch(input: BatchInput, work: BatchWork, io: CommandIo): Promise<number> {
  try {
    await checkOutputs({ json: input.json, csv: undefined, plot: undefined });
    const { entries, unknownKeys } = await readBatchIndex(input.index, work.name === 'forecast');
    if (unknownKeys.length > 0) {
      io.stderr.write(
        `warning: these keys of ${input.index} mean nothing and are left out: ${unknownKeys.join(', ')}\n`
      );
    }
    const batch: Batch = { work, entries, answers: new Map(), failed: 0 };
    const done = showProgress(batch, io);
    try {
      await answerAll(batch, new TableReader(input.hints), io);
    } finally {
      done();
    }
    const inOrder = entries.map(({ id }) => [id, batch.answers.get(id)] as const);
    await put(input.json, `${JSON.stringify(Object.fromEntries(inOrder))}\n`, io);
    io.stderr.write(
      `${work.name}: ${entries.length - batch.failed} of ${entries.length} series, ${batch.failed} failed\n`
    );
    return batch.failed > 0 ? 1 : 0;
  } finally {
    await work.stop();
  }
}

/** Keeps the workers busy and no more: one series more in flight than there are workers. */
async function answerAll(batch: Batch, reader: TableReader, io: CommandIo): Promise<void> {
  const waiting = batch.entries.values();
  // A defect of ours in one lane ends the others too.
  const failure = new AbortController();
  const ending = { stderr: io.stderr, signal: AbortSignal.any([io.signal, failure.signal]) };
  const lane = async () => {
    for (const entry of waiting) {
      batch.answers.set(entry.id, await answerOrError(batch, { entry, reader }, ending));
    }
  };
  const lanes = Array.from({ length: batch.work.workers + 1 }, () =>
    lane().catch((error: unknown) => {
      failure.abort(error);
      throw error;
    })
  );
  await Promise.all(lanes);
}

async function answerOrError(
  batch: Batch,
  { entry, reader }: { readonly entry: BatchEntry; readonly reader: TableReader },
  io: Pick<CommandIo, 'stderr' | 'signal'>
): Promise<unknown> {
  io.signal.throwIfAborted();
  try {
    const rows = await reader.read(entry.path, entry.rows);
    return await batch.work.answer(entry, rows, io.signal);
  } catch (error) {
    io.signal.throwIfAborted();
    if (!(error instanceof AppError || error instanceof TableError || error instanceof UndecidedError)) {
      throw error;
    }
    batch.failed += 1;
    const message = messageOf(error);
    const text = message.startsWith(entry.path) ? message : `${entry.path}: ${message}`;
    io.stderr.write(`failed: ${entry.id}: ${text}\n`);
    return { error: text };
  }
}

function showProgress({ work, entries, answers }: Batch, { stderr }: CommandIo): () => void {
  let ticks = 0;
  const timer = every(() => {
    ticks += 1;
    const text = `${work.name}: ${answers.size} of ${entries.length} series`;
    if (stderr.isTTY === true) {
      stderr.write(`\r${text}`);
    } else if (ticks % ticksPerLogLine === 0) {
      stderr.write(`${text}\n`);
    }
  }, tickMs);
  return () => {
    clearInterval(timer);
    if (stderr.isTTY === true && ticks > 0) {
      stderr.write('\r\u001b[K');
    }
  };
}
