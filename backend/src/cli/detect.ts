import { detectWork } from './batch/detect-batch.ts';
import { runBatch } from './batch/run-batch.ts';
import type { Command, CommandIo } from './command.ts';
import { type DetectOptions, detectOptionsHelp, parseDetectOptions } from './detect-options.ts';
import { createDetectionPool } from './detection-pool.ts';
import { type History, readHistory } from './history.ts';
import { detectionCsv, detectionJson, detectionText, type Detected } from './print-detection.ts';
import { resample } from '../timeseries/resample.ts';
import { showProgress } from './train.ts';
import { checkOutputs, put } from './write-outputs.ts';

async function detectIn(history: History, options: DetectOptions, io: CommandIo): Promise<Detected> {
  const { series } = resample(history, options.stepMs ?? history.stepMs);
  const { alertsPerWeek, direction, form, timeoutMs } = options;
  const pool = createDetectionPool({ workers: 1, timeoutMs });
  const done = showProgress(io, 'scoring');
  try {
    const detection = await pool.run({ series, options: { alertsPerWeek, direction, form } }, io.signal);
    return { history, series, detection };
  } finally {
    done();
    await pool.stop();
  }
}

async function runOne(options: DetectOptions, io: CommandIo): Promise<number> {
  const { json, csv, plot } = options.outputs;
  await checkOutputs(options.outputs);
  const detected = await detectIn(await readHistory(options, io), options, io);
  // What a machine reads from standard output must not be mixed with what a person reads.
  if (![json, csv, plot].includes('-')) {
    io.stdout.write(detectionText(detected, options));
  }
  if (json !== undefined) {
    await put(json, detectionJson(detected, options), io);
  }
  if (csv !== undefined) {
    await put(csv, detectionCsv(detected), io);
  }
  if (plot !== undefined) {
    const { renderDetectionSvg } = await import('./plot-detection.ts');
    await put(plot, await renderDetectionSvg(detected), io);
  }
  return 0;
}

const batchHelp = `Many series at once
  --batch FILE.json       a list of {"id", "file", "rows"?, "stepSeconds"}: files relative to the list, only the first
                          rows of a file are read; needs --json for the answers {id: {scores, alerts} or {error}} with
                          a score for each row and the rows of an alert counted from 0
`;

/** `aiops detect`: when a file or a query was abnormal. */
export const detectCommand: Command = {
  help: `aiops detect FILE|- [options]\naiops detect --query PROMQL [--source NAME | --url URL] [options]\naiops detect --batch LIST.json --json ANSWERS.json [options]\n\n${detectOptionsHelp}\n${batchHelp}`,
  run: (args, io) => {
    const options = parseDetectOptions(args);
    return options.kind === 'batch' ? runBatch(options.batch, detectWork(options), io) : runOne(options, io);
  },
};
