import { AppError } from '../errors.ts';
import { trainingKey, type JobRecord } from './job-record.ts';
import { jobDurations } from './job-spec-faults.ts';
import type { JobSources } from './job-sources.ts';
import { nextTrainingAtMs } from './job-state.ts';
import { trainJob, type TrainingDeps } from './training/train-job.ts';

export interface JobRunnerDeps extends TrainingDeps {
  readonly sources: JobSources;
  /** Called after a training ended, whatever came of it. */
  readonly onEnded: (job: string) => void;
}

// While one job waits for its source, another one keeps the workers busy.
const jobsAtOnce = 2;
const maxSleepMs = 30_000;
// Also when the store refuses to write down a failure, the next attempt is not at once.
const restMs = 10_000;

interface Run {
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

/** Looks for jobs that are due and trains them, until it is stopped. What is due is read from the store each time. */
export class JobRunner {
  readonly #deps: JobRunnerDeps;
  readonly #runs = new Map<string, Run>();
  readonly #held = new Set<string>();
  readonly #restUntilMs = new Map<string, number>();
  readonly #stopping = new AbortController();
  #wake = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(deps: JobRunnerDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new AppError('busy', 'the server is stopping'));
    this.#wake.abort();
    this.#runs.forEach(({ controller }) => controller.abort(this.#stopping.signal.reason));
    await this.#loop;
    await Promise.all([...this.#runs.values()].map(({ ended }) => ended));
  }

  isRunning(job: string): boolean {
    return this.#runs.has(job);
  }

  /** Looks again now: something changed. */
  wake(): void {
    this.#wake.abort();
  }

  /** Does something to a job while no training of it runs; one that runs is ended first. */
  async whileHeld<T>(job: string, action: () => Promise<T>): Promise<T> {
    this.#held.add(job);
    try {
      const run = this.#runs.get(job);
      run?.controller.abort(new AppError('conflict', 'the job changed'));
      await run?.ended;
      return await action();
    } finally {
      this.#held.delete(job);
      this.#restUntilMs.delete(job);
      this.wake();
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#wake = new AbortController();
      const sleepMs = await this.#startDue().catch((error: unknown) => {
        this.#deps.logger.error({ err: error }, 'jobs could not be read');
        return restMs;
      });
      const signal = AbortSignal.any([this.#wake.signal, this.#stopping.signal]);
      // woken or not: it looks again
      await this.#deps.clock.sleep(sleepMs, signal).catch(() => undefined);
    }
  }

  /** Starts what is due and has room; answers how long nothing more can become due. */
  async #startDue(): Promise<number> {
    const nowMs = this.#deps.clock.nowMs();
    const waiting = (await this.#deps.jobs.all())
      .filter(({ spec }) => !this.#runs.has(spec.name) && !this.#held.has(spec.name))
      .flatMap((record) => {
        const dueAtMs = nextTrainingAtMs(record, this.#keyOf(record));
        const restUntilMs = this.#restUntilMs.get(record.spec.name) ?? 0;
        return dueAtMs === null ? [] : [{ record, dueAtMs: Math.max(dueAtMs, restUntilMs) }];
      })
      .sort((a, b) => a.dueAtMs - b.dueAtMs);
    const due = waiting.filter(({ dueAtMs }) => dueAtMs <= nowMs);
    due.slice(0, Math.max(0, jobsAtOnce - this.#runs.size)).forEach(({ record }) => {
      this.#begin(record);
    });
    const next = waiting.find(({ dueAtMs }) => dueAtMs > nowMs);
    return Math.min(maxSleepMs, (next?.dueAtMs ?? Infinity) - nowMs);
  }

  #keyOf({ spec }: JobRecord): string {
    return trainingKey(spec, this.#deps.sources.nameOf(spec));
  }

  #begin(record: JobRecord): void {
    const { name } = record.spec;
    if (this.#held.has(name) || this.#stopping.signal.aborted) {
      return;
    }
    const controller = new AbortController();
    const ended = this.#train(record, controller.signal).finally(() => {
      this.#runs.delete(name);
      this.#deps.onEnded(name);
      this.wake();
    });
    this.#runs.set(name, { controller, ended });
    this.#deps.publish({ kind: 'job', job: name, change: 'state' });
  }

  async #train(record: JobRecord, signal: AbortSignal): Promise<void> {
    const { clock, logger, sources } = this.#deps;
    const { spec } = record;
    try {
      const store = sources.storeOf(spec);
      const endMs = sources.newestMs(spec, clock.nowMs(), jobDurations(spec).stepMs);
      const trained = await trainJob(this.#deps, { record, key: this.#keyOf(record), store, endMs }, signal);
      this.#restUntilMs.set(spec.name, trained ? 0 : clock.nowMs() + restMs);
    } catch (error) {
      this.#restUntilMs.set(spec.name, clock.nowMs() + restMs);
      logger.error({ err: error, job: spec.name }, 'a training could not be run');
      if (error instanceof AppError) {
        await this.#recordFailure(spec.name, error);
      }
    }
  }

  async #recordFailure(job: string, { code, message }: AppError): Promise<void> {
    const { jobs, clock, logger } = this.#deps;
    await jobs.recordFailure(job, clock.nowMs(), { code, message }).catch((error: unknown) => {
      logger.error({ err: error, job }, 'a failure could not be recorded');
    });
  }
}
