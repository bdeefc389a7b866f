import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { disks, usualQueue } from './gauges.ts';

const stepMs = 300_000;
const dayMs = 86_400_000;
const historyDays = 28;

/** Mulberry32: the same noise in each run, so that a journey's picture differs only in its dates. */
function seededNoise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 - 0.5;
  };
}

interface Pattern {
  readonly service: string;
  readonly level: number;
  readonly swing: number;
  readonly seed: number;
}

/** Request rates of a shop: a daily wave, quieter weekends, noise, and one rush on "api" two days ago. */
const patterns: readonly Pattern[] = [
  { service: 'api', level: 120, swing: 60, seed: 1 },
  { service: 'web', level: 300, swing: 180, seed: 2 },
  { service: 'search', level: 45, swing: 15, seed: 3 },
];

function valueAt(pattern: Pattern, timeMs: number, ageMs: number, noise: number): number {
  const wave = Math.sin(((timeMs % dayMs) / dayMs) * 2 * Math.PI - Math.PI / 2);
  const weekend = [0, 6].includes(new Date(timeMs).getUTCDay()) ? 0.7 : 1;
  const isRush = pattern.service === 'api' && ageMs > 2 * dayMs && ageMs < 2 * dayMs + 2_400_000;
  const value = weekend * (pattern.level + pattern.swing * wave) + pattern.level * 0.08 * noise;
  return isRush ? value * 2.2 : value;
}

async function writeOpenMetrics(file: string, endMs: number): Promise<void> {
  const out = createWriteStream(file);
  out.write('# TYPE shop_requests_per_second gauge\n');
  for (const pattern of patterns) {
    const noise = seededNoise(pattern.seed);
    for (let ageMs = historyDays * dayMs; ageMs >= 0; ageMs -= stepMs) {
      const timeMs = endMs - ageMs;
      const value = valueAt(pattern, timeMs, ageMs, noise()).toFixed(3);
      out.write(`shop_requests_per_second{job="shop",service="${pattern.service}"} ${value} ${timeMs / 1000}\n`);
    }
  }
  writeQueue(out, Date.now());
  writeDisks(out, endMs);
  out.end('# EOF\n');
  await once(out, 'close');
}

const queueStepMs = 5_000;
const queueHistoryMs = 4 * 3_600_000;

/** The queue that goes on live: a few hours in steps of seconds, so that a journey sees an anomaly within a minute. */
function writeQueue(out: WriteStream, endMs: number): void {
  out.write('# TYPE shop_queue_length gauge\n');
  const endStepMs = Math.floor(endMs / queueStepMs) * queueStepMs;
  const labels = `instance="gauges",job="gauges",service="orders"`;
  for (let ageMs = queueHistoryMs; ageMs >= queueStepMs; ageMs -= queueStepMs) {
    const timeMs = endStepMs - ageMs;
    out.write(`shop_queue_length{${labels}} ${usualQueue(timeMs).toFixed(3)} ${timeMs / 1000}\n`);
  }
}

function writeDisks(out: WriteStream, endMs: number): void {
  out.write('# TYPE shop_disk_used_ratio gauge\n');
  for (const { mount, usedRatio } of disks) {
    const noise = seededNoise(7);
    const labels = `instance="gauges",job="gauges",mountpoint="${mount}"`;
    for (let ageMs = historyDays * dayMs; ageMs >= 0; ageMs -= stepMs) {
      const value = usedRatio(ageMs / dayMs, noise()).toFixed(5);
      out.write(`shop_disk_used_ratio{${labels}} ${value} ${(endMs - ageMs) / 1000}\n`);
    }
  }
}

/** Fills a Prometheus data folder with four weeks at five minutes that end now, and a few hours at five seconds. */
export async function backfill(folder: string): Promise<string> {
  const data = path.join(folder, 'tsdb');
  await mkdir(data, { recursive: true });
  const text = path.join(folder, 'history.om');
  await writeOpenMetrics(text, Math.floor(Date.now() / stepMs) * stepMs);
  const args = ['tsdb', 'create-blocks-from', '--quiet', 'openmetrics', '--max-block-duration=720h', text, data];
  await promisify(execFile)('promtool', args, { timeout: 120_000 });
  return data;
}
