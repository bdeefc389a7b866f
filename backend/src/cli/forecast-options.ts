import { parseDurationMs } from '../contract/duration.ts';
import { Direction, LevelText, ModelName } from '../contract/job.ts';
import { Sensitivity } from '../contract/sensitivity.ts';
import { type ParsedArgs, parseTextOptions, UsageError } from './command.ts';
import type { TableHints } from './tables/understanding.ts';

const inputOptions = ['column', 'time-column', 'time-zone', 'date-order', 'decimal'] as const;
const sourceOptions = ['source', 'query', 'url', 'kind', 'tenant', 'config', 'training'] as const;
const modelOptions = [
  'step',
  'horizon',
  'models',
  'levels',
  'direction',
  'sensitivity',
  'min',
  'max',
  'seed',
  'timeout',
] as const;
const outputOptions = ['json', 'csv', 'plot'] as const;

export type HistoryInput =
  | { readonly kind: 'file'; readonly path: string; readonly hints: TableHints }
  | {
      readonly kind: 'query';
      readonly promql: string;
      readonly source: string | undefined;
      readonly url: string | undefined;
      readonly product: 'prometheus' | 'mimir' | 'thanos';
      readonly tenant: string | undefined;
      readonly config: string | undefined;
      readonly trainingMs: number;
      /** Which of several answered series. */
      readonly series: string | undefined;
    };

export interface ForecastOptions {
  readonly input: HistoryInput;
  readonly stepMs: number | undefined;
  readonly horizonMs: number;
  readonly models: 'auto' | readonly ModelName[];
  readonly levels: readonly number[];
  readonly direction: Direction;
  readonly alertsPerWeek: number;
  readonly range: { readonly min?: number; readonly max?: number } | undefined;
  readonly seed: number;
  readonly timeoutMs: number;
  /** Zone in which times are printed. */
  readonly timeZone: string;
  readonly outputs: {
    readonly json: string | undefined;
    readonly csv: string | undefined;
    readonly plot: string | undefined;
  };
}

type Values = ParsedArgs['values'];

function duration(values: Values, name: string): number | undefined {
  const text = values[name];
  const ms = text === undefined ? undefined : parseDurationMs(text);
  if (text !== undefined && !((ms ?? 0) > 0)) {
    throw new UsageError(`--${name} ${text}: expected a duration such as 30s, 5m, 24h or 7d`);
  }
  return ms;
}

function number(values: Values, name: string): number | undefined {
  const text = values[name];
  if (text !== undefined && (text.trim() === '' || !Number.isFinite(Number(text)))) {
    throw new UsageError(`--${name} ${text}: expected a number`);
  }
  return text === undefined ? undefined : Number(text);
}

function oneOf<T extends string>(values: Values, name: string, allowed: readonly T[]): T | undefined {
  const text = values[name];
  const found = allowed.find((choice) => choice === text);
  if (text !== undefined && found === undefined) {
    throw new UsageError(`--${name} ${text}: expected one of ${allowed.join(', ')}`);
  }
  return found;
}

function models(text: string | undefined): ForecastOptions['models'] {
  if (text === undefined || text === 'auto') {
    return 'auto';
  }
  return text.split(',').map((name) => {
    const parsed = ModelName.safeParse(name.trim());
    if (!parsed.success) {
      throw new UsageError(
        `--models: there is no model "${name.trim()}"; there are: auto, ${ModelName.options.join(', ')}`
      );
    }
    return parsed.data;
  });
}

function levels(text: string | undefined): readonly number[] {
  const parsed = (text ?? '80,95')
    .split(',')
    .map((level) => LevelText.safeParse(level.trim().endsWith('%') ? level.trim() : Number(level)));
  const good = parsed.flatMap(({ data }) => (data === undefined ? [] : [data]));
  if (good.length < parsed.length || good.length > 4) {
    throw new UsageError(`--levels ${text ?? ''}: expected up to four percentages from 50 to 99.9, such as 80,95`);
  }
  return [...new Set(good)].sort((a, b) => a - b);
}

function alertsPerWeek(text: string | undefined): number {
  const parsed = Sensitivity.safeParse(text ?? 1);
  if (!parsed.success) {
    throw new UsageError(`--sensitivity ${text ?? ''}: ${parsed.error.issues[0]?.message ?? ''}`);
  }
  return parsed.data;
}

function input({ values, positionals }: ParsedArgs): HistoryInput {
  const [path, second] = positionals;
  const promql = values['query'];
  if (second !== undefined) {
    throw new UsageError(`one file at a time; "${second}" is one too many`);
  }
  if ((path === undefined) === (promql === undefined)) {
    throw new UsageError(
      path === undefined ? 'name a file, - for standard input, or --query' : 'name a file or --query, not both'
    );
  }
  const dateOrder = oneOf(values, 'date-order', ['day-first', 'month-first']);
  const decimal = oneOf(values, 'decimal', ['.', ',']);
  const column = values['column'];
  if (path !== undefined) {
    return {
      kind: 'file',
      path,
      hints: { column, timeColumn: values['time-column'], timeZone: values['time-zone'], dateOrder, decimal },
    };
  }
  return {
    kind: 'query',
    promql: promql ?? '',
    source: values['source'],
    url: values['url'],
    product: oneOf(values, 'kind', ['prometheus', 'mimir', 'thanos']) ?? 'prometheus',
    tenant: values['tenant'],
    config: values['config'],
    trainingMs: duration(values, 'training') ?? 28 * 86_400_000,
    series: column,
  };
}

function range(values: Values): ForecastOptions['range'] {
  const min = number(values, 'min');
  const max = number(values, 'max');
  if (min !== undefined && max !== undefined && min >= max) {
    throw new UsageError('--min must be below --max');
  }
  return min === undefined && max === undefined
    ? undefined
    : { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

/** The options of `forecast` and `backtest`. @throws UsageError naming the option and what was expected */
export function parseForecastOptions(args: readonly string[]): ForecastOptions {
  const parsed = parseTextOptions(args, [...inputOptions, ...sourceOptions, ...modelOptions, ...outputOptions]);
  const { values } = parsed;
  const { json, csv, plot } = values;
  if ([json, csv, plot].filter((path) => path === '-').length > 1) {
    throw new UsageError('only one of --json, --csv and --plot can be written to standard output (-)');
  }
  return {
    input: input(parsed),
    stepMs: duration(values, 'step'),
    horizonMs: duration(values, 'horizon') ?? 86_400_000,
    models: models(values['models']),
    levels: levels(values['levels']),
    direction: oneOf(values, 'direction', Direction.options) ?? 'both',
    alertsPerWeek: alertsPerWeek(values['sensitivity']),
    range: range(values),
    seed: number(values, 'seed') ?? 1,
    timeoutMs: duration(values, 'timeout') ?? 300_000,
    timeZone: values['time-zone'] ?? 'UTC',
    outputs: { json, csv, plot },
  };
}

/** Help text of the options that `forecast` and `backtest` share. */
export const forecastOptionsHelp = `Input: FILE, - for standard input, or a query
  --column NAME           series or value column, when there are several
  --time-column NAME      column of the times, when there are several
  --time-zone ZONE        zone of times that have none, such as Europe/Berlin, UTC or +09:00; output is printed in it
  --date-order ORDER      day-first or month-first, for dates such as 03/04/2026
  --decimal MARK          . or , for numbers such as 1,234
  --query PROMQL          read from a metric source instead of a file
  --source NAME           source of aiops.yaml; its first one when left out
  --config FILE           settings; AIOPS_CONFIG or provisioning/aiops/aiops.yaml when left out
  --url URL               a Prometheus API without settings, with --kind prometheus|mimir|thanos and --tenant NAME
  --training DURATION     history to read by --query (28d)

Forecast
  --step DURATION         spacing of the values; found in a file, 5m for --query
  --horizon DURATION      how far ahead (24h)
  --models LIST           auto, or names such as mstl,prophet
  --levels LIST           percentages that the bands promise to hold (80,95)
  --direction SIDE        above, below or both: which side is abnormal
  --sensitivity TEXT      how many anomalies to tell: "1 alert per week", "2 alerts per day" …
  --min N  --max N        values that can exist; the forecast is cut to them
  --seed N                source of every random choice (1)
  --timeout DURATION      longest time of a training (5m)

Output (- is standard output)
  --json FILE  --csv FILE  --plot FILE.svg
`;
