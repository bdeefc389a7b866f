/**
 * The queries that ask the product's own Prometheus API for the band of one job.
 * Plain TypeScript with no Grafana in it: the plugin and the generator of `dashboards/*.json` use the same functions.
 */
export interface BandQueryOptions {
  /** Nominal levels in percent; the widest is served under the plain names. Default 80 and 95. */
  readonly levels?: readonly number[];
  /** Further label matchers, as PromQL writes them: `service="api"`. */
  readonly matchers?: readonly string[];
}

export interface BandQueries {
  readonly expected: string;
  readonly lower: string;
  readonly upper: string;
  /** Bounds of the levels below the widest, by level in percent. */
  readonly narrower: ReadonlyArray<{ readonly levelPercent: number; readonly lower: string; readonly upper: string }>;
  readonly actual: string;
  readonly score: string;
}

/** A PromQL string literal: backslash, quote and line break escaped. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

/** `50` → `p50`, `99.5` → `p99_5`: the suffix of a bound's metric name. */
function levelSuffix(levelPercent: number): string {
  return `p${String(levelPercent).replace('.', '_')}`;
}

/**
 * All queries that draw the forecast of `jobName`: expected line, bounds by level, observed values and score.
 * A dashboard variable (`$job`) may stand for the name.
 */
export function forecastQueries(jobName: string, options: BandQueryOptions = {}): BandQueries {
  const levels = [...(options.levels ?? [80, 95])].sort((a, b) => a - b);
  const matchers = [`for=${quoted(jobName)}`, ...(options.matchers ?? [])].join(', ');
  const select = (metric: string) => `${metric}{${matchers}}`;
  return {
    expected: select('yhat'),
    lower: select('yhat_lower'),
    upper: select('yhat_upper'),
    narrower: levels.slice(0, -1).map((levelPercent) => ({
      levelPercent,
      lower: select(`yhat_lower_${levelSuffix(levelPercent)}`),
      upper: select(`yhat_upper_${levelSuffix(levelPercent)}`),
    })),
    actual: select('y'),
    score: select('anomaly_score'),
  };
}
