import { formatDurationMs } from '../contract/duration.ts';
import { loadConfig } from '../config.ts';
import { createMetricStore } from '../datasources/metrics/prometheus.ts';
import type { SourceSettings } from '../datasources/source-settings.ts';
import { AppError } from '../errors.ts';
import type { LabelledSeries } from '../timeseries/series.ts';
import { chooseSources } from './check.ts';
import { type CommandIo, UsageError } from './command.ts';
import type { HistoryInput } from './input-options.ts';
import { quoted } from './tables/columns.ts';
import { readTable, type TableSeries } from './tables/read-table.ts';
import { seriesTitle } from './tables/structured.ts';
import { UndecidedError } from './tables/table-error.ts';

/** One series to forecast, wherever it came from. */
export interface History {
  readonly name: string;
  readonly unit: string | undefined;
  readonly timestampsMs: readonly number[];
  readonly values: readonly number[];
  readonly query: string | undefined;
  readonly stepMs: number | undefined;
  readonly facts: ReadonlyArray<readonly [string, string]>;
}

type QueryInput = Extract<HistoryInput, { kind: 'query' }>;

const maxSeries = 1_000;
const defaultStepMs = 300_000;

function settingsOf({ url, source, product, tenant, config }: QueryInput): SourceSettings {
  if (url === undefined) {
    const [settings] = chooseSources(loadConfig({ file: config }).sources, source);
    if (settings === undefined) {
      throw new UsageError('there is no source in the settings; give --url');
    }
    return settings;
  }
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.username !== '' || parsed.password !== '') {
    throw new UsageError(
      '--url: expected an address such as http://prometheus:9090, without user and password (these belong into aiops.yaml)'
    );
  }
  const base = { name: source ?? parsed.host, kind: product, url: url.replace(/\/+$/, '') };
  return { ...base, ...(tenant !== undefined && { tenant }), timeoutMs: 30_000, delayMs: 0, maxBytes: 64 * 1_048_576 };
}

function chooseSeries(all: readonly LabelledSeries[], wanted: string | undefined, promql: string): LabelledSeries {
  const titles = all.map(({ labels }) => seriesTitle(labels));
  const matching = all.filter((_, i) => wanted === undefined || titles[i]?.includes(wanted) === true);
  const exact = all.find((_, i) => titles[i] === wanted);
  const [only, second] = exact === undefined ? matching : [exact];
  if (all.length === 0) {
    throw new AppError('no_series', `the query answers no series in that time: ${promql}`);
  }
  if (only === undefined || second !== undefined) {
    throw new UndecidedError(
      `the query answers ${all.length} series: ${quoted(titles)}; choose one with --column, or aggregate the query`
    );
  }
  return only;
}

/** The instants that have a value. */
function samplesOf({ startMs, stepMs, values }: LabelledSeries): Pick<History, 'timestampsMs' | 'values'> {
  const samples = Array.from(values, (value, i) => ({ timeMs: startMs + i * stepMs, value }));
  const known = samples.filter(({ value }) => !Number.isNaN(value));
  return { timestampsMs: known.map(({ timeMs }) => timeMs), values: known.map(({ value }) => value) };
}

async function readQuery(input: QueryInput, stepMs: number, signal: AbortSignal): Promise<History> {
  const settings = settingsOf(input);
  const store = createMetricStore(settings);
  try {
    const endMs = Math.floor((Date.now() - settings.delayMs) / stepMs) * stepMs;
    const startMs = endMs - Math.ceil(input.trainingMs / stepMs) * stepMs;
    const answer = await store.queryRange({ promql: input.promql, startMs, endMs, stepMs, maxSeries }, signal);
    const chosen = chooseSeries(answer.series, input.series, input.promql);
    const { timestampsMs, values } = samplesOf(chosen);
    const { labels } = chosen;
    const name = seriesTitle(labels) === '{}' ? input.promql : seriesTitle(labels);
    const facts: Array<readonly [string, string]> = [
      ['source', `${settings.name} (${settings.kind})`],
      ['query', input.promql],
      ['series', name],
      [
        'range',
        `${new Date(startMs).toISOString()} to ${new Date(endMs).toISOString()}, step ${formatDurationMs(stepMs)}, ${values.length} values`,
      ],
      ...answer.warnings.map((warning) => ['warning', warning] as const),
    ];
    return { name, unit: undefined, timestampsMs, values, query: input.promql, stepMs, facts };
  } finally {
    await store.stop();
  }
}

/** An empty cell is a gap like a missing row, and was told as one; it must not read as a fault of the values. */
function fromTable(table: TableSeries, stepMs: number | undefined): History {
  const kept = table.values.flatMap((value, i) => (Number.isNaN(value) ? [] : [i]));
  const pick = (list: readonly number[]) => kept.map((i) => list[i] ?? NaN);
  // The name of a column is what an export keeps of the query: `…_total` gives a counter away.
  return { ...table, query: table.name, stepMs, timestampsMs: pick(table.timestampsMs), values: pick(table.values) };
}

/** Reads the series that the options name, and tells on stderr what was understood. */
export async function readHistory(
  { input, stepMs }: { readonly input: HistoryInput; readonly stepMs: number | undefined },
  io: CommandIo
): Promise<History> {
  const history =
    input.kind === 'query'
      ? await readQuery(input, stepMs ?? defaultStepMs, io.signal)
      : fromTable(await readTable(input.path, io.stdin, input.hints, stepMs), stepMs);
  const lines = history.facts.map(([name, text]) => `  ${name.padEnd(8)}${text}`);
  io.stderr.write(`understood\n${lines.join('\n')}\n`);
  return history;
}
