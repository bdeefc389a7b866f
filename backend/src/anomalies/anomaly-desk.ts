import type { Clock } from '../clock.ts';
import type { AnomalyListQuery, AnomalyRecord, JudgedAnomaly, Verdict, VerdictPreview } from '../contract/anomaly.ts';
import type { Page, ServerEvent } from '../contract/api.ts';
import { parseDurationMs } from '../contract/duration.ts';
import type { JobForecast } from '../contract/forecast.ts';
import type { JobSummary } from '../contract/job.ts';
import { AppError } from '../errors.ts';
import type { BandReader } from '../jobs/band-reader.ts';
import type { Actor, Jobs } from '../jobs/jobs.ts';
import { decodeDetectors, type SeriesDetectors } from '../scoring/series-detectors.ts';
import type { Database } from '../store/database.ts';
import type { AnomalyRepository } from './anomaly-repository.ts';
import { ExcludedRanges } from './excluded-ranges.ts';
import { precisionByJob } from './judgements.ts';
import { previewOf, type PreviewedChange } from './verdict-preview.ts';

export interface AnomalyDeskDeps {
  readonly database: Database;
  readonly repository: AnomalyRepository;
  readonly jobs: Pick<Jobs, 'get' | 'update' | 'forecast'>;
  readonly bands: BandReader;
  readonly clock: Clock;
  readonly publish: (event: ServerEvent) => void;
}

const dayMs = 86_400_000;
const previewMs = 30 * dayMs;
/** Around an anomaly: enough to see what is usual, and what came after. */
const leastPadSteps = 60;
const usualPadSteps = 180;
const usualPadMs = 3 * 3_600_000;
const mostPadMs = 2 * dayMs;
const mostChartSteps = 11_000;
const mostFound = 500;
const maxDetectors = 100_000;

/** Where people look at anomalies and say what they were. */
export class AnomalyDesk {
  readonly #deps: AnomalyDeskDeps;
  readonly #excluded: ExcludedRanges;

  constructor(deps: AnomalyDeskDeps) {
    this.#deps = deps;
    this.#excluded = new ExcludedRanges(deps.database);
  }

  list(query: AnomalyListQuery): Promise<Page<AnomalyRecord>> {
    return this.#deps.repository.list(query);
  }

  /** @throws AppError `not_found` */
  async get(id: string): Promise<AnomalyRecord> {
    const found = await this.#deps.repository.get(id);
    if (found === undefined) {
      throw new AppError(
        'not_found',
        `anomaly "${id}" does not exist; it may have been forgotten with its job or its age`
      );
    }
    return found;
  }

  /** @throws AppError `not_found` also when it is about several series, or its series is gone */
  async chart(id: string, signal: AbortSignal): Promise<JobForecast> {
    const anomaly = await this.get(id);
    if (anomaly.seriesId === null) {
      const message = `anomaly "${id}" is about several series of ${anomaly.job} together: there is no one chart of it`;
      throw new AppError('not_found', message);
    }
    const { spec } = await this.#deps.jobs.get(anomaly.job);
    const range = chartRange(anomaly, parseDurationMs(spec.step) ?? dayMs, this.#deps.clock.nowMs());
    return await this.#deps.jobs.forecast(anomaly.job, anomaly.seriesId, range, signal);
  }

  async previewVerdict(id: string, verdict: Verdict, signal: AbortSignal): Promise<VerdictPreview> {
    const anomaly = await this.get(id);
    return (await this.#preview(anomaly, await this.#deps.jobs.get(anomaly.job), { verdict }, signal)).preview;
  }

  /** Null takes a verdict back; what was applied to the job before stays. */
  async judge(
    id: string,
    judged: { readonly verdict: Verdict | null; readonly apply: boolean; readonly actor: Actor },
    signal: AbortSignal
  ): Promise<JudgedAnomaly> {
    const anomaly = await this.get(id);
    const { verdict, actor } = judged;
    // first what can fail: a verdict without the change that was asked for would be half of it
    const setting =
      judged.apply && verdict !== null ? await this.#apply(anomaly, { verdict, actor }, signal) : unchanged;
    await this.#deps.repository.setVerdict(id, { verdict, by: actor.name, atMs: this.#deps.clock.nowMs() });
    return { ...(await this.#decided(id)), setting };
  }

  /** @throws AppError `conflict` when it is no change of level */
  async decideLevel(id: string, decision: 'accepted' | 'rejected', actor: Actor): Promise<AnomalyRecord> {
    const anomaly = await this.get(id);
    if (anomaly.kind !== 'level-shift') {
      const message = `anomaly "${id}" is no change of level (${anomaly.kind}): say real, expected or false alarm instead`;
      throw new AppError('conflict', message);
    }
    const atMs = this.#deps.clock.nowMs();
    await this.#deps.repository.setLevelDecision(id, { decision, by: actor.name, atMs });
    return await this.#decided(id);
  }

  /** The anomaly after a decision, which has its effect on the training data and is told to listeners. */
  async #decided(id: string): Promise<AnomalyRecord> {
    const anomaly = await this.get(id);
    await this.#excluded.follow(anomaly);
    this.#deps.publish({ kind: 'anomaly', job: anomaly.job, id, change: 'judged' });
    return anomaly;
  }

  async #apply(
    anomaly: AnomalyRecord,
    { verdict, actor }: { readonly verdict: Verdict; readonly actor: Actor },
    signal: AbortSignal
  ): Promise<JudgedAnomaly['setting']> {
    const job = await this.#deps.jobs.get(anomaly.job);
    const { change } = await this.#preview(anomaly, job, { verdict }, signal);
    if (change === undefined) {
      return unchanged;
    }
    if (job.origin.kind === 'file') {
      const { file, line = null } = job.origin;
      return { state: 'in-file', file, line, write: change.write };
    }
    await this.#deps.jobs.update(anomaly.job, change.spec, actor, signal);
    return { state: 'applied', key: change.key, value: change.to };
  }

  async #preview(
    anomaly: AnomalyRecord,
    { spec }: JobSummary,
    { verdict }: { readonly verdict: Verdict },
    signal: AbortSignal
  ): Promise<PreviewedChange> {
    const { repository, database, bands, clock } = this.#deps;
    const nowMs = clock.nowMs();
    const { items: found } = await repository.list({ job: anomaly.job, from: nowMs - previewMs, limit: mostFound });
    const precision = (await precisionByJob(database)).get(anomaly.job) ?? { judged: 0, precision: null };
    const input = { spec, anomaly, verdict, found, precision, nowMs };
    return await previewOf({ bands, detectors: (job) => readDetectors(database, job) }, input, signal);
  }
}

const unchanged = { state: 'unchanged' } as const;

async function readDetectors(database: Database, job: string): Promise<ReadonlyMap<string, SeriesDetectors>> {
  const rows = await database
    .selectFrom('detectors')
    .innerJoin('series', 'series.id', 'detectors.series_id')
    .select(['series_id', 'detectors.state'])
    .where('series.job', '=', job)
    .orderBy('series_id')
    .limit(maxDetectors)
    .execute();
  return new Map(
    rows.flatMap(({ series_id: id, state }) => {
      const detectors = decodeDetectors(state);
      return detectors === undefined ? [] : [[id, detectors] as const];
    })
  );
}

function chartRange(
  { startedAtMs, endedAtMs, seenToMs }: AnomalyRecord,
  stepMs: number,
  nowMs: number
): { fromMs: number; toMs: number } {
  const endMs = endedAtMs ?? Math.max(seenToMs, nowMs);
  const usualMs = Math.min(usualPadSteps * stepMs, usualPadMs);
  const padMs = Math.max(leastPadSteps * stepMs, usualMs, Math.min(mostPadMs, endMs - startedAtMs));
  const toMs = endMs + padMs / 2;
  return { fromMs: Math.max(startedAtMs - padMs, toMs - mostChartSteps * stepMs), toMs };
}
