import type { Clock } from '../clock.ts';
import type { CapacityRow } from '../contract/capacity.ts';
import type { JobSpec } from '../contract/job.ts';
import type { BandReader } from '../jobs/band-reader.ts';
import type { Labels } from '../timeseries/series.ts';
import { ownLabels } from './own-names.ts';
import type { Matcher, OwnSeries, OwnSeriesStore } from './own-series.ts';
import { matchesAll } from './promql/matcher.ts';

/** Estimates are made about once an hour; one that is older than this speaks for nothing any more. */
const holdMs = 3 * 3_600_000;
const stepMs = 60_000;

const metrics = {
  capacity_eta_seconds: {
    help: 'Time until the series crosses its limit, by the median of what is likely; 0 when it is across, absent when no date is claimed.',
    unit: 'seconds',
  },
  capacity_probability: { help: "Probability that the series crosses its limit within the job's `warn`.", unit: '' },
} as const;
type CapacityMetric = keyof typeof metrics;
const names = Object.keys(metrics) as CapacityMetric[];

interface CapacitySeriesDeps {
  readonly series: OwnSeriesStore;
  readonly bands: Pick<BandReader, 'listSeries'>;
  readonly capacity: { list(query: Record<string, never>): Promise<readonly CapacityRow[]> };
  readonly clock: Clock;
}

/**
 * Adds to the product's own series when their sources cross the limits of their jobs: `capacity_eta_seconds` and
 * `capacity_probability`, labelled with the limit and its side, from each estimate until three hours after it.
 */
export function withCapacitySeries(deps: CapacitySeriesDeps): OwnSeriesStore {
  return {
    async select(matchers, startMs, endMs, signal) {
      const answer = await deps.series.select(matchers, startMs, endMs, signal);
      const nowMs = deps.clock.nowMs();
      const found = await findRows(deps, matchers);
      const added = found
        .map((one) => seriesOf(one, Math.min(endMs, nowMs)))
        .filter((series) => series !== undefined)
        .filter((series) => lastMsOf(series) >= startMs);
      return { ...answer, series: [...answer.series, ...added] };
    },
    async labelSets(matchers, range) {
      const nowMs = deps.clock.nowMs();
      const found = await findRows(deps, matchers);
      const inRange = found.filter(({ row, metric }) => {
        const untilMs = Math.min(nowMs, row.estimatedAtMs + holdMs);
        const overlaps = range === undefined || (row.estimatedAtMs <= range.endMs && untilMs >= range.startMs);
        return overlaps && valueOf(metric, row, row.estimatedAtMs) !== undefined;
      });
      return [...(await deps.series.labelSets(matchers, range)), ...inRange.map(({ labels }) => labels)];
    },
    async metadata() {
      const own = names.map((metric) => ({ metric, type: 'gauge' as const, ...metrics[metric] }));
      return [...(await deps.series.metadata()), ...own].sort((a, b) => (a.metric < b.metric ? -1 : 1));
    },
  };
}

interface Found {
  readonly metric: CapacityMetric;
  readonly row: CapacityRow;
  readonly labels: Labels;
}

/** The store is asked only when a name of ours may be meant. */
async function findRows({ bands, capacity }: CapacitySeriesDeps, matchers: readonly Matcher[]): Promise<Found[]> {
  const byName = matchers.filter(({ name }) => name === '__name__');
  const wanted = names.filter((metric) => byName.every((matcher) => matcher.matches(metric)));
  if (wanted.length === 0) {
    return [];
  }
  const rows = await capacity.list({});
  const jobs = new Map((await bands.listSeries()).map(({ job }) => [job.name, job]));
  return rows
    .flatMap((row) => {
      const job = jobs.get(row.job);
      return job === undefined ? [] : wanted.map((metric) => ({ metric, row, labels: labelsOf(metric, row, job) }));
    })
    .filter(({ labels }) => matchesAll(matchers, labels));
}

function labelsOf(metric: CapacityMetric, { job: name, limit, side, labels }: CapacityRow, job: JobSpec): Labels {
  return ownLabels({ metric, labels: { for: name, limit: String(limit), side } }, labels, job);
}

function seriesOf({ metric, row, labels }: Found, untilMs: number): OwnSeries | undefined {
  const startMs = row.estimatedAtMs;
  const steps = Math.floor((Math.min(untilMs, startMs + holdMs) - startMs) / stepMs) + 1;
  if (steps < 1 || valueOf(metric, row, startMs) === undefined) {
    return undefined;
  }
  const values = Float64Array.from({ length: steps }, (_, i) => valueOf(metric, row, startMs + i * stepMs) ?? NaN);
  return { labels, startMs, stepMs, values };
}

function valueOf(metric: CapacityMetric, { etaMs, probability }: CapacityRow, atMs: number): number | undefined {
  if (metric === 'capacity_probability') {
    return probability ?? undefined;
  }
  return etaMs === null ? undefined : Math.max(0, etaMs - atMs) / 1000;
}

function lastMsOf({ startMs, stepMs: step, values }: OwnSeries): number {
  return startMs + values.length * step - 1;
}
