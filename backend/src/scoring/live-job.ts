import { randomUUID } from 'node:crypto';
import type { AnomalyRepository } from '../anomalies/anomaly-repository.ts';
import type { BandReader } from '../jobs/band-reader.ts';
import type { JobSpec } from '../contract/job.ts';
import { seriesIdOf, type JobRecord } from '../jobs/job-record.ts';
import { labelKey, type Labels } from '../timeseries/series.ts';
import { AnomalyBook, type Draft } from './anomaly-book.ts';
import { BandWindows } from './band-windows.ts';
import { noBudget, thresholdOf } from './budget.ts';
import { CapacityWatch } from './capacity-watch.ts';
import { openSince } from './hysteresis.ts';
import { decodeJobState, noJobState, type JobState } from './job-state-codec.ts';
import { KindDetectors } from './kind-detectors.ts';
import type { LiveSeries } from './live-series.ts';
import type { ScoringRepository } from './scoring-repository.ts';
import { newDetectors, rulesOf, type JobRules, type SeriesDetectors } from './series-detectors.ts';
import { Siblings } from './siblings.ts';

/** Everything that scoring keeps of a job between two ticks. Thrown away and read anew when a tick fails half-way. */
export interface LiveJob {
  readonly record: JobRecord;
  readonly rules: JobRules;
  readonly windows: BandWindows;
  readonly series: LiveSeries[];
  readonly byKey: Map<string, LiveSeries>;
  readonly siblings: Siblings;
  readonly book: AnomalyBook;
  readonly kinds: KindDetectors;
  readonly capacity: CapacityWatch;
  /** Newest instant that was scored; undefined before the first tick. */
  scoredToMs: number | undefined;
  /** Newest instant that all detectors have seen: values since are replayed to them. */
  detectedToMs: number;
  /** Until when no other engine may score the job; 0 when that is not known. */
  leasedUntilMs: number;
  /** How many series' detectors were written in the present round. */
  carriedTo: number;
}

export interface LoadDeps {
  readonly scoring: ScoringRepository;
  readonly anomalies: AnomalyRepository;
  readonly bands: Pick<BandReader, 'readBands'>;
  readonly horizonsMs: readonly number[];
  readonly mutedBy: (labels: Labels) => string | undefined;
}

/** Reads what is stored of a job. @throws what the store throws */
export async function loadJob(record: JobRecord, deps: LoadDeps): Promise<LiveJob> {
  const { spec } = record;
  const rules = rulesOf(spec);
  const trained = await deps.scoring.series(spec.name);
  const cursor = await deps.scoring.cursor(spec.name);
  const open = await deps.anomalies.openOf(spec.name);
  const stored = cursor === undefined ? noJobState : decodeJobState(cursor.state);
  const told = open.map((anomaly): Draft => ({ anomaly, told: true, change: 'none' }));
  const drafts = [...stored.drafts.map((kept): Draft => ({ ...kept, change: 'none' })), ...told];
  const job: LiveJob = {
    record,
    rules,
    windows: new BandWindows(
      trained.map(({ id }) => id),
      { bands: deps.bands, stepMs: rules.stepMs, horizonsMs: deps.horizonsMs }
    ),
    series: [],
    byKey: new Map(),
    siblings: new Siblings(spec.ignoreLabels),
    book: new AnomalyBook({ job: spec.name, newId: randomUUID, mutedBy: deps.mutedBy }, drafts),
    kinds: new KindDetectors(spec, rules, stored.groups),
    capacity: new CapacityWatch(spec),
    scoredToMs: cursor?.scoredToMs,
    detectedToMs: Math.min(Infinity, ...detectedTimes(trained)),
    leasedUntilMs: 0,
    carriedTo: 0,
  };
  for (const { id, labels, labelKey, hasBand, madeAtMs, detectors } of trained) {
    addSeries(job, labelKey, { id, labels, hasBand, madeAtMs, detectors, ...budgetOf(detectors, spec) });
  }
  for (const one of job.series.filter(({ detectors }) => detectors.budget.weeks === 0)) {
    Object.assign(one, job.siblings.budgetFor(one.labels));
  }
  resume(job, stored, drafts);
  return job;
}

function detectedTimes(trained: ReadonlyArray<{ readonly hasBand: boolean; readonly detectedToMs: number }>): number[] {
  return trained.filter(({ hasBand, detectedToMs }) => hasBand && detectedToMs > 0).map((one) => one.detectedToMs);
}

type NewSeries = Pick<
  LiveSeries,
  'id' | 'labels' | 'hasBand' | 'madeAtMs' | 'detectors' | 'threshold' | 'usualEvidence'
>;

function addSeries(job: LiveJob, key: string, given: NewSeries): LiveSeries {
  const one: LiveSeries = {
    ...given,
    index: job.series.length,
    state: undefined,
    peak: undefined,
    lastSeenMs: job.scoredToMs ?? 0,
  };
  job.series.push(one);
  job.byKey.set(key, one);
  job.siblings.add(one);
  return one;
}

function budgetOf({ budget }: Pick<SeriesDetectors, 'budget'>, { sensitivity }: JobSpec) {
  return { threshold: thresholdOf(budget, sensitivity), usualEvidence: budget.usualEvidence };
}

/** A series of an answer; one that is new borrows from those it looks like until it is trained. */
export function seriesOf(job: LiveJob, key: string, labels: Labels): LiveSeries {
  const { spec } = job.record;
  return (
    job.byKey.get(key) ??
    addSeries(job, key, {
      id: seriesIdOf(spec.name, key),
      labels,
      hasBand: false,
      madeAtMs: 0,
      detectors: newDetectors(),
      ...(job.siblings.budgetFor(labels) ?? budgetOf({ budget: noBudget }, spec)),
    })
  );
}

/** Goes on with anomalies of series, also of those that no training has seen. */
function resume(job: LiveJob, stored: JobState, drafts: readonly Draft[]): void {
  const byId = new Map(job.series.map((one) => [one.id, one]));
  for (const { anomaly } of drafts) {
    const { seriesId, labels } = anomaly;
    if (seriesId !== null && !byId.has(seriesId)) {
      byId.set(seriesId, seriesOf(job, labelKey(labels), labels));
    }
  }
  for (const { id, state, peak } of stored.series) {
    const one = byId.get(id);
    if (one !== undefined) {
      one.state = state;
      one.peak = peak;
    }
  }
  for (const { anomaly } of drafts.filter((draft) => draft.anomaly.endedAtMs === null)) {
    const one = byId.get(anomaly.seriesId ?? '');
    if (!job.kinds.has(anomaly.kind)) {
      const evidence = [{ code: 'not-watched', text: `The job does not look for this any more.` }];
      const subject = { id: anomaly.seriesId, labels: anomaly.labels };
      job.book.close(anomaly.kind, subject, { endMs: anomaly.seenToMs, seenToMs: anomaly.seenToMs, evidence });
    } else if (anomaly.kind === 'band' && one !== undefined && one.state?.phase !== 'open') {
      one.state = openSince(anomaly.startedAtMs, anomaly.seenToMs, anomaly.flaps);
    }
  }
}
