import type { JobSpec } from '../contract/job.ts';
import type { Labels } from '../timeseries/series.ts';

/** Which figure of a forecast series a served series holds. */
export type Figure =
  | { readonly kind: 'expected' }
  | { readonly kind: 'lower' | 'upper'; readonly levelPercent: number }
  | { readonly kind: 'observed' | 'score' | 'anomalous' };

/** Whose names they are: vmanomaly's (`yhat`, `anomaly_score`) or those of Grafana's machine learning (`…:predicted`). */
export type Dialect = 'aiops' | 'grafana-ml';

/** One of the names under which a job serves a figure. */
export interface OwnName {
  readonly metric: string;
  readonly dialect: Dialect;
  readonly figure: Figure;
  /** Labels that belong to the name: `for` in one dialect, `ml_forecast` in the other. */
  readonly labels: Labels;
}

/** The metric of a job in the dialect of Grafana's machine learning: `checkout-latency` → `checkout_latency`. */
function metricOfJob(jobName: string): string {
  const metric = jobName.replaceAll('-', '_');
  return /^\d/.test(metric) ? `_${metric}` : metric;
}

/** `80` → `p80`, `99.9` → `p99_9`. */
function levelSuffix(levelPercent: number): string {
  return `p${String(levelPercent).replace('.', '_')}`;
}

/**
 * All names of a job, both dialects at once: `yhat{for="<job>"}` as vmanomaly has it and
 * `<metric>:predicted{ml_forecast="yhat"}` as Grafana's machine learning has it. The widest level has the plain names, so
 * that dashboards and rules written for either find one series; narrower levels carry a suffix, such as `yhat_upper_p80`.
 */
export function namesOfJob(job: JobSpec): readonly OwnName[] {
  const metric = metricOfJob(job.name);
  const forJob = { for: job.name };
  const forecasts: Array<readonly [string, Figure]> = [['yhat', { kind: 'expected' }], ...boundNames(job)];
  return [
    ...forecasts.flatMap(([name, figure]) => [
      { metric: name, dialect: 'aiops', figure, labels: forJob } as const,
      { metric: `${metric}:predicted`, dialect: 'grafana-ml', figure, labels: { ml_forecast: name } } as const,
    ]),
    { metric: 'y', dialect: 'aiops', figure: { kind: 'observed' }, labels: forJob },
    { metric: `${metric}:actual`, dialect: 'grafana-ml', figure: { kind: 'observed' }, labels: {} },
    { metric: 'anomaly_score', dialect: 'aiops', figure: { kind: 'score' }, labels: forJob },
    { metric: `${metric}:anomalous`, dialect: 'grafana-ml', figure: { kind: 'anomalous' }, labels: {} },
  ];
}

function boundNames(job: JobSpec): Array<readonly [string, Figure]> {
  const widest = Math.max(...job.levels);
  return job.levels.flatMap((levelPercent) => {
    const suffix = levelPercent === widest ? '' : `_${levelSuffix(levelPercent)}`;
    return (['lower', 'upper'] as const).map((kind) => [`yhat_${kind}${suffix}`, { kind, levelPercent }] as const);
  });
}

/**
 * The labels of a served series: those of the source series, then the job's own where the source has none of that name.
 * The source's metric name becomes `source_metric`; a source label that the dialect needs itself becomes `exported_…`.
 */
export function ownLabels(name: Pick<OwnName, 'metric' | 'labels'>, source: Labels, job: JobSpec): Labels {
  const labels: Record<string, string> = { __name__: name.metric, ...job.labels };
  for (const [label, value] of Object.entries(source)) {
    const taken = name.labels[label] !== undefined;
    labels[label === '__name__' ? 'source_metric' : taken ? `exported_${label}` : label] = value;
  }
  return { ...labels, ...name.labels };
}

/** What a figure means, for the metric lists of query editors. */
export function helpOf(figure: Figure): string {
  switch (figure.kind) {
    case 'expected':
      return 'Expected value, past and future.';
    case 'lower':
    case 'upper':
      return `${figure.kind === 'lower' ? 'Lower' : 'Upper'} bound of the band that holds ${figure.levelPercent} % of the values, past and future.`;
    case 'observed':
      return 'Observed value, on the grid of the job.';
    case 'score':
      return 'How far the observed value is from the expected one: 0 as expected, 1 at the edge of the band, above 1 outside.';
    case 'anomalous':
      return '1 above the band, -1 below it, 0 inside.';
  }
}
