import type { Clock } from '../clock.ts';
import type { BandReader, ForecastSeriesEntry } from '../jobs/band-reader.ts';
import { parseDurationMs } from '../contract/duration.ts';
import type { JobSpec } from '../contract/job.ts';
import type { BandArrays } from '../forecasting/forecast-task.ts';
import type { Labels, RegularSeries } from '../timeseries/series.ts';
import { forecastRemarks } from './forecast-remarks.ts';
import { type Figure, helpOf, namesOfJob, ownLabels, type OwnName } from './own-names.ts';
import type { Matcher, OwnSeries, OwnSeriesAnswer, OwnSeriesStore } from './own-series.ts';
import { observeJobs } from './observe-jobs.ts';
import { createPacer, type Pacer } from '../pacer.ts';
import { figureSeries, isPresentTense, presentHoldMs } from './figures.ts';
import { tooManySamples } from './promql/evaluation.ts';
import { matchesAll } from './promql/matcher.ts';

const idsPerRead = 250;

interface OwnSeriesStoreDeps {
  readonly bands: BandReader;
  readonly clock: Clock;
  /** Most samples that one `select` may read. */
  readonly maxSamples: number;
}

/** A series that was asked for: what it is called and where its values come from. */
interface Wanted {
  readonly entry: ForecastSeriesEntry;
  readonly figure: Figure;
  readonly labels: Labels;
}

interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * The product's own series, read from the stored bands and, for what was observed, from the jobs' sources.
 * Names and labels decide first which series are wanted; only those are read.
 */
export function createOwnSeriesStore(deps: OwnSeriesStoreDeps): OwnSeriesStore {
  return {
    select: (matchers, startMs, endMs, signal) => select(deps, matchers, { startMs, endMs }, createPacer(signal)),
    async labelSets(matchers, range) {
      const pacer = createPacer(new AbortController().signal);
      const found = await findWanted(await deps.bands.listSeries(), matchers, pacer);
      const nowMs = deps.clock.nowMs();
      return found
        .filter((wanted) => range === undefined || mayHaveSample(wanted, range, nowMs))
        .map(({ labels }) => labels);
    },
    async metadata() {
      return describeMetrics(await deps.bands.listSeries());
    },
  };
}

function stepMsOf(job: JobSpec): number {
  return parseDurationMs(job.step) ?? 60_000;
}

/** Series whose names and labels all matchers accept. */
async function findWanted(
  entries: readonly ForecastSeriesEntry[],
  matchers: readonly Matcher[],
  pacer: Pacer
): Promise<Wanted[]> {
  const byName = matchers.filter(({ name }) => name === '__name__');
  const namesByJob = new Map<string, readonly OwnName[]>();
  const wanted: Wanted[] = [];
  for (const entry of entries) {
    const known = namesByJob.get(entry.job.name);
    const names = known ?? namesOfJob(entry.job).filter(({ metric }) => byName.every((m) => m.matches(metric)));
    namesByJob.set(entry.job.name, names);
    for (const name of names) {
      const labels = ownLabels(name, entry.labels, entry.job);
      if (matchesAll(matchers, labels)) {
        wanted.push({ entry, figure: name.figure, labels });
      }
    }
    if (pacer.due()) {
      await pacer.pause();
    }
  }
  return wanted;
}

/** False only when it is certain that the series has no sample in the range. */
function mayHaveSample({ entry, figure }: Wanted, range: Span, nowMs: number): boolean {
  if (isPresentTense(figure)) {
    return range.startMs <= nowMs;
  }
  const horizonMs = parseDurationMs(entry.job.horizon) ?? 0;
  // A fit starts from the last whole step before it was made.
  return entry.trainedAtMs !== undefined && range.startMs <= entry.trainedAtMs + horizonMs + stepMsOf(entry.job);
}

async function select(
  deps: OwnSeriesStoreDeps,
  matchers: readonly Matcher[],
  span: Span,
  pacer: Pacer
): Promise<OwnSeriesAnswer> {
  const entries = await deps.bands.listSeries();
  const wanted = await findWanted(entries, matchers, pacer);
  const nowMs = deps.clock.nowMs();
  const live = wanted.filter(({ figure }) => isPresentTense(figure));
  refuseTooMany(deps, wanted, span, entries);
  const bands = await readBands(
    deps,
    wanted.filter(({ figure }) => figure.kind !== 'observed'),
    span,
    pacer
  );
  const liveJobs = [...new Map(live.map(({ entry }) => [entry.job.name, entry.job])).values()];
  const observed = await observeJobs(deps.bands, liveJobs, { ...span, nowMs }, pacer.signal);
  const series: OwnSeries[] = [];
  for (const one of wanted) {
    const found = buildSeries(one, bands, observed.bySeriesId, { ...span, nowMs });
    if (found !== undefined) {
      series.push(found);
    }
    if (pacer.due()) {
      await pacer.pause();
    }
  }
  const forecasts = wanted.filter(({ figure }) => !isPresentTense(figure)).map(({ entry }) => entry);
  const remarks = forecastRemarks(forecasts, nowMs);
  return { series, infos: remarks.infos, warnings: [...remarks.warnings, ...observed.warnings] };
}

/** Counts what will be read: a source answers all series of a job, however few of them are wanted. */
function refuseTooMany(
  deps: OwnSeriesStoreDeps,
  wanted: readonly Wanted[],
  span: Span,
  entries: readonly ForecastSeriesEntry[]
): void {
  const liveJobs = new Set(wanted.filter(({ figure }) => isPresentTense(figure)).map(({ entry }) => entry.job.name));
  const read = [...wanted.map(({ entry }) => entry), ...entries.filter(({ job }) => liveJobs.has(job.name))];
  const samples = read.reduce((sum, { job }) => sum + (span.endMs - span.startMs) / stepMsOf(job) + 1, 0);
  if (samples > deps.maxSamples) {
    throw tooManySamples(deps.maxSamples);
  }
}

/** Bands of the wanted series, a part of them at a time so that other work gets its turn. */
async function readBands(
  deps: OwnSeriesStoreDeps,
  wanted: readonly Wanted[],
  span: Span,
  pacer: Pacer
): Promise<ReadonlyMap<string, BandArrays>> {
  const ids = [...new Set(wanted.map(({ entry }) => entry.seriesId))];
  const lookbackMs = Math.max(0, ...new Set(wanted.map(({ entry, figure }) => lookbackOf(entry.job, figure))));
  const bands = new Map<string, BandArrays>();
  for (let i = 0; i < ids.length; i += idsPerRead) {
    const part = await deps.bands.readBands(ids.slice(i, i + idsPerRead), span.startMs - lookbackMs, span.endMs);
    part.forEach((band, id) => bands.set(id, band));
    if (pacer.due()) {
      await pacer.pause();
    }
  }
  return bands;
}

function lookbackOf(job: JobSpec, figure: Figure): number {
  return isPresentTense(figure) ? presentHoldMs(stepMsOf(job)) : stepMsOf(job);
}

function buildSeries(
  { entry, figure, labels }: Wanted,
  bands: ReadonlyMap<string, BandArrays>,
  observed: ReadonlyMap<string, RegularSeries>,
  span: Span & { readonly nowMs: number }
): OwnSeries | undefined {
  const sources = { band: bands.get(entry.seriesId), observed: observed.get(entry.seriesId) };
  const values = figureSeries(figure, sources, entry.job.direction, span);
  return values === undefined ? undefined : { labels, ...values };
}

function describeMetrics(entries: readonly ForecastSeriesEntry[]): Awaited<ReturnType<OwnSeriesStore['metadata']>> {
  const jobs = new Map(entries.map(({ job }) => [job.name, job]));
  const described = new Map<string, { metric: string; type: 'gauge'; help: string; unit: string }>();
  for (const job of jobs.values()) {
    for (const { metric, figure } of namesOfJob(job)) {
      const dimensionless = figure.kind === 'score' || figure.kind === 'anomalous';
      const unit = dimensionless ? '' : (job.unit ?? '');
      const known = described.get(metric);
      const shared = known === undefined || known.unit === unit ? unit : '';
      described.set(metric, { metric, type: 'gauge', help: known?.help ?? helpOf(figure), unit: shared });
    }
  }
  return [...described.values()].sort((a, b) => (a.metric < b.metric ? -1 : 1));
}
