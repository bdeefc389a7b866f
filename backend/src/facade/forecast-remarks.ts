import { parseDurationMs } from '../contract/duration.ts';
import type { ForecastSeriesEntry } from '../jobs/band-reader.ts';
import type { Remarks } from './result-json.ts';

const hourMs = 3_600_000;
/** A forecast is worth a remark when it is this many retrain intervals old. */
const lateFactor = 1.5;

/** What a person who looks at these forecasts should know: that they are old, or not there yet. */
export function forecastRemarks(entries: readonly ForecastSeriesEntry[], nowMs: number): Remarks {
  const infos: string[] = [];
  const warnings: string[] = [];
  for (const [jobName, members] of Map.groupBy(entries, ({ job }) => job.name)) {
    const trained = members.map(({ trainedAtMs }) => trainedAtMs).filter((ms) => ms !== undefined);
    if (trained.length === 0) {
      infos.push(`${jobName} has no forecast yet: its first training is not done`);
      continue;
    }
    const ageMs = nowMs - trained.reduce((latest, ms) => Math.max(latest, ms));
    const [{ job, jobState } = { job: undefined, jobState: undefined }] = members;
    const retrainMs = parseDurationMs(job?.retrain ?? '') ?? Infinity;
    if (jobState === 'failing') {
      warnings.push(`the training of ${jobName} fails; its forecast is ${ageText(ageMs)} old`);
    } else if (jobState === 'stale' || ageMs > retrainMs * lateFactor) {
      infos.push(`the forecast of ${jobName} is ${ageText(ageMs)} old (it should be renewed every ${job?.retrain})`);
    }
  }
  return { infos, warnings };
}

/** Whole minutes below two hours, hours below three days, then days. */
function ageText(ageMs: number): string {
  if (ageMs < 2 * hourMs) {
    return `${Math.round(ageMs / 60_000)} min`;
  }
  return ageMs < 72 * hourMs ? `${Math.round(ageMs / hourMs)} h` : `${Math.round(ageMs / (24 * hourMs))} d`;
}
