import type { Direction } from '../contract/job.ts';
import { parseTextOptions, UsageError } from './command.ts';
import {
  type BatchInput,
  batchInput,
  directionOption,
  durationOption,
  type HistoryInput,
  historyInput,
  inputHelp,
  inputOptions,
  type OutputPaths,
  outputPaths,
  sensitivityOption,
} from './input-options.ts';

const scoreOptions = ['direction', 'sensitivity', 'timeout'] as const;

/** How a series is scored, whichever it is. */
export interface ScoreOptions {
  readonly direction: Direction;
  readonly alertsPerWeek: number;
  /** `causal`: each value is judged by what came before it, as in operation; `offline`: by the whole series. */
  readonly form: 'causal' | 'offline';
  readonly timeoutMs: number;
}

export interface DetectOptions extends ScoreOptions {
  readonly kind: 'one';
  readonly input: HistoryInput;
  readonly stepMs: number | undefined;
  /** Zone in which times are printed. */
  readonly timeZone: string;
  readonly outputs: OutputPaths;
}

export interface BatchDetectOptions extends ScoreOptions {
  readonly kind: 'batch';
  readonly batch: BatchInput;
}

/** The options of `detect`. @throws UsageError naming the option and what was expected */
export function parseDetectOptions(args: readonly string[]): DetectOptions | BatchDetectOptions {
  const flags = args.filter((arg) => arg === '--offline');
  if (flags.length > 1) {
    throw new UsageError('--offline is given twice; once is enough');
  }
  const parsed = parseTextOptions(
    args.filter((arg) => arg !== '--offline'),
    [...inputOptions, ...scoreOptions, 'step']
  );
  const { values } = parsed;
  const score: ScoreOptions = {
    direction: directionOption(values),
    alertsPerWeek: sensitivityOption(values),
    form: flags.length > 0 ? 'offline' : 'causal',
    timeoutMs: durationOption(values, 'timeout') ?? 300_000,
  };
  const batch = batchInput(parsed, ['step']);
  if (batch !== undefined) {
    return { kind: 'batch', batch, ...score };
  }
  return {
    kind: 'one',
    outputs: outputPaths(values),
    input: historyInput(parsed),
    stepMs: durationOption(values, 'step'),
    ...score,
    timeZone: values['time-zone'] ?? 'UTC',
  };
}

/** Help text of the options of `detect`. */
export const detectOptionsHelp = `${inputHelp}
Detection
  --step DURATION         spacing of the values; found in a file, 5m for --query
  --sensitivity TEXT      how many anomalies to tell: "1 alert per week" (the default), "2 alerts per day" …
  --direction SIDE        above, below or both: which side is abnormal
  --offline               judge each value by the whole series; without it by what came before, as in operation
  --timeout DURATION      longest time for a series (5m)

Output (- is standard output)
  --json FILE  --csv FILE  --plot FILE.svg
`;
