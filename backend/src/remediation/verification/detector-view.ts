import type { AnomalyRecord } from '../../contract/anomaly.ts';
import type { JobSpec } from '../../contract/job.ts';
import type { VerificationReport } from '../../contract/remediation/run.ts';
import type { BandReader, ForecastSeriesEntry, ObservedSeries } from '../../jobs/band-reader.ts';
import { decodeBand } from '../../jobs/bands/band-codec.ts';
import { type BandPiece, sliceBand, stitchBands } from '../../jobs/bands/stitch-bands.ts';
import type { BandArrays } from '../../forecasting/forecast-task.ts';
import { decodeDetectors, rulesOf } from '../../scoring/series-detectors.ts';
import { liveScore, notAdapted, servedEdges, unknownEdges } from '../../scoring/served-edges.ts';
import type { Database } from '../../store/database.ts';
import type { Labels } from '../../timeseries/series.ts';
import { type BaseRate, counterfactualOf } from './counterfactual.ts';
import { fitsLabels } from './fitting-labels.ts';

type Detector = NonNullable<VerificationReport['detector']>;
type Counterfactual = VerificationReport['counterfactual'];

export interface DetectorViewDeps {
  readonly database: Database;
  readonly bands: BandReader;
  readonly anomalies: { openOf(job: string): Promise<ReadonlyArray<Pick<AnomalyRecord, 'kind' | 'labels'>>> };
}

/** A job that judges, and what it judges. */
export interface Judged {
  readonly job: string;
  /** Labels of the alert: series that contradict none of them are meant. */
  readonly labels: Labels;
}

export interface RunTimes {
  /** Begin of the outage, as the alert says. */
  readonly abnormalFromMs: number;
  readonly runStartedAtMs: number;
  readonly runEndedAtMs: number;
  readonly nowMs: number;
}

const mostSeries = 50;
const historyMs = 90 * 86_400_000;
const contextSteps = 60;

/** What a job that scores live says of a run: whether its series are normal again, and what was to be expected. */
export class DetectorView {
  readonly #deps: DetectorViewDeps;

  constructor(deps: DetectorViewDeps) {
    this.#deps = deps;
  }

  /**
   * Whether the series of a job that an alert is about are normal again: every newest value since the run in its band as
   * it is served, and no anomaly of theirs open. `normal` is null while that can't be told, such as when the detector
   * has not looked since, or waits for more values before it closes an anomaly.
   * @throws AppError `source_…`; the signal's reason when aborted
   */
  async judge(
    { job, labels }: Judged,
    times: Pick<RunTimes, 'runEndedAtMs' | 'nowMs'>,
    signal: AbortSignal
  ): Promise<Detector> {
    const unknown = (detail: string): Detector => ({ job, normal: null, detail });
    const series = await this.#seriesOf({ job, labels });
    const scoredToMs = await this.#scoredToMs(job);
    if (series.length === 0) {
      return unknown(`no series of the job ${job} has the labels of the alert`);
    }
    if (scoredToMs === undefined || scoredToMs <= times.runEndedAtMs) {
      return unknown(`the job ${job} has scored no value since the run`);
    }
    const scores = await this.#scoresSince(series, times, signal);
    const blind = scores.find(({ score }) => Number.isNaN(score));
    const worst = scores.reduce(
      (most, one) => (one.score > most.score ? one : most),
      scores[0] ?? { name: '', score: NaN }
    );
    if (worst.score > 1) {
      return { job, normal: false, detail: `${worst.name} is outside its band, score ${worst.score.toFixed(1)}` };
    }
    if (blind !== undefined) {
      return unknown(`${blind.name} has no value since the run, or no band`);
    }
    const open = await this.#openAnomaly({ job, labels });
    return open === undefined
      ? { job, normal: true, detail: `${scores.length} series in the band, largest score ${worst.score.toFixed(1)}` }
      : unknown(`in the band again, but the anomaly (${open}) is not closed yet`);
  }

  /** The series that was furthest out when the run began, against how it would have gone on; null without a band. */
  async counterfactual(judged: Judged, times: RunTimes, signal: AbortSignal): Promise<Counterfactual> {
    const series = await this.#seriesOf(judged);
    const [first] = series;
    if (first === undefined) {
      return null;
    }
    const { stepMs, band } = rulesOf(first.job);
    const startMs = Math.max(times.abnormalFromMs, times.runStartedAtMs - contextSteps * stepMs) - 10 * stepMs;
    const observed = await this.#deps.bands.observed(judged.job, { startMs, endMs: times.nowMs }, signal);
    const bands = await this.#bandsMadeBefore(series, startMs, times);
    const known = observed.flatMap((one) => {
      const made = bands.get(one.seriesId);
      return made === undefined ? [] : [{ one, made, score: scoreAt(first.job, one, made, times.runStartedAtMs) }];
    });
    const furthest = known.reduce<(typeof known)[number] | undefined>(
      (most, one) => (most === undefined || one.score > most.score ? one : most),
      undefined
    );
    return furthest === undefined
      ? null
      : counterfactualOf({
          ...{ job: judged.job, direction: band.direction, observed: furthest.one.series, band: furthest.made },
          ...times,
          baseRate: await this.#baseRate(judged.job, times),
        });
  }

  async #seriesOf({ job, labels }: Judged): Promise<readonly ForecastSeriesEntry[]> {
    const all = await this.#deps.bands.listSeries();
    return all.filter((entry) => entry.job.name === job && fitsLabels(entry.labels, labels)).slice(0, mostSeries);
  }

  async #scoredToMs(job: string): Promise<number | undefined> {
    const row = await this.#deps.database
      .selectFrom('scoring')
      .select('scored_to_ms')
      .where('job', '=', job)
      .executeTakeFirst();
    return row?.scored_to_ms;
  }

  async #openAnomaly({ job, labels }: Judged): Promise<string | undefined> {
    const open = await this.#deps.anomalies.openOf(job);
    // A limit that will be crossed is no state of now, unless the alert is about that.
    const counted = open.filter(({ kind }) => kind !== 'capacity' || labels['kind'] === 'capacity');
    return counted.find((anomaly) => fitsLabels(anomaly.labels, labels))?.kind;
  }

  async #scoresSince(
    series: readonly ForecastSeriesEntry[],
    { runEndedAtMs, nowMs }: Pick<RunTimes, 'runEndedAtMs' | 'nowMs'>,
    signal: AbortSignal
  ): Promise<ReadonlyArray<{ readonly name: string; readonly score: number }>> {
    const ids = series.map(({ seriesId }) => seriesId);
    const range = { startMs: runEndedAtMs + 1, endMs: nowMs };
    const observed = await this.#deps.bands.observed(series[0]?.job.name ?? '', range, signal);
    const bySeries = new Map(observed.map((one) => [one.seriesId, one]));
    const bands = await this.#deps.bands.readBands(ids, runEndedAtMs, nowMs);
    const adaptations = await this.#adaptations(ids);
    return series.map(({ seriesId, labels, job }) => {
      const one = bySeries.get(seriesId);
      const band = bands.get(seriesId);
      const score =
        one === undefined || band === undefined ? NaN : newestScore(job, one, band, adaptations.get(seriesId));
      return { name: nameOf(labels), score };
    });
  }

  async #adaptations(ids: readonly string[]) {
    const rows = await this.#deps.database
      .selectFrom('detectors')
      .select(['series_id', 'state'])
      .where('series_id', 'in', ids)
      .execute();
    return new Map(rows.map((row) => [row.series_id, decodeDetectors(row.state)?.adaptation ?? notAdapted]));
  }

  /** Forecasts that no value since the run has touched. */
  async #bandsMadeBefore(
    series: readonly ForecastSeriesEntry[],
    startMs: number,
    { runStartedAtMs, nowMs }: RunTimes
  ): Promise<ReadonlyMap<string, BandArrays>> {
    const rows = await this.#deps.database
      .selectFrom('bands')
      .select(['series_id', 'kind', 'end_ms', 'band'])
      .where(
        'series_id',
        'in',
        series.map(({ seriesId }) => seriesId)
      )
      .where('made_at_ms', '<=', runStartedAtMs)
      .where('end_ms', '>=', startMs)
      .where('start_ms', '<=', nowMs)
      .execute();
    const pieces = Map.groupBy(rows, (row) => row.series_id);
    return new Map(
      [...pieces].flatMap(([id, ofSeries]) => {
        const made = ofSeries.map((row): BandPiece => ({
          kind: row.kind,
          endMs: row.end_ms,
          band: decodeBand(row.band),
        }));
        const band = stitchBands(made, startMs, nowMs);
        return band === undefined ? [] : [[id, band] as const];
      })
    );
  }

  /** Closed anomalies of the job's bands of the last 90 days during which nothing was run. */
  async #baseRate(job: string, { abnormalFromMs, runStartedAtMs, nowMs }: RunTimes): Promise<BaseRate> {
    const ageMs = Math.max(0, runStartedAtMs - abnormalFromMs);
    const rows = await this.#deps.database
      .selectFrom('anomalies')
      .select(['started_at_ms', 'ended_at_ms'])
      .where('job', '=', job)
      .where('kind', '=', 'band')
      .where('ended_at_ms', 'is not', null)
      .where('started_at_ms', '>=', runStartedAtMs - historyMs)
      .where('ended_at_ms', '<', abnormalFromMs)
      .where((where) =>
        where.not(
          where.exists(
            where
              .selectFrom('runs')
              .select('runs.id')
              .whereRef('runs.started_at_ms', '>=', 'anomalies.started_at_ms')
              .whereRef('runs.started_at_ms', '<=', 'anomalies.ended_at_ms')
          )
        )
      )
      .limit(10_000)
      .execute();
    const lasted = rows.map((row) => (row.ended_at_ms ?? 0) - row.started_at_ms).filter((ms) => ms >= ageMs);
    const tookMs = nowMs - abnormalFromMs;
    return { asLong: lasted.length, endedAlone: lasted.filter((ms) => ms <= tookMs).length };
  }
}

function edgesAt(band: BandArrays, timeMs: number) {
  const here = sliceBand(band, timeMs - band.stepMs / 2, timeMs + band.stepMs / 2 - 1);
  const widest = here?.levels.at(-1);
  return here === undefined
    ? unknownEdges
    : { expected: here.expected[0] ?? NaN, lower: widest?.lower[0] ?? NaN, upper: widest?.upper[0] ?? NaN };
}

function newestScore(job: JobSpec, { series }: ObservedSeries, band: BandArrays, adaptation = notAdapted): number {
  const at = series.values.findLastIndex((value) => Number.isFinite(value));
  if (at < 0) {
    return NaN;
  }
  const rule = rulesOf(job).band;
  const edges = servedEdges(rule, edgesAt(band, series.startMs + at * series.stepMs), adaptation);
  return liveScore(rule, series.values[at] ?? NaN, edges).counted;
}

/** Score of the newest value until an instant; -1 for none, so that any other is further out. */
function scoreAt(job: JobSpec, { series }: ObservedSeries, band: BandArrays, untilMs: number): number {
  const last = Math.floor((untilMs - series.startMs) / series.stepMs);
  const at = series.values.subarray(0, Math.max(0, last + 1)).findLastIndex((value) => Number.isFinite(value));
  const edges = edgesAt(band, series.startMs + at * series.stepMs);
  const { score } = liveScore(rulesOf(job).band, series.values[at] ?? NaN, edges);
  return Number.isNaN(score) ? -1 : score;
}

function nameOf(labels: Labels): string {
  const { __name__: metric = '', ...others } = labels;
  const pairs = Object.entries(others).map(([name, value]) => `${name}="${value}"`);
  return `${metric}{${pairs.join(', ')}}`;
}
