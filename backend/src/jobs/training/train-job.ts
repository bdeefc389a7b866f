import type { Logger } from 'pino';
import type { ServerEvent } from '../../contract/api.ts';
import type { Clock } from '../../clock.ts';
import type { JobSpec } from '../../contract/job.ts';
import type { MetricStore } from '../../datasources/metrics/metric-store.ts';
import { AppError, messageOf } from '../../errors.ts';
import type { ForecastOutcome, ForecastTask, TrainingPool } from '../../forecasting/forecast-task.ts';
import { decodeDetectors, encodeDetectors, makeDetectors } from '../../scoring/series-detectors.ts';
import { isSqliteError } from '../../store/store-error.ts';
import { labelKey, type LabelledSeries } from '../../timeseries/series.ts';
import type { BandRepository, SavedSeries } from '../band-repository.ts';
import type { FitRepository } from '../fit-repository.ts';
import { seriesIdOf, type JobRecord, type StoredError } from '../job-record.ts';
import type { JobRepository } from '../job-repository.ts';
import { jobDurations } from '../job-spec-faults.ts';
import type { SeriesRepository } from '../series-repository.ts';
import { Siblings } from './borrow-from-siblings.ts';
import { forecastTask, readHistory } from './forecast-request.ts';
import { widenOnHolidays } from './holiday-bands.ts';
import { learnableHistory, type TrainingContext, type Unlearnable } from './learnable-history.ts';
import { TrainingTally } from './training-tally.ts';

export interface TrainingDeps {
  readonly jobs: JobRepository;
  readonly fits: FitRepository;
  readonly series: SeriesRepository;
  readonly bands: BandRepository;
  readonly pool: TrainingPool;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly maxSeries: number;
  readonly context: TrainingContext;
  readonly newId: () => string;
  readonly publish: (event: ServerEvent) => void;
}

export interface TrainingTarget {
  readonly record: JobRecord;
  readonly key: string;
  readonly store: MetricStore;
  /** End of the history, on the job's grid. */
  readonly endMs: number;
}

interface Training extends TrainingTarget {
  readonly fitId: string;
  readonly startedAtMs: number;
  readonly progress: { done: number; total: number; failed: number };
}

const busyWaitMs = 1_000;
// Ten minutes of a full queue: whoever fills it is not going to stop.
const maxBusyWaits = 600;

/**
 * Trains every series of a job once and keeps what comes of it, series by series. A failure is recorded, not thrown;
 * an abort leaves the fit `interrupted`.
 * @returns whether the job was trained
 * @throws what the store throws when not even the failure can be written
 */
export async function trainJob(deps: TrainingDeps, target: TrainingTarget, signal: AbortSignal): Promise<boolean> {
  const { spec } = target.record;
  const training: Training = {
    ...target,
    fitId: deps.newId(),
    startedAtMs: deps.clock.nowMs(),
    progress: { done: 0, total: 0, failed: 0 },
  };
  const log = deps.logger.child({ job: spec.name, fitId: training.fitId });
  await deps.fits.begin({
    id: training.fitId,
    job: spec.name,
    startedAtMs: training.startedAtMs,
    trainedFromMs: target.endMs - jobDurations(spec).trainingMs,
    trainedToMs: target.endMs,
  });
  try {
    await trainSeries(deps, training, signal);
    log.info({ tookMs: deps.clock.nowMs() - training.startedAtMs, ...training.progress }, 'job trained');
    return true;
  } catch (cause) {
    await recordEnd(deps, { training, cause, log }, signal);
    return false;
  } finally {
    publishProgress(deps, training, true);
  }
}

async function recordEnd(
  deps: TrainingDeps,
  { training, cause, log }: { readonly training: Training; readonly cause: unknown; readonly log: Logger },
  signal: AbortSignal
): Promise<void> {
  const endedAtMs = deps.clock.nowMs();
  if (signal.aborted) {
    await deps.fits.end(training.fitId, { state: 'interrupted', endedAtMs, error: undefined });
    return;
  }
  const error = storedError(cause);
  log.warn({ err: cause, code: error.code }, 'training failed');
  await deps.fits.end(training.fitId, { state: 'failed', endedAtMs, error });
  await deps.jobs.recordFailure(training.record.spec.name, endedAtMs, error);
}

function publishProgress(deps: TrainingDeps, { record, fitId, progress }: Training, ended: boolean): void {
  deps.publish({ kind: 'training', job: record.spec.name, fitId, ...progress, ended });
}

function storedError(cause: unknown): StoredError {
  if (cause instanceof AppError) {
    return { code: cause.code, message: cause.message };
  }
  if (isSqliteError(cause)) {
    return { code: 'store_unusable', message: `the store refused to write: ${cause.message}` };
  }
  return { code: 'internal', message: `an unexpected error: ${messageOf(cause)}; the log has more` };
}

async function trainSeries(deps: TrainingDeps, training: Training, signal: AbortSignal): Promise<void> {
  const { record, store, endMs, fitId, key, startedAtMs } = training;
  const { name } = record.spec;
  const window = { endMs, nowMs: startedAtMs, maxSeries: deps.maxSeries };
  const { series: waiting, warnings } = await readHistory(store, record.spec, window, signal);
  const total = waiting.length;
  await deps.fits.setRead(fitId, total, warnings);
  training.progress.total = total;
  const unlearnable = await readUnlearnable(deps, record.spec, endMs);
  const seriesTraining = { ...training, unlearnable, siblings: new Siblings(), young: [] };
  const { tally, firstError } = await fitAll(deps, seriesTraining, waiting, signal);
  await keepYoung(deps, seriesTraining, tally, signal);
  if (firstError !== undefined && training.progress.failed === total) {
    throw firstError;
  }
  const seenBeforeMs = endMs - jobDurations(record.spec).trainingMs;
  await deps.series.dropGone(name, { seenBeforeMs, key });
  const endedAtMs = deps.clock.nowMs();
  await deps.fits.end(fitId, { state: 'done', endedAtMs, error: undefined });
  await deps.jobs.recordTrained(name, {
    trainedAtMs: startedAtMs,
    trainedToMs: endMs,
    trainedKey: key,
    attemptedAtMs: endedAtMs,
    result: tally.result(total),
  });
  await deps.fits.prune(name);
}

/** What people said about the history, and the holidays that it and the forecast hold. */
async function readUnlearnable(deps: TrainingDeps, spec: JobSpec, endMs: number): Promise<Unlearnable> {
  const { trainingMs, horizonMs, retrainMs } = jobDurations(spec);
  const holidays = deps.context.holidays(spec, endMs - trainingMs, endMs + horizonMs + retrainMs);
  return { excluded: await deps.context.excluded(spec.name), holidays };
}

interface Fitted {
  readonly saved: SavedSeries;
  readonly outcome: ForecastOutcome;
}

interface SeriesTraining extends Training {
  readonly unlearnable: Unlearnable;
  readonly siblings: Siblings;
  /** Too young for a model; they are kept when all others are fitted. */
  readonly young: Fitted[];
}

interface FitAllOutcome {
  readonly tally: TrainingTally;
  firstError: AppError | undefined;
}

/** Keeps the workers busy and no more: one series more in flight than there are workers. */
async function fitAll(
  deps: TrainingDeps,
  training: SeriesTraining,
  waiting: LabelledSeries[],
  signal: AbortSignal
): Promise<FitAllOutcome> {
  const outcome: FitAllOutcome = { tally: new TrainingTally(), firstError: undefined };
  const { progress } = training;
  // A lane that throws must end the others: what they would write belongs to a failed training.
  const failure = new AbortController();
  const both = AbortSignal.any([signal, failure.signal]);
  const lane = async () => {
    for (let series = waiting.pop(); series !== undefined; series = waiting.pop()) {
      const error = await fitOne(deps, training, { series, tally: outcome.tally }, both);
      progress.done++;
      progress.failed += error === undefined ? 0 : 1;
      outcome.firstError ??= error;
      publishProgress(deps, training, false);
    }
  };
  const lanes = Array.from({ length: Math.min(waiting.length, deps.pool.load().workers + 1) }, () =>
    lane().catch((error: unknown) => {
      failure.abort(error);
      throw error;
    })
  );
  // All lanes end before this does: nothing of a training may be written after it is over.
  await Promise.allSettled(lanes);
  both.throwIfAborted();
  return outcome;
}

/** Answers the error of a series that could not be forecast; throws what must end the training. */
async function fitOne(
  deps: TrainingDeps,
  training: SeriesTraining,
  work: { readonly series: LabelledSeries; readonly tally: TrainingTally },
  signal: AbortSignal
): Promise<AppError | undefined> {
  const { spec } = training.record;
  const { horizonMs, retrainMs } = jobDurations(spec);
  const saved = savedSeries(training, work.series);
  const { holidays, excluded } = training.unlearnable;
  const ofSeries = excluded.filter(({ seriesId }) => seriesId === null || seriesId === saved.id);
  const { series, notes } = learnableHistory(work.series, { holidays, excluded: ofSeries });
  let outcome: ForecastOutcome;
  try {
    const made = await runWhenFree(deps, forecastTask(spec, series, horizonMs + retrainMs), signal);
    outcome = widenOnHolidays({ ...made, notes: [...made.notes, ...notes] }, holidays, spec.range);
  } catch (error) {
    if (signal.aborted || !(error instanceof AppError)) {
      throw error;
    }
    await deps.bands.saveFailure(saved, error.message);
    return error;
  }
  if (outcome.state === 'warming-up') {
    training.young.push({ saved, outcome });
    return undefined;
  }
  training.siblings.add(saved.labels, outcome);
  await keep(deps, spec, { saved, outcome });
  work.tally.add(outcome);
  return undefined;
}

async function keep(deps: TrainingDeps, spec: JobSpec, { saved, outcome }: Fitted): Promise<void> {
  await deps.bands.saveOutcome(saved, outcome, (band, before) =>
    encodeDetectors(makeDetectors(spec, outcome, band, before && decodeDetectors(before)))
  );
}

/** Series without a model borrow from those that have one. */
async function keepYoung(
  deps: TrainingDeps,
  { record: { spec }, young, siblings }: SeriesTraining,
  tally: TrainingTally,
  signal: AbortSignal
): Promise<void> {
  const levels = [...new Set(spec.levels)].sort((a, b) => a - b);
  for (const { saved, outcome } of young) {
    signal.throwIfAborted();
    const lent = siblings.lend(saved.labels, outcome, { levels, range: spec.range });
    await keep(deps, spec, { saved, outcome: lent });
    tally.add(lent);
  }
}

async function runWhenFree(deps: TrainingDeps, task: ForecastTask, signal: AbortSignal): Promise<ForecastOutcome> {
  for (let waits = 0; waits < maxBusyWaits; waits++) {
    try {
      return await deps.pool.run(task, signal);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'busy' || signal.aborted) {
        throw error;
      }
    }
    await deps.clock.sleep(busyWaitMs, signal);
  }
  throw new AppError('busy', 'the training workers had no room for ten minutes');
}

function savedSeries(training: Training, series: LabelledSeries): SavedSeries {
  const { record, endMs } = training;
  const key = labelKey(series.labels);
  return {
    id: seriesIdOf(record.spec.name, key),
    job: record.spec.name,
    fitId: training.fitId,
    labels: series.labels,
    labelKey: key,
    trainedAtMs: training.startedAtMs,
    trainedToMs: endMs,
    trainedKey: training.key,
    keepFromMs: endMs - jobDurations(record.spec).trainingMs,
  };
}
