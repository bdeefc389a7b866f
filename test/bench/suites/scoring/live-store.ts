import { JobSpec } from '../../../../backend/src/contract/job.ts';
import { startOnline } from '../../../../backend/src/detection/online-score.ts';
import { encodeOnline } from '../../../../backend/src/detection/online-state.ts';
import type { BandArrays } from '../../../../backend/src/forecasting/forecast-task.ts';
import { encodeBand } from '../../../../backend/src/jobs/bands/band-codec.ts';
import { noResult, seriesIdOf, trainingKey } from '../../../../backend/src/jobs/job-record.ts';
import { JobRepository } from '../../../../backend/src/jobs/job-repository.ts';
import { jobDurations } from '../../../../backend/src/jobs/job-spec-faults.ts';
import { encodeDetectors, makeDetectors } from '../../../../backend/src/scoring/series-detectors.ts';
import type { Database } from '../../../../backend/src/store/database.ts';
import { labelKey } from '../../../../backend/src/timeseries/series.ts';

export const source = 'main';
const seriesPerInsert = 250;
const historySteps = 1_000;

export function labelsOf(i: number): Record<string, string> {
  return {
    __name__: 'http_requests',
    namespace: 'shop',
    service: 'checkout',
    instance: `10.0.${i >> 8}.${i & 255}:9090`,
  };
}

/** Writes a job with the defaults of jobs as after a training that ended at `nowMs`: a series is a band of 36 hours. */
export async function addTrainedJob(database: Database, name: string, seriesCount: number, nowMs: number) {
  const spec = JobSpec.parse({ name, query: name });
  const jobs = new JobRepository(database);
  await jobs.insert({ spec, origin: { kind: 'api', by: 'bench' }, nowMs, by: 'bench' });
  const key = trainingKey(spec, source);
  const { stepMs, horizonMs, retrainMs } = jobDurations(spec);
  const steps = (horizonMs + retrainMs) / stepMs;
  const band = flatBand({ startMs: nowMs + stepMs, stepMs, steps });
  const startMs = nowMs - (historySteps - 1) * stepMs;
  // much like the values that will come
  const values = Float64Array.from(
    { length: historySteps },
    (_, i) => 10 + 0.4 * Math.sin(i / 60) + Math.sin(i * i) / 6
  );
  const history = { startMs, stepMs, values };
  const rows = Array.from({ length: seriesCount }, (_, i) => {
    const labels = labelsOf(i);
    return { id: seriesIdOf(name, labelKey(labels)), labels: JSON.stringify(labels), label_key: labelKey(labels) };
  });
  const trained = { job: name, state: 'modelled', notes: '[]', model: 'ets', mase: 1, coverage: '[]' };
  const bytes = encodeBand(band);
  const { evidence, state: live } = startOnline(history);
  const learnt = { evidence: Float32Array.from(evidence), online: encodeOnline(live) };
  const state = encodeDetectors(
    makeDetectors(spec, { history, learnt }, flatBand({ startMs, stepMs, steps: historySteps }))
  );
  await database.transaction().execute(async (transaction) => {
    for (let from = 0; from < rows.length; from += seriesPerInsert) {
      const some = rows.slice(from, from + seriesPerInsert);
      await transaction
        .insertInto('series')
        .values(some.map((row) => ({ ...row, ...trained, trained_at_ms: nowMs, trained_key: key, seen_at_ms: nowMs })))
        .execute();
      await transaction
        .insertInto('bands')
        .values(
          some.map(({ id }) => ({
            ...{ series_id: id, kind: 'forecast' as const, start_ms: band.startMs, made_at_ms: nowMs, band: bytes },
            end_ms: band.startMs + (steps - 1) * stepMs,
          }))
        )
        .execute();
      await transaction
        .insertInto('detectors')
        .values(some.map(({ id }) => ({ series_id: id, made_at_ms: nowMs, scored_to_ms: nowMs, state })))
        .execute();
    }
  });
  const result = { ...noResult, seriesCount };
  await jobs.recordTrained(name, {
    ...{ trainedAtMs: nowMs, trainedToMs: nowMs, trainedKey: key, attemptedAtMs: nowMs, result },
  });
}

/** 10 ± 0.5 at 80 % and 10 ± 1 at 95 %. */
function flatBand({ startMs, stepMs, steps }: { startMs: number; stepMs: number; steps: number }): BandArrays {
  const line = (value: number) => new Float32Array(steps).fill(value);
  const level = (levelPercent: number, half: number) => ({
    levelPercent,
    lower: line(10 - half),
    upper: line(10 + half),
  });
  return { startMs, stepMs, expected: line(10), levels: [level(80, 0.5), level(95, 1)] };
}
