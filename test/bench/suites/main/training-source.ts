/**
 * Run by `training-probe.ts` in a process of its own, as a metric source is one: answers `query_range` as Prometheus
 * does, with many series made from the recorded VMs, and tells its parent the port.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { constants, gzipSync } from 'node:zlib';
import { azureStepMs, readAzure } from './azure.ts';

export interface SourceOptions {
  readonly dataDir: string;
  /** Series that any query answers. */
  readonly count: number;
  /** Samples of each series, the last at `endMs`. */
  readonly points: number;
  readonly endMs: number;
}

/** VMs one after another, each repeat scaled and shifted in time, so that no two series are the same. */
function valueAt(vms: readonly Float64Array[], points: number, index: number, at: number): number {
  const values = vms[index % vms.length]!;
  const repeat = Math.floor(index / vms.length);
  const offset = (repeat * 23) % (values.length - points);
  return values[offset + at]! * (1 + 0.01 * repeat);
}

function matrix(vms: readonly Float64Array[], { count, points, endMs }: SourceOptions, form: URLSearchParams): string {
  const firstMs = endMs - (points - 1) * azureStepMs;
  const stepOf = (seconds: string | null) => Math.round((Number(seconds) * 1000 - firstMs) / azureStepMs);
  const from = Math.max(0, stepOf(form.get('start')));
  const to = Math.min(points - 1, stepOf(form.get('end')));
  const result = Array.from({ length: count }, (_, index) => {
    const values: string[] = [];
    for (let at = from; at <= to; at++) {
      values.push(`[${(firstMs + at * azureStepMs) / 1000},"${valueAt(vms, points, index, at)}"]`);
    }
    return `{"metric":{"__name__":"cpu","vm":"vm-${index}"},"values":[${values.join(',')}]}`;
  });
  return `{"status":"success","data":{"resultType":"matrix","result":[${result.join(',')}]}}`;
}

async function answer(request: IncomingMessage, response: ServerResponse, of: (form: URLSearchParams) => string) {
  if (request.url !== '/api/v1/query_range') {
    response.writeHead(404).end();
    return;
  }
  const body = gzipSync(of(new URLSearchParams(await text(request))), { level: constants.Z_BEST_SPEED });
  response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(body);
}

function serve(options: SourceOptions): void {
  const vms = readAzure(options.dataDir);
  const server = createServer((request, response) => {
    answer(request, response, (form) => matrix(vms, options, form)).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  process.on('disconnect', () => process.exit(0));
}

if (import.meta.main) {
  serve(JSON.parse(process.argv[2] ?? '') as SourceOptions);
}
