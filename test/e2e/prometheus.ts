import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { once } from 'node:events';
import { promisify } from 'node:util';

const stepMs = 300_000;
const dayMs = 86_400_000;
const historyDays = 28;
const startTimeoutMs = 60_000;

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

/** Request rates of a shop: a daily wave, quieter weekends, noise, and one outage of "api" two days ago. */
export const patterns: readonly Pattern[] = [
  { service: 'api', level: 120, swing: 60, seed: 1 },
  { service: 'web', level: 300, swing: 180, seed: 2 },
  { service: 'search', level: 45, swing: 15, seed: 3 },
];

function valueAt(pattern: Pattern, timeMs: number, ageMs: number, noise: () => number): number {
  const wave = Math.sin(((timeMs % dayMs) / dayMs) * 2 * Math.PI - Math.PI / 2);
  const weekend = [0, 6].includes(new Date(timeMs).getUTCDay()) ? 0.7 : 1;
  const isOutage = pattern.service === 'api' && ageMs > 2 * dayMs && ageMs < 2 * dayMs + 2_400_000;
  const value = weekend * (pattern.level + pattern.swing * wave) + pattern.level * 0.08 * noise();
  return isOutage ? value * 2.2 : value;
}

async function writeHistory(file: string, endMs: number): Promise<void> {
  const out = createWriteStream(file);
  out.write('# TYPE shop_requests_per_second gauge\n');
  for (const pattern of patterns) {
    const noise = seededNoise(pattern.seed);
    for (let ageMs = historyDays * dayMs; ageMs >= 0; ageMs -= stepMs) {
      const value = valueAt(pattern, endMs - ageMs, ageMs, noise).toFixed(3);
      out.write(
        `shop_requests_per_second{job="shop",service="${pattern.service}"} ${value} ${(endMs - ageMs) / 1000}\n`
      );
    }
  }
  out.end('# EOF\n');
  await once(out, 'close');
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until an address answers with success; names the process' last words when it does not. */
export async function untilReady(url: string, child: ChildProcess, log: () => string): Promise<void> {
  const deadlineMs = Date.now() + startTimeoutMs;
  while (Date.now() < deadlineMs) {
    if (child.exitCode !== null) {
      throw new Error(`${child.spawnfile} ended with ${child.exitCode} before ${url} answered:\n${log()}`);
    }
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    if (answer?.ok === true) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} did not answer within ${startTimeoutMs / 1000} s:\n${log()}`);
}

/** The end of what a process wrote, for messages. */
export function lastWords(child: ChildProcess): () => string {
  let text = '';
  const keep = (chunk: Buffer): void => {
    text = `${text}${chunk.toString()}`.slice(-4000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => text;
}

/** Ends a process and waits for it, the hard way after five seconds. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(timer);
}

export interface RunningServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Debian's Prometheus over four weeks of back-filled history that ends now; scrapes nothing. */
export async function startPrometheus(folder: string): Promise<RunningServer> {
  const data = path.join(folder, 'tsdb');
  await mkdir(data, { recursive: true });
  const history = path.join(folder, 'history.om');
  await writeHistory(history, Math.floor(Date.now() / stepMs) * stepMs);
  await promisify(execFile)('promtool', [
    'tsdb',
    'create-blocks-from',
    'openmetrics',
    '--max-block-duration=720h',
    history,
    data,
  ]);
  const config = path.join(folder, 'prometheus.yml');
  await writeFile(config, 'scrape_configs: []\n');
  const port = await freePort();
  const child = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      '--storage.tsdb.retention.time=90d',
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] }
  );
  const url = `http://127.0.0.1:${port}`;
  await untilReady(`${url}/-/ready`, child, lastWords(child));
  return { url, stop: async () => await endProcess(child) };
}
