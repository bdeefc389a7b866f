import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { startRealAlertmanager, type RealAlertmanager } from '../../../support/real-alertmanager.ts';
import { serveBackend, type ServedBackend } from '../../../support/spawn-aiops.ts';
import { startLiveSource, type LiveSource } from './source-process.ts';

const pollMs = 100;

/** The backend as its own process between a live source and a real Alertmanager. */
export interface StormLine {
  readonly source: LiveSource;
  readonly jobs: number;
  activeAlerts: RealAlertmanager['activeAlerts'];
  /** kill -9, then a new process over the same store. @returns when it was started, epoch milliseconds */
  restart(): Promise<number>;
  /** Waits until `done` holds; answers when that was seen, epoch milliseconds. */
  until(what: string, deadlineMs: number, done: () => Promise<boolean>): Promise<number>;
  stop(): Promise<void>;
}

export interface StormSpec {
  readonly jobs: number;
  readonly seriesPerJob: number;
  readonly step: string;
  readonly training: string;
}

export async function startStormLine(spec: StormSpec, say: (text: string) => void): Promise<StormLine> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'aiops-storm-'));
  const source = await startLiveSource();
  const alertmanager = await startRealAlertmanager();
  const config = writeConfig(folder, { ...spec, sourceUrl: source.url, alertmanagerUrl: alertmanager.url });
  let backend = await serveBackend(config);
  const line: StormLine = {
    source,
    jobs: spec.jobs,
    activeAlerts: () => alertmanager.activeAlerts(),
    restart: async () => {
      await backend.crash();
      const startedAtMs = Date.now();
      backend = await serveBackend(config);
      return startedAtMs;
    },
    until,
    stop: async () => {
      await backend.stop();
      await alertmanager.stop();
      await source.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  say(`${spec.jobs} jobs of ${spec.seriesPerJob} series: waiting until all are trained and scored`);
  const trainedAtMs = await until('all jobs trained', 600_000, () => allFresh(backend, spec.jobs));
  await until('all jobs scored', 120_000, async () => {
    const askedAtMs = [...(await source.asked()).values()];
    return askedAtMs.length === spec.jobs && askedAtMs.every((atMs) => atMs > trainedAtMs);
  });
  return line;
}

async function until(what: string, deadlineMs: number, done: () => Promise<boolean>): Promise<number> {
  const giveUpAtMs = Date.now() + deadlineMs;
  while (Date.now() < giveUpAtMs) {
    if (await done()) {
      return Date.now();
    }
    await sleep(pollMs);
  }
  throw new Error(`${what}: not within ${deadlineMs / 1000} s`);
}

const JobCounts = z.object({ jobs: z.object({ byState: z.record(z.string(), z.number()) }) });

async function allFresh({ url }: ServedBackend, jobs: number): Promise<boolean> {
  const answer = await fetch(new URL('/api/v1/status', url), { headers: { 'x-aiops-grant': 'insights:read' } });
  const { byState } = JobCounts.parse(await answer.json()).jobs;
  return (byState['fresh'] ?? 0) === jobs;
}

interface ConfigSpec extends StormSpec {
  readonly sourceUrl: string;
  readonly alertmanagerUrl: string;
}

function writeConfig(folder: string, spec: ConfigSpec): string {
  const file = path.join(folder, 'aiops.yaml');
  writeFileSync(
    file,
    [
      'server: { listen: 127.0.0.1:0 }',
      `store: sqlite:${path.join(folder, 'aiops.db')}`,
      'limits: { workers: 2 }',
      `sources: [{ name: main, url: ${spec.sourceUrl}, delay: 1s }]`,
      `alertmanagers: [{ url: ${spec.alertmanagerUrl} }]`,
      'telemetry: { logLevel: error }',
      '',
    ].join('\n')
  );
  mkdirSync(path.join(folder, 'jobs'));
  const jobs = Array.from({ length: spec.jobs }, (_, job) => ({
    name: `live-${job}`,
    query: `live_${job}_${spec.seriesPerJob}`,
    step: spec.step,
    training: spec.training,
    retrain: '12h',
    horizon: '1h',
    models: ['slot-median'],
  }));
  writeFileSync(path.join(folder, 'jobs', 'live.yaml'), JSON.stringify({ jobs }));
  return file;
}
