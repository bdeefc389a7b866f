import { setTimeout as sleep } from 'node:timers/promises';
import { judge, single } from '../../report.ts';
import { quantile } from '../../statistics.ts';
import type { BenchContext, Measurement, Suite } from '../../suite.ts';
import { startStormLine, type StormLine } from './line.ts';

const stepMs = 5_000;
const breaks = 40;
const alertDeadlineMs = 60_000;
const restartJobs = 1_000;
const brokenAtRestart = 20;

/** From a sample to an alert in a real Alertmanager, one at a time, all at once, and over kill -9. */
export const stormSuite: Suite = {
  view: 'causal',
  checks: () => Promise.resolve([]),
  measure: async (context) => {
    const parts: Readonly<Record<string, (context: BenchContext) => Promise<Measurement>>> = { latency, restart };
    const chosen = context.part === undefined ? Object.values(parts) : [parts[context.part]];
    const done: Measurement[] = [];
    for (const part of chosen) {
      if (part === undefined) {
        throw new Error(`--part must be one of: ${Object.keys(parts).join(', ')}`);
      }
      done.push(await part(context));
    }
    return { rows: done.flatMap(({ rows }) => rows), targets: done.flatMap(({ targets }) => targets) };
  },
};

/** Two of three values must be outside: the second one on the job's grid after the fault is the sample that opens. */
function openingSampleMs(brokenAtMs: number): number {
  return Math.ceil(brokenAtMs / stepMs) * stepMs + stepMs;
}

async function latency({ say }: BenchContext): Promise<Measurement> {
  const line = await startStormLine({ jobs: breaks, seriesPerJob: 5, step: '5s', training: '1h' }, say);
  try {
    const seconds: number[] = [];
    for (let job = 0; job < breaks / 2; job++) {
      // an instant of the step that is not always the same
      await sleep((job * 1_300) % stepMs);
      const brokenAtMs = line.source.breakJob(job);
      const seenMs = await line.until('the alert', alertDeadlineMs, () => hasAlerts(line, [job]));
      seconds.push((seenMs - openingSampleMs(brokenAtMs)) / 1000);
    }
    const rest = Array.from({ length: breaks / 2 }, (_, i) => breaks / 2 + i);
    const brokenAtMs = Math.max(...rest.map((job) => line.source.breakJob(job)));
    const seenMs = await line.until('all alerts', alertDeadlineMs, () => hasAlerts(line, rest));
    const allSeconds = (seenMs - openingSampleMs(brokenAtMs)) / 1000;
    const p95 = quantile(seconds, 0.95);
    return {
      rows: [
        {
          name: 'one fault at a time, step 5 s',
          measure: 'median seconds to Alertmanager',
          value: quantile(seconds, 0.5),
        },
        { name: 'one fault at a time, step 5 s', measure: 'p95 seconds to Alertmanager', value: p95 },
        { name: `${rest.length} jobs of 5 series at once`, measure: 'seconds to the last alert', value: allSeconds },
      ],
      targets: [judge(single('sample seen to alert accepted, p95', 's', 'lower', 2 + stepMs / 1000), p95)],
    };
  } finally {
    await line.stop();
  }
}

async function hasAlerts(line: StormLine, jobs: readonly number[]): Promise<boolean> {
  const names = new Set((await line.activeAlerts()).map(({ labels }) => labels['job_name']));
  return jobs.every((job) => names.has(`live-${job}`));
}

async function restart({ say, series }: BenchContext): Promise<Measurement> {
  const jobs = series ?? restartJobs;
  const line = await startStormLine({ jobs, seriesPerJob: 1, step: '15s', training: '1h' }, say);
  try {
    const broken = Array.from({ length: Math.min(jobs, brokenAtRestart) }, (_, job) => job);
    broken.forEach((job) => line.source.breakJob(job));
    await line.until('the alerts', 4 * alertDeadlineMs, () => hasAlerts(line, broken));
    const before = keysOf(await line.activeAlerts(), broken);
    say('kill -9, and a new process over the same store');
    const startedAtMs = await line.restart();
    const scoringMs = await line.until('all jobs scored again', 4 * alertDeadlineMs, async () => {
      const asked = await line.source.asked();
      return Array.from({ length: jobs }, (_, job) => asked.get(job) ?? 0).every((atMs) => atMs >= startedAtMs);
    });
    // one round of re-sending: what was told twice would be there by now
    await sleep(75_000);
    const after = keysOf(await line.activeAlerts(), broken);
    const duplicates = [...after].filter((key) => !before.has(key)).length;
    const seconds = (scoringMs - startedAtMs) / 1000;
    return {
      rows: [
        { name: `restart with ${jobs} jobs`, measure: 'seconds until all are scored', value: seconds },
        { name: `restart with ${jobs} jobs`, measure: 'alerts open before', value: before.size },
        { name: `restart with ${jobs} jobs`, measure: 'alerts told twice or anew', value: duplicates },
      ],
      targets: [
        judge(single(`restart with ${jobs} jobs until scored`, 's', 'lower', 15), seconds),
        judge(single('duplicate alerts after the restart', 'alerts', 'lower', 0), duplicates),
      ],
    };
  } finally {
    await line.stop();
  }
}

/** Of the broken jobs. Alertmanager keeps one alert for each set of labels: a duplicate has other labels or another start. */
function keysOf(alerts: Awaited<ReturnType<StormLine['activeAlerts']>>, jobs: readonly number[]): Set<string> {
  const names = new Set(jobs.map((job) => `live-${job}`));
  const own = alerts.filter(({ labels }) => names.has(labels['job_name'] ?? ''));
  return new Set(own.map(({ fingerprint, startsAt }) => `${fingerprint} ${startsAt}`));
}
