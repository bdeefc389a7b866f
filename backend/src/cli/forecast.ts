import { performance } from 'node:perf_hooks';
import type { ForecastOutcome } from '../forecasting/forecast-task.ts';
import { forecastWork } from './batch/forecast-batch.ts';
import { runBatch } from './batch/run-batch.ts';
import { type Command, type CommandIo, UsageError } from './command.ts';
import { type ForecastOptions, forecastOptionsHelp, parseForecastOptions } from './forecast-options.ts';
import { type History, readHistory } from './history.ts';
import { backtestText, forecastText } from './print-forecast.ts';
import { train } from './train.ts';
import { checkOutputs, writeOutputs } from './write-outputs.ts';

type Print = (outcome: ForecastOutcome, title: string, timeZone: string) => string;

async function runOne(options: ForecastOptions, io: CommandIo, print: Print): Promise<number> {
  await checkOutputs(options.outputs);
  const history = await readHistory(options, io);
  const startedMs = performance.now();
  const outcome = await train(history, options, io);
  const seconds = (performance.now() - startedMs) / 1_000;
  const { json, csv, plot } = options.outputs;
  // What a machine reads from standard output must not be mixed with what a person reads.
  if (![json, csv, plot].includes('-')) {
    io.stdout.write(print(outcome, titleOf(history), options.timeZone));
  }
  await writeOutputs({ history, outcome, seconds }, options.outputs, io);
  return 0;
}

function titleOf({ name, unit }: History): string {
  return unit === undefined || unit === '' ? name : `${name} (${unit})`;
}

function printBacktest(outcome: ForecastOutcome, title: string): string {
  const notes = outcome.notes.map(({ severity, text }) => `${severity}: ${text}\n`).join('');
  const table =
    outcome.backtest === undefined
      ? 'no back-test: the series got its answer by rule or is too short\n'
      : backtestText(outcome.backtest);
  return `${title}\n${notes}${table}`;
}

const batchHelp = `Many series at once
  --batch FILE.json       a list of {"id", "file", "rows"?, "horizon", "stepSeconds"}: files relative to the list, horizon
                          in steps, only the first rows of a file are read; needs --json for the answers
                          {id: {model, expected, lower80, upper80, lower95, upper95, quantiles} or {error}}
`;

/** `aiops forecast`: what a file or a query will do next. */
export const forecast: Command = {
  help: `aiops forecast FILE|- [options]\naiops forecast --query PROMQL [--source NAME | --url URL] [options]\naiops forecast --batch LIST.json --json ANSWERS.json [options]\n\n${forecastOptionsHelp}\n${batchHelp}`,
  run: (args, io) => {
    const options = parseForecastOptions(args);
    return options.kind === 'batch'
      ? runBatch(options.batch, forecastWork(options), io)
      : runOne(options, io, forecastText);
  },
};

/** `aiops backtest`: which model would have been right. */
export const backtest: Command = {
  help: `aiops backtest FILE|- [options]\naiops backtest --query PROMQL [--source NAME | --url URL] [options]\n\n${forecastOptionsHelp}`,
  run: (args, io) => {
    const options = parseForecastOptions(args);
    if (options.kind === 'batch') {
      throw new UsageError('--batch: back-tests are made one at a time; name a file');
    }
    return runOne(options, io, printBacktest);
  },
};
