import { type Direction, LevelText, ModelName } from '../contract/job.ts';
import { type ParsedArgs, parseTextOptions, UsageError } from './command.ts';
import {
  type BatchInput,
  batchInput,
  directionOption,
  durationOption,
  type HistoryInput,
  historyInput,
  inputHelp,
  inputOptions,
  numberOption,
  type OutputPaths,
  outputPaths,
  sensitivityOption,
} from './input-options.ts';

const modelOptions = ['models', 'direction', 'sensitivity', 'min', 'max', 'seed', 'timeout'] as const;
/** What the list of a batch says for each series, or the format of its answers fixes. */
const listedOptions = ['step', 'horizon', 'levels'] as const;

/** How a series is forecast, whichever it is. */
export interface ModelOptions {
  readonly models: 'auto' | readonly ModelName[];
  readonly direction: Direction;
  readonly alertsPerWeek: number;
  readonly range: { readonly min?: number; readonly max?: number } | undefined;
  readonly seed: number;
  readonly timeoutMs: number;
}

export interface ForecastOptions extends ModelOptions {
  readonly kind: 'one';
  readonly input: HistoryInput;
  readonly stepMs: number | undefined;
  readonly horizonMs: number;
  readonly levels: readonly number[];
  /** Zone in which times are printed. */
  readonly timeZone: string;
  readonly outputs: OutputPaths;
}

export interface BatchForecastOptions extends ModelOptions {
  readonly kind: 'batch';
  readonly batch: BatchInput;
}

type Values = ParsedArgs['values'];

function models(text: string | undefined): ModelOptions['models'] {
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

function range(values: Values): ModelOptions['range'] {
  const min = numberOption(values, 'min');
  const max = numberOption(values, 'max');
  if (min !== undefined && max !== undefined && min >= max) {
    throw new UsageError('--min must be below --max');
  }
  return min === undefined && max === undefined
    ? undefined
    : { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

function modelOptionsOf(values: Values): ModelOptions {
  return {
    models: models(values['models']),
    direction: directionOption(values),
    alertsPerWeek: sensitivityOption(values),
    range: range(values),
    seed: numberOption(values, 'seed') ?? 1,
    timeoutMs: durationOption(values, 'timeout') ?? 300_000,
  };
}

/** The options of `forecast` and `backtest`. @throws UsageError naming the option and what was expected */
export function parseForecastOptions(args: readonly string[]): ForecastOptions | BatchForecastOptions {
  const parsed = parseTextOptions(args, [...inputOptions, ...modelOptions, ...listedOptions]);
  const { values } = parsed;
  const batch = batchInput(parsed, listedOptions);
  if (batch !== undefined) {
    return { kind: 'batch', batch, ...modelOptionsOf(values) };
  }
  return {
    kind: 'one',
    outputs: outputPaths(values),
    input: historyInput(parsed),
    stepMs: durationOption(values, 'step'),
    horizonMs: durationOption(values, 'horizon') ?? 86_400_000,
    ...modelOptionsOf(values),
    levels: levels(values['levels']),
    timeZone: values['time-zone'] ?? 'UTC',
  };
}

/** Help text of the options that `forecast` and `backtest` share. */
export const forecastOptionsHelp = `${inputHelp}
Forecast
  --step DURATION         spacing of the values; found in a file, 5m for --query
  --horizon DURATION      how far ahead (24h)
  --models LIST           auto, or names such as mstl,prophet
  --levels LIST           percentages that the bands promise to hold (80,95)
  --direction SIDE        above, below or both: which side is abnormal
  --sensitivity TEXT      how many anomalies of the past to tell: "1 alert per week" (the default), "2 alerts per day" …
  --min N  --max N        values that can exist; the forecast is cut to them
  --seed N                source of every random choice (1)
  --timeout DURATION      longest time of a training (5m)

Output (- is standard output)
  --json FILE  --csv FILE  --plot FILE.svg
`;
