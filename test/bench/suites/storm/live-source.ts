/**
 * Run by the suite in a process of its own, as a metric source is one: answers `query_range` as Prometheus does with series
 * that go on for ever, breaks the one it is told to, and remembers when each query was last asked. Talks to its parent by
 * messages.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export type SourceCommand = { readonly kind: 'break' | 'repair'; readonly job: number } | { readonly kind: 'asked' };

export type SourceReply =
  | { readonly kind: 'listening'; readonly port: number }
  /** When each job was last asked, epoch milliseconds, by its number. */
  | { readonly kind: 'asked'; readonly atMs: ReadonlyArray<readonly [number, number]> };

const brokenBy = 40;
const dayMs = 86_400_000;

/** Noise of one sample in −1..1, the same whenever it is asked. */
function noise(job: number, series: number, timeMs: number): number {
  let state =
    (Math.imul(job + 1, 73_856_093) ^ Math.imul(series + 1, 19_349_663) ^ Math.imul(timeMs / 1000, 83_492_791)) >>> 0;
  for (const shift of [13, 17, 5]) {
    state = (state ^ (shift === 17 ? state >>> shift : state << shift)) >>> 0;
  }
  return (state / 2 ** 31 - 1) * 1;
}

const breaks = new Map<number, Array<{ fromMs: number; toMs: number }>>();

function valueAt(job: number, series: number, timeMs: number): number {
  const wave = 10 * Math.sin((2 * Math.PI * (timeMs % dayMs)) / dayMs);
  const broken = breaks.get(job)?.some(({ fromMs, toMs }) => timeMs >= fromMs && timeMs < toMs) === true;
  return 100 + wave + noise(job, series, timeMs) + (broken ? brokenBy : 0);
}

const askedAtMs = new Map<number, number>();

/** Queries are `live_<job>_<series count>`. */
function answer(form: URLSearchParams): string {
  const [, job = '0', count = '1'] = /^live_(\d+)_(\d+)$/.exec(form.get('query') ?? '') ?? [];
  askedAtMs.set(Number(job), Date.now());
  const stepMs = Number(form.get('step')) * 1000;
  const [startMs, endMs] = [Number(form.get('start')) * 1000, Math.min(Date.now(), Number(form.get('end')) * 1000)];
  const result = Array.from({ length: Number(count) }, (_, series) => {
    const values: string[] = [];
    for (let timeMs = startMs; timeMs <= endMs; timeMs += stepMs) {
      values.push(`[${timeMs / 1000},"${valueAt(Number(job), series, timeMs).toFixed(4)}"]`);
    }
    return `{"metric":{"__name__":"live","series":"${series}"},"values":[${values.join(',')}]}`;
  });
  return `{"status":"success","data":{"resultType":"matrix","result":[${result.join(',')}]}}`;
}

function obey(command: SourceCommand): void {
  if (command.kind === 'asked') {
    reply({ kind: 'asked', atMs: [...askedAtMs] });
    return;
  }
  const own = breaks.get(command.job) ?? [];
  if (command.kind === 'break') {
    own.push({ fromMs: Date.now(), toMs: Infinity });
  } else {
    own.filter(({ toMs }) => toMs === Infinity).forEach((one) => (one.toMs = Date.now()));
  }
  breaks.set(command.job, own);
}

function reply(message: SourceReply): void {
  process.send?.(message);
}

if (import.meta.main) {
  const server = createServer((request, response) => {
    text(request).then(
      (body) => {
        const known = request.url?.startsWith('/api/v1/query_range') === true;
        response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
        response.end(known ? answer(new URLSearchParams(body)) : '{}');
      },
      () => response.destroy()
    );
  });
  process.on('message', (command: SourceCommand) => obey(command));
  process.on('disconnect', () => process.exit(0));
  server.listen(0, '127.0.0.1', () => reply({ kind: 'listening', port: (server.address() as AddressInfo).port }));
}
