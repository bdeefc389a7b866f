import type { AnomalyRecord, Verdict, VerdictPreview } from '../contract/anomaly.ts';
import { parseDurationMs } from '../contract/duration.ts';
import type { Anomaly } from '../contract/forecast.ts';
import type { JobSpec } from '../contract/job.ts';
import type { BandReader } from '../jobs/band-reader.ts';
import { createPacer } from '../pacer.ts';
import type { SeriesDetectors } from '../scoring/series-detectors.ts';
import type { Labels } from '../timeseries/series.ts';
import type { Precision } from './judgements.ts';
import { SeriesReplays } from './series-replays.ts';
import { changesFor, type SettingChange } from './setting-changes.ts';

const dayMs = 86_400_000;
const mostDays = 30;
/** Values that are read and scored for one preview: about 6 s of one core (3 µs a value with five settings). */
const maxValues = 2_000_000;
/** Values of one question to the source. */
const maxValuesPerSlice = 250_000;
/** Half of what the reader of observed values takes as one range: few series at a step of seconds reach it first. */
const maxStepsPerSlice = 50_000;

/** One alert of a replay. */
export interface ReplayedAlert extends Anomaly {
  readonly seriesId: string;
  readonly labels: Labels;
}

export interface PreviewInput {
  readonly spec: JobSpec;
  readonly anomaly: AnomalyRecord;
  readonly verdict: Verdict;
  /** Anomalies of the job in the last days, as they were found live. */
  readonly found: readonly AnomalyRecord[];
  readonly precision: Precision;
  readonly nowMs: number;
}

export interface PreviewDeps {
  readonly bands: BandReader;
  /** What scoring knows of each series by its last training. */
  detectors(job: string): Promise<ReadonlyMap<string, SeriesDetectors>>;
}

/** A preview with the change that it is about. */
export interface PreviewedChange {
  readonly preview: VerdictPreview;
  readonly change: SettingChange | undefined;
}

/**
 * What the change that a verdict suggests would have done over the last 30 days: the past is scored again with the
 * settings as they are and as they would be. Of several changes that keep this anomaly from being told, the one counts
 * that hides none that was judged real, and the fewest others.
 * @throws AppError `source_…`, `not_found`; the signal's reason when aborted
 */
export async function previewOf(deps: PreviewDeps, input: PreviewInput, signal: AbortSignal): Promise<PreviewedChange> {
  const { spec, anomaly, verdict, found, precision } = input;
  const changes = changesFor(spec, anomaly, verdict);
  const told = found.filter(({ kind, late }) => kind === 'band' && !late);
  if (changes.length === 0) {
    const none = { change: null, alertsNow: told.length, alertsThen: told.length, removed: [], added: [] };
    return { preview: { days: mostDays, ...none, ...precision }, change: undefined };
  }
  const specs = [spec, ...changes.map((change) => change.spec)];
  const { days, alerts } = await replayAll(deps, { specs, nowMs: input.nowMs }, signal);
  const [now = [], ...then] = alerts;
  const outcomes = changes.map((change, i) => compare(change, { now, then: then[i] ?? [], told }));
  const chosen = verdict === 'real' ? outcomes[0] : bestWithout(anomaly, outcomes);
  const shown = chosen ?? { change: undefined, now, then: now, removed: [], added: [] };
  const { change } = shown;
  const preview: VerdictPreview = {
    days,
    change: change === undefined ? null : { key: change.key, from: change.from, to: change.to, text: change.text },
    alertsNow: shown.now.length,
    alertsThen: shown.then.length,
    removed: shown.removed.map((alert) => described(alert, told)),
    added: shown.added.map((alert) => described(alert, told)),
    ...precision,
  };
  return { preview, change };
}

interface Outcome {
  readonly change: SettingChange | undefined;
  readonly now: readonly ReplayedAlert[];
  readonly then: readonly ReplayedAlert[];
  readonly removed: readonly ReplayedAlert[];
  readonly added: readonly ReplayedAlert[];
  readonly realRemoved: number;
}

function compare(
  change: SettingChange,
  { now, then, told }: Pick<Outcome, 'now' | 'then'> & { readonly told: readonly AnomalyRecord[] }
): Outcome {
  const removed = now.filter((alert) => !then.some((other) => overlaps(alert, other)));
  const added = then.filter((alert) => !now.some((other) => overlaps(alert, other)));
  const realRemoved = removed.filter((alert) => recordOf(alert, told)?.verdict?.verdict === 'real').length;
  return { change, now, then, removed, added, realRemoved };
}

/** Undefined when nothing would help, or only at the price of alerts that were real. */
function bestWithout(anomaly: AnomalyRecord, outcomes: readonly Outcome[]): Outcome | undefined {
  const helping = outcomes.filter(
    ({ then, realRemoved }) =>
      realRemoved === 0 && !then.some((alert) => alert.seriesId === anomaly.seriesId && touches(alert, anomaly))
  );
  return helping.sort((a, b) => a.removed.length - b.removed.length)[0];
}

function overlaps(a: ReplayedAlert, b: ReplayedAlert): boolean {
  return a.seriesId === b.seriesId && a.startMs <= b.endMs && b.startMs <= a.endMs;
}

function touches({ startMs, endMs }: Anomaly, { startedAtMs, endedAtMs, seenToMs }: AnomalyRecord): boolean {
  return startMs <= (endedAtMs ?? seenToMs) && startedAtMs <= endMs;
}

function recordOf(alert: ReplayedAlert, told: readonly AnomalyRecord[]): AnomalyRecord | undefined {
  return told.find((record) => record.seriesId === alert.seriesId && touches(alert, record));
}

function described(
  { seriesId, labels, ...alert }: ReplayedAlert,
  told: readonly AnomalyRecord[]
): VerdictPreview['removed'][number] {
  return { ...alert, labels: { ...labels }, id: recordOf({ ...alert, seriesId, labels }, told)?.id ?? null };
}

interface Replayed {
  readonly days: number;
  /** For each spec, in order of series and time. */
  readonly alerts: ReadonlyArray<readonly ReplayedAlert[]>;
}

interface ReplayTask {
  /** Of one job; the first is the job as it is. */
  readonly specs: readonly JobSpec[];
  readonly nowMs: number;
}

async function replayAll(deps: PreviewDeps, { specs, nowMs }: ReplayTask, signal: AbortSignal): Promise<Replayed> {
  const [spec] = specs;
  const job = spec?.name ?? '';
  const stepMs = parseDurationMs(spec?.step ?? '') ?? dayMs;
  const series = (await deps.bands.listSeries()).filter((entry) => entry.job.name === job);
  const steps = Math.floor(maxValues / Math.max(1, series.length));
  const lengthMs = Math.min(mostDays * dayMs, Math.max(1, steps) * stepMs);
  const sliceSteps = Math.min(maxStepsPerSlice, Math.floor(maxValuesPerSlice / Math.max(1, series.length)));
  const sliceMs = Math.max(1, sliceSteps) * stepMs;
  const detectors = await deps.detectors(job);
  const ids = series.map(({ seriesId }) => seriesId);
  const replays = new Map(ids.map((id) => [id, new SeriesReplays(specs, detectors.get(id))]));
  const pacer = createPacer(signal);
  for (let fromMs = nowMs - lengthMs; fromMs < nowMs; fromMs += sliceMs) {
    const range = { startMs: fromMs, endMs: Math.min(nowMs, fromMs + sliceMs - stepMs) };
    const observed = await deps.bands.observed(job, range, signal);
    const bands = await deps.bands.readBands(ids, range.startMs, range.endMs);
    for (const { seriesId, series: values } of observed) {
      const band = bands.get(seriesId);
      if (band !== undefined) {
        await replays.get(seriesId)?.add(values, band, pacer);
      }
    }
    signal.throwIfAborted();
  }
  const found = new Map([...replays].map(([id, replay]) => [id, replay.anomalies()]));
  const alerts = specs.map((_, i) =>
    series.flatMap(({ seriesId, labels }) =>
      (found.get(seriesId)?.[i] ?? []).map((alert) => ({ ...alert, seriesId, labels }))
    )
  );
  return { days: Math.max(1, Math.round(lengthMs / dayMs)), alerts };
}
