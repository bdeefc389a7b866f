import { formatDurationMs, parseDurationMs } from '../contract/duration.ts';
import type { JobSpec } from '../contract/job.ts';

/** A fault that no single key of a job shows: which key to change, and why. */
export interface JobSpecFault {
  readonly key: keyof JobSpec;
  readonly message: string;
}

// Ten weeks at 1 min, or a year at 5 min: what a fit can still read and a worker still hold.
const maxTrainingPoints = 105_120;
// A week at 1 min; one band of it is 200 kB.
const maxForecastPoints = 20_160;
const minTrainingPoints = 10;
const minStepMs = 1000;

/** What the durations of a job say together: empty when they can be worked with. */
export function jobSpecFaults(spec: JobSpec): readonly JobSpecFault[] {
  const { stepMs, trainingMs, retrainMs, horizonMs } = jobDurations(spec);
  const faults: JobSpecFault[] = [];
  const points = Math.floor(trainingMs / stepMs);
  if (stepMs < minStepMs) {
    // what follows would only say the same again
    return [{ key: 'step', message: `expected at least ${formatDurationMs(minStepMs)}` }];
  }
  if (points < minTrainingPoints) {
    const least = formatDurationMs(minTrainingPoints * stepMs);
    faults.push({ key: 'training', message: `expected at least ${minTrainingPoints} steps (${least})` });
  }
  if (points > maxTrainingPoints) {
    const least = formatDurationMs(Math.ceil(trainingMs / maxTrainingPoints / 1000) * 1000);
    faults.push({
      key: 'step',
      message: `${spec.training} at ${spec.step} are ${points} points; expected at most ${maxTrainingPoints}: a step of at least ${least}`,
    });
  }
  if (horizonMs < stepMs) {
    faults.push({ key: 'horizon', message: `expected at least one step (${spec.step})` });
  }
  if ((horizonMs + retrainMs) / stepMs > maxForecastPoints) {
    const message = `horizon and retrain together expected at most ${maxForecastPoints} steps (${formatDurationMs(maxForecastPoints * stepMs)} at ${spec.step})`;
    faults.push({ key: 'horizon', message });
  }
  if (retrainMs < 60_000) {
    faults.push({ key: 'retrain', message: 'expected at least 1m' });
  }
  return faults;
}

/** The durations of a job in milliseconds. */
export function jobDurations(spec: JobSpec): {
  readonly stepMs: number;
  readonly trainingMs: number;
  readonly retrainMs: number;
  readonly horizonMs: number;
} {
  return {
    stepMs: durationMs(spec.step),
    trainingMs: durationMs(spec.training),
    retrainMs: durationMs(spec.retrain),
    horizonMs: durationMs(spec.horizon),
  };
}

function durationMs(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) {
    throw new Error(`a checked job holds the duration "${text}"`);
  }
  return ms;
}
