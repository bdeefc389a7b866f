import { performance } from 'node:perf_hooks';
import type { ForecastOutcome } from '../forecasting/forecast-task.ts';
import type { Command, CommandIo } from './command.ts';
import { forecastOptionsHelp, parseForecastOptions } from './forecast-options.ts';
import { type History, readHistory } from './history.ts';
import { backtestText, forecastText } from './print-forecast.ts';
import { train } from './train.ts';
import { checkOutputs, writeOutputs } from './write-outputs.ts';

type Print = (outcome: ForecastOutcome, title: string, timeZone: string) => string;

async function run(args: readonly string[], io: CommandIo, print: Print): Promise<number> {
  const options = parseForecastOptions(args);
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
  await writeOutputs({ history, outcome, seconds }, options, io);
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

/** `aiops forecast`: what a file or a query will do next. */
export const forecast: Command = {
  help: `aiops forecast FILE|- [options]\naiops forecast --query PROMQL [--source NAME | --url URL] [options]\n\n${forecastOptionsHelp}`,
  run: (args, io) => run(args, io, forecastText),
};

/** `aiops backtest`: which model would have been right. */
export const backtest: Command = {
  help: `aiops backtest FILE|- [options]\naiops backtest --query PROMQL [--source NAME | --url URL] [options]\n\n${forecastOptionsHelp}`,
  run: (args, io) => run(args, io, printBacktest),
};
