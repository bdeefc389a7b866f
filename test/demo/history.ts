import { createWriteStream, type WriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { once } from 'node:events';
import { gunzipSync } from 'node:zlib';

/** Spacing of the trace. */
const slotMs = 300_000;
/** Four weeks come before now; what is left of the trace is played live. */
export const pastSlots = 8064;

const file = path.resolve(import.meta.dirname, '../fixtures/history/azure-v2-300s.csv.gz');
const metrics = ['datacenter_cpu_usage', 'datacenter_memory_assigned'] as const;
const help = {
  datacenter_cpu_usage: 'CPU in use over all virtual machines, weighted by cores (Azure trace of 2019, CC BY 4.0).',
  datacenter_memory_assigned: 'Memory assigned to all virtual machines (Azure trace of 2019, CC BY 4.0).',
};

/** The recorded production history: one row of values, in the order of `metrics`, for every five minutes. */
export interface History {
  readonly rows: ReadonlyArray<readonly string[]>;
}

export async function readHistory(): Promise<History> {
  const text = gunzipSync(await readFile(file)).toString('utf8');
  return {
    rows: text
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',')),
  };
}

/** Labels that the back-filled samples share with what Prometheus scrapes later. */
export const historyLabels = { job: 'datacenter', instance: 'azure-2019' };

/** The start of the five minutes that hold `timeMs`: the first slot that is played live. */
export const slotStartMs = (timeMs: number): number => Math.floor(timeMs / slotMs) * slotMs;

/** Writes the four weeks that end at `liveFromMs` in the OpenMetrics text format, for promtool, and what `more` adds. */
export async function writeOpenMetrics(
  history: History,
  liveFromMs: number,
  target: string,
  more: (out: WriteStream) => Promise<void>
): Promise<void> {
  const labels = Object.entries(historyLabels).map(([name, value]) => `${name}="${value}"`);
  const out = createWriteStream(target);
  for (const [column, metric] of metrics.entries()) {
    out.write(`# HELP ${metric} ${help[metric]}\n# TYPE ${metric} gauge\n`);
    history.rows.slice(0, pastSlots).forEach((row, slot) => {
      const seconds = (liveFromMs - (pastSlots - slot) * slotMs) / 1000;
      out.write(`${metric}{${labels.join(',')}} ${row[column] ?? 'NaN'} ${seconds}\n`);
    });
  }
  await more(out);
  out.end('# EOF\n');
  await once(out, 'close');
}

/** The row in force at `timeMs`; after the end of the trace it begins again. */
function rowAt({ rows }: History, liveFromMs: number, timeMs: number): readonly string[] {
  const slot = pastSlots + Math.floor((timeMs - liveFromMs) / slotMs);
  return rows[slot % rows.length] ?? [];
}

/** Serves the values of the present on /metrics, so that the trace goes on where the back-filled part ends. */
export async function startReplay(history: History, liveFromMs: number, port: number): Promise<http.Server> {
  const server = http.createServer((_request, response) => {
    const row = rowAt(history, liveFromMs, Date.now());
    const lines = metrics.flatMap((metric, column) => [
      `# HELP ${metric} ${help[metric]}`,
      `# TYPE ${metric} gauge`,
      `${metric} ${row[column] ?? 'NaN'}`,
    ]);
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
    response.end(`${lines.join('\n')}\n`);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
