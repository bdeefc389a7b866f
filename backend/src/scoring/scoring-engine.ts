import type { Logger } from 'pino';
import type { AnomalyRepository } from '../anomalies/anomaly-repository.ts';
import type { Clock } from '../clock.ts';
import type { ServerEvent } from '../contract/api.ts';
import type { JobSpec } from '../contract/job.ts';
import { AppError, messageOf } from '../errors.ts';
import type { BandReader } from '../jobs/band-reader.ts';
import type { JobRepository } from '../jobs/job-repository.ts';
import type { JobSources } from '../jobs/job-sources.ts';
import type { RemoteWriters } from '../remote-write/create-remote-writers.ts';
import type { Database } from '../store/database.ts';
import { isSqliteError } from '../store/store-error.ts';
import type { Labels } from '../timeseries/series.ts';
import { dueAtMs } from './due.ts';
import { learnJoint } from './learn-joint.ts';
import { loadJob } from './live-job.ts';
import { statusOf, updateEntries, type Entry } from './scored-jobs.ts';
import type { ScoringRepository } from './scoring-repository.ts';
import type { JobScoring, Scoring, TickReport } from './scoring.ts';
import { runTick, type TickDeps, type TickOutcome } from './tick.ts';

export interface EngineDeps {
  readonly database: Database;
  readonly repositories: {
    readonly jobs: JobRepository;
    readonly scoring: ScoringRepository;
    readonly anomalies: AnomalyRepository;
  };
  readonly sources: JobSources;
  readonly bands: Pick<BandReader, 'readBands'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly maxSeries: number;
  readonly writers?: Pick<RemoteWriters, 'writerOf' | 'prepare' | 'enqueue' | 'wake'> | undefined;
  readonly subscribe: (listener: (event: ServerEvent) => void) => () => void;
  readonly publish: (event: ServerEvent) => void;
  readonly widening: (labels: Labels, timeMs: number) => number;
  readonly mutedBy: (job: JobSpec, labels: Labels, timeMs: number) => string | undefined;
  readonly onTick?: ((tick: TickReport) => void) | undefined;
}

/** While some jobs wait for their source, others are scored; a source that hangs must not hold up those of others. */
const ticksAtOnce = { all: 16, ofSource: 8 };
/** Series that came after the training are forgotten when they are so many times more than a job may have. */
const mostSeriesTimes = 4;
const maxSleepMs = 30_000;
const restMs = 5_000;
const mostDeadlineMs = 30_000;
/** A tick that took longer than this part of the step would meet the next one. */
const deadlineShare = 0.8;
const retentionMs = 90 * 86_400_000;
const pruneEveryMs = 3_600_000;

/** Looks which jobs have new values and scores them, a few at a time, until it is stopped. */
export class ScoringEngine implements Scoring {
  readonly #deps: EngineDeps;
  readonly #tick: TickDeps;
  readonly #entries = new Map<string, Entry>();
  readonly #stopping = new AbortController();
  #wake = new AbortController();
  #jobsChanged = true;
  #prunedAtMs = 0;
  #loop: Promise<void> | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(deps: EngineDeps) {
    this.#deps = deps;
    const { scoring, anomalies } = deps.repositories;
    this.#tick = { ...deps, writers: deps.writers, scoring, anomalies, holder: scoring.newHolder() };
  }

  async start(): Promise<void> {
    if (this.#loop !== undefined) {
      return;
    }
    this.#unsubscribe = this.#deps.subscribe((event) => {
      this.#hear(event);
    });
    await this.#deps.repositories.scoring.dropDeadLeases();
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#unsubscribe?.();
    this.#stopping.abort(new AppError('busy', 'the server is stopping'));
    this.#wake.abort();
    await this.#loop;
    await Promise.all([...this.#entries.values()].map(({ running }) => running));
    await this.#keepDetectors().catch((error: unknown) => {
      this.#deps.logger.error({ err: error }, 'what detectors remember could not be kept');
    });
  }

  status(): readonly JobScoring[] {
    return [...this.#entries.values()].map(statusOf);
  }

  /** What a training or a change of a job makes invalid is read anew before the job's next tick. */
  #hear(event: ServerEvent): void {
    if (event.kind === 'job' || (event.kind === 'training' && event.ended)) {
      const entry = this.#entries.get(event.job);
      if (entry !== undefined) {
        entry.stale = true;
      }
      this.#jobsChanged = true;
      this.#wake.abort();
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#wake = new AbortController();
      const sleepMs = await this.#startDue().catch((error: unknown) => {
        this.#deps.logger.error({ err: error }, 'jobs to score could not be read');
        return restMs;
      });
      const signal = AbortSignal.any([this.#wake.signal, this.#stopping.signal]);
      // woken or not: it looks again
      await this.#deps.clock.sleep(sleepMs, signal).catch(() => undefined);
    }
  }

  /** Starts ticks that are due and have room; answers how long nothing more can become due. */
  async #startDue(): Promise<number> {
    if (this.#jobsChanged) {
      this.#jobsChanged = false;
      const { repositories, sources } = this.#deps;
      const isLeft = updateEntries(this.#entries, await repositories.jobs.all(), sources);
      // one that is being scored is looked at again when it ended
      this.#jobsChanged ||= isLeft;
    }
    await this.#prune();
    const nowMs = this.#deps.clock.nowMs();
    const waiting = [...this.#entries.values()]
      .filter(({ running }) => running === undefined)
      .map((entry) => ({ entry, atMs: this.#dueAtMs(entry, nowMs) }))
      .sort((a, b) => a.atMs - b.atMs);
    this.#beginSome(waiting.filter(({ atMs }) => atMs <= nowMs).map(({ entry }) => entry));
    const next = waiting.find(({ atMs }) => atMs > nowMs);
    return Math.max(1, Math.min(maxSleepMs, (next?.atMs ?? Infinity) - nowMs));
  }

  #beginSome(due: readonly Entry[]): void {
    const sourceOf = ({ record }: Entry) => this.#deps.sources.nameOf(record.spec);
    const running = [...this.#entries.values()].filter((entry) => entry.running !== undefined).map(sourceOf);
    for (const entry of due) {
      const source = sourceOf(entry);
      if (running.length >= ticksAtOnce.all) {
        return;
      }
      if (running.filter((name) => name === source).length < ticksAtOnce.ofSource) {
        running.push(source);
        this.#begin(entry);
      }
    }
  }

  #dueAtMs(entry: Entry, nowMs: number): number {
    const { record, stepMs, live, attemptedToMs } = entry;
    // with a grid of a millisecond the newest instant is now less the source's delay
    const delayMs = nowMs - this.#deps.sources.newestMs(record.spec, nowMs, 1);
    const doneMs = Math.max(live?.scoredToMs ?? 0, attemptedToMs);
    return dueAtMs({ name: record.spec.name, stepMs, nowMs, delayMs }, doneMs);
  }

  #begin(entry: Entry): void {
    const startedMs = performance.now();
    entry.attemptedToMs = this.#deps.sources.newestMs(entry.record.spec, this.#deps.clock.nowMs(), entry.stepMs);
    entry.running = this.#score(entry)
      .then((outcome) => {
        this.#report(entry, outcome, startedMs);
      })
      .finally(() => {
        entry.running = undefined;
        this.#wake.abort();
      });
  }

  /** Never rejects: what went wrong is kept with the job. */
  async #score(entry: Entry): Promise<TickOutcome | undefined> {
    const { clock, logger, repositories } = this.#deps;
    const { name } = entry.record.spec;
    const done = new AbortController();
    const deadline = new AbortController();
    const deadlineMs = Math.min(mostDeadlineMs, deadlineShare * entry.stepMs);
    clock.sleep(deadlineMs, done.signal).then(
      () => {
        deadline.abort(new AppError('deadline_exceeded', `the tick took longer than ${deadlineMs / 1_000} s`));
      },
      () => undefined
    );
    const signal = AbortSignal.any([deadline.signal, this.#stopping.signal]);
    try {
      const outcome = await this.#scoreNow(entry, signal);
      entry.error = null;
      entry.scoredAtMs = outcome.kind === 'scored' ? clock.nowMs() : entry.scoredAtMs;
      entry.skippedSteps += outcome.skippedSteps;
      if (outcome.skippedSteps > 0) {
        logger.warn({ job: name, steps: outcome.skippedSteps }, 'steps too far back were not scored');
      }
      return outcome;
    } catch (error) {
      entry.live = undefined;
      if (this.#stopping.signal.aborted) {
        return { kind: 'nothing', steps: 0, skippedSteps: 0 };
      }
      const message = sentenceOf(error);
      logger.warn({ err: error, job: name }, 'a tick failed; the next one begins where it began');
      if (entry.error !== message) {
        await repositories.scoring.saveError(name, message).catch(() => undefined);
      }
      entry.error = message;
      return undefined;
    } finally {
      done.abort();
    }
  }

  async #scoreNow(entry: Entry, signal: AbortSignal): Promise<TickOutcome> {
    const { repositories, bands, writers, mutedBy, clock } = this.#deps;
    if (entry.stale) {
      entry.stale = false;
      entry.live = undefined;
    }
    const { record } = entry;
    const { spec } = record;
    if (entry.live === undefined) {
      const live = await loadJob(record, {
        ...repositories,
        bands,
        horizonsMs: writers?.writerOf(spec)?.horizonsMs ?? [],
        mutedBy: (labels) => mutedBy(spec, labels, clock.nowMs()),
      });
      await learnJoint(live, { ...this.#deps, nowMs: clock.nowMs() }, signal);
      entry.live = live;
    }
    const outcome = await runTick(this.#tick, entry.live, signal);
    if (outcome.kind === 'held' || outcome.kind === 'moved') {
      entry.live = undefined;
    }
    entry.stale ||= (entry.live?.series.length ?? 0) > mostSeriesTimes * this.#deps.maxSeries;
    return outcome;
  }

  #report(entry: Entry, outcome: TickOutcome | undefined, startedMs: number): void {
    if (outcome?.kind === 'nothing') {
      return;
    }
    this.#deps.onTick?.({
      job: entry.record.spec.name,
      outcome: outcome === undefined ? 'failed' : outcome.kind === 'scored' ? 'scored' : 'held',
      seconds: (performance.now() - startedMs) / 1_000,
      series: entry.live?.series.length ?? 0,
      steps: outcome?.steps ?? 0,
      scoredToMs: outcome?.kind === 'scored' ? (entry.live?.scoredToMs ?? null) : null,
    });
  }

  async #prune(): Promise<void> {
    const nowMs = this.#deps.clock.nowMs();
    if (Math.abs(nowMs - this.#prunedAtMs) >= pruneEveryMs) {
      this.#prunedAtMs = nowMs;
      await this.#deps.repositories.anomalies.prune(nowMs - retentionMs);
    }
  }

  async #keepDetectors(): Promise<void> {
    const { scoring } = this.#deps.repositories;
    for (const { live, stale } of this.#entries.values()) {
      if (live?.scoredToMs !== undefined && !stale) {
        await scoring.saveDetectors(
          live.series.filter(({ hasBand }) => hasBand),
          live.scoredToMs
        );
      }
    }
    await scoring.dropLeases(this.#tick.holder);
    this.#entries.clear();
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof AppError) {
    return error.message;
  }
  return isSqliteError(error) ? `the store refused: ${error.message}` : `an unexpected error: ${messageOf(error)}`;
}
