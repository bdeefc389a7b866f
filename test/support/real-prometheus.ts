import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { OwnSeries } from '../../backend/src/facade/own-series.ts';
import { freePort } from './free-port.ts';
import { untilReady } from './until-ready.ts';

export interface RealPrometheus {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts the installed Prometheus on a free port with the given series in its database.
 * @param lookbackDelta how long a sample stays in force
 * @param flags more of its command line, such as `--web.enable-remote-write-receiver`
 */
export async function startRealPrometheus(
  series: readonly OwnSeries[],
  lookbackDelta: string,
  flags: readonly string[] = []
): Promise<RealPrometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'aiops-prometheus-'));
  await writeFile(join(folder, 'series.txt'), openMetrics(series));
  await writeFile(join(folder, 'prometheus.yml'), 'scrape_configs: []\n');
  const data = join(folder, 'data');
  await promisify(execFile)('promtool', [
    'tsdb',
    'create-blocks-from',
    '--quiet',
    'openmetrics',
    // one block instead of one for every two hours
    '--max-block-duration=720h',
    join(folder, 'series.txt'),
    data,
  ]);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${data}`,
      '--storage.tsdb.retention.time=10y',
      `--web.listen-address=127.0.0.1:${port}`,
      `--query.lookback-delta=${lookbackDelta}`,
      ...flags,
    ],
    { stdio: 'ignore' }
  );
  const exited = once(server, 'exit');
  await untilReady('Prometheus (package prometheus)', url);
  return {
    url,
    async stop() {
      server.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The series in the OpenMetrics text format; gaps are left out. */
function openMetrics(series: readonly OwnSeries[]): string {
  const lines: string[] = [];
  for (const { labels, startMs, stepMs, values } of series) {
    const { __name__: name, ...others } = labels;
    const pairs = Object.entries(others).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
    values.forEach((value, i) => {
      if (!Number.isNaN(value)) {
        lines.push(`${name}{${pairs.join(',')}} ${value} ${(startMs + i * stepMs) / 1000}`);
      }
    });
  }
  return `${lines.join('\n')}\n# EOF\n`;
}
