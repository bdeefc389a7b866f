import { access, constants, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ForecastOutcome } from '../forecasting/forecast-task.ts';
import { toPreview } from '../forecasting/preview.ts';
import { AppError, messageOf } from '../errors.ts';
import type { CommandIo } from './command.ts';
import type { History } from './history.ts';
import type { OutputPaths } from './input-options.ts';
import { bandTitles, bandValues } from './print-forecast.ts';

/** Fails before the work when its result could not be written. @throws AppError `invalid_request` naming the path */
export async function checkOutputs({ json, csv, plot }: OutputPaths): Promise<void> {
  for (const [option, path] of Object.entries({ json, csv, plot })) {
    if (path !== undefined && path !== '-') {
      await checkWritable(`--${option} ${path}`, path);
    }
  }
}

async function checkWritable(what: string, path: string): Promise<void> {
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory() === true) {
    throw new AppError('invalid_request', `${what}: it is a directory; name a file`);
  }
  try {
    await access(existing === undefined ? dirname(path) : path, constants.W_OK);
  } catch (error) {
    const cause = existing === undefined ? 'its folder does not exist or is not writable' : 'it is not writable';
    throw new AppError('invalid_request', `${what}: ${cause}`, { cause: error });
  }
}

function csvText({ forecast }: ForecastOutcome): string {
  if (forecast === undefined) {
    return 'time,expected\n';
  }
  const titles = bandTitles(forecast).map((title) => title.replace(' ', '_').replace('%', ''));
  const rows = Array.from(forecast.expected, (_, i) => {
    const time = new Date(forecast.startMs + i * forecast.stepMs).toISOString();
    // Single precision holds seven digits: more would be noise of the conversion.
    const values = bandValues(forecast, i).map((value) =>
      Number.isFinite(value) ? String(Number(value.toPrecision(7))) : ''
    );
    return [time, ...values].join(',');
  });
  return `${['time', ...titles].join(',')}\n${rows.join('\n')}\n`;
}

function jsonText(history: History, outcome: ForecastOutcome, seconds: number): string {
  const { name, unit, facts } = history;
  const preview = toPreview(outcome, { seconds });
  return `${JSON.stringify({ name, unit: unit ?? null, understood: facts.map(([fact, text]) => `${fact}: ${text}`), ...preview })}\n`;
}

/** Writes a result to a file or to standard output (`-`). @throws AppError `internal` naming the path */
export async function put(path: string, text: string, io: CommandIo): Promise<void> {
  if (path === '-') {
    io.stdout.write(text);
    return;
  }
  try {
    await writeFile(path, text);
  } catch (error) {
    throw new AppError('internal', `${path} can't be written: ${messageOf(error)}`, { cause: error });
  }
  io.stderr.write(`wrote ${path}\n`);
}

export interface Finished {
  readonly history: History;
  readonly outcome: ForecastOutcome;
  readonly seconds: number;
}

/** Writes the files that the options ask for. */
export async function writeOutputs(
  { history, outcome, seconds }: Finished,
  { json, csv, plot }: OutputPaths,
  io: CommandIo
): Promise<void> {
  if (json !== undefined) {
    await put(json, jsonText(history, outcome, seconds), io);
  }
  if (csv !== undefined) {
    await put(csv, csvText(outcome), io);
  }
  if (plot !== undefined) {
    const { renderSvg } = await import('./plot-svg.ts');
    await put(plot, await renderSvg(outcome, history), io);
  }
}
