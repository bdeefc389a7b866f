import { parseDurationMs } from '../contract/duration.ts';
import { Direction } from '../contract/job.ts';
import { Sensitivity } from '../contract/sensitivity.ts';
import { type ParsedArgs, UsageError } from './command.ts';
import type { TableHints } from './tables/understanding.ts';

const hintOptions = ['column', 'time-column', 'time-zone', 'date-order', 'decimal'] as const;
const sourceOptions = ['source', 'query', 'url', 'kind', 'tenant', 'config', 'training'] as const;
const outputOptions = ['json', 'csv', 'plot'] as const;
/** Options of every command that reads one history or many. */
export const inputOptions = [...hintOptions, ...sourceOptions, ...outputOptions, 'batch'] as const;

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

/** Paths that the results are written to; `-` is standard output. */
export interface OutputPaths {
  readonly json: string | undefined;
  readonly csv: string | undefined;
  readonly plot: string | undefined;
}

/** What `--batch` says: the list of series, and where the answers go. */
export interface BatchInput {
  readonly index: string;
  readonly json: string;
  /** Hold for every file of the list. */
  readonly hints: TableHints;
}

type Values = ParsedArgs['values'];

/** A duration above 0 in milliseconds. @throws UsageError naming the option */
export function durationOption(values: Values, name: string): number | undefined {
  const text = values[name];
  const ms = text === undefined ? undefined : parseDurationMs(text);
  if (text !== undefined && !((ms ?? 0) > 0)) {
    throw new UsageError(`--${name} ${text}: expected a duration such as 30s, 5m, 24h or 7d`);
  }
  return ms;
}

/** @throws UsageError naming the option */
export function numberOption(values: Values, name: string): number | undefined {
  const text = values[name];
  if (text !== undefined && (text.trim() === '' || !Number.isFinite(Number(text)))) {
    throw new UsageError(`--${name} ${text}: expected a number`);
  }
  return text === undefined ? undefined : Number(text);
}

/** @throws UsageError naming the option and what there is */
export function choiceOption<T extends string>(values: Values, name: string, allowed: readonly T[]): T | undefined {
  const text = values[name];
  const found = allowed.find((choice) => choice === text);
  if (text !== undefined && found === undefined) {
    throw new UsageError(`--${name} ${text}: expected one of ${allowed.join(', ')}`);
  }
  return found;
}

/** `--direction`, both sides when left out. @throws UsageError */
export function directionOption(values: Values): Direction {
  return choiceOption(values, 'direction', Direction.options) ?? 'both';
}

/** `--sensitivity` in alerts a week, 1 when left out. @throws UsageError */
export function sensitivityOption(values: Values): number {
  const text = values['sensitivity'];
  const parsed = Sensitivity.safeParse(text ?? 1);
  if (!parsed.success) {
    throw new UsageError(`--sensitivity ${text ?? ''}: ${parsed.error.issues[0]?.message ?? ''}`);
  }
  return parsed.data;
}

function hintsOf(values: Values): TableHints {
  return {
    column: values['column'],
    timeColumn: values['time-column'],
    timeZone: values['time-zone'],
    dateOrder: choiceOption(values, 'date-order', ['day-first', 'month-first']),
    decimal: choiceOption(values, 'decimal', ['.', ',']),
  };
}

/** The one history that is meant: a file or a query. @throws UsageError when it is none or more */
export function historyInput({ values, positionals }: ParsedArgs): HistoryInput {
  const [path, second] = positionals;
  const promql = values['query'];
  if (second !== undefined) {
    throw new UsageError(`one file at a time; "${second}" is one too many. Many series at once: --batch`);
  }
  if ((path === undefined) === (promql === undefined)) {
    throw new UsageError(
      path === undefined ? 'name a file, - for standard input, or --query' : 'name a file or --query, not both'
    );
  }
  if (path !== undefined) {
    return { kind: 'file', path, hints: hintsOf(values) };
  }
  return {
    kind: 'query',
    promql: promql ?? '',
    source: values['source'],
    url: values['url'],
    product: choiceOption(values, 'kind', ['prometheus', 'mimir', 'thanos']) ?? 'prometheus',
    tenant: values['tenant'],
    config: values['config'],
    trainingMs: durationOption(values, 'training') ?? 28 * 86_400_000,
    series: values['column'],
  };
}

/** @throws UsageError when more than one result would go to standard output */
export function outputPaths({ json, csv, plot }: Values): OutputPaths {
  if ([json, csv, plot].filter((path) => path === '-').length > 1) {
    throw new UsageError('only one of --json, --csv and --plot can be written to standard output (-)');
  }
  return { json, csv, plot };
}

/**
 * The list of series that `--batch` names; undefined when it was not given.
 * @param decidedByList options that the list answers itself
 * @throws UsageError for what makes no sense together
 */
export function batchInput(
  { values, positionals }: ParsedArgs,
  decidedByList: readonly string[]
): BatchInput | undefined {
  const index = values['batch'];
  if (index === undefined) {
    return undefined;
  }
  const senseless = [...sourceOptions, 'csv', 'plot', ...decidedByList].find((name) => values[name] !== undefined);
  if (senseless !== undefined || positionals.length > 0) {
    throw new UsageError(
      `--batch reads the files that its list names; leave out ${senseless === undefined ? positionals[0] : `--${senseless}`}`
    );
  }
  if (values['json'] === undefined) {
    throw new UsageError('--batch needs --json FILE (- is standard output) for the answers');
  }
  return { index, json: values['json'], hints: hintsOf(values) };
}

/** Help text of the options that say what is read. */
export const inputHelp = `Input: FILE, - for standard input, a query, or many files at once (--batch)
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
`;
