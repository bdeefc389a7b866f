import { once } from 'node:events';
import type { WriteStream } from 'node:fs';
import { pickRoute, requestsPerSecond, routes, secondsBuckets, workMs } from './load.ts';

const scrapeMs = 5_000;
const pastMs = 3 * 3_600_000;
const metric = 'http_server_request_duration_seconds';

/** Marsaglia's xorshift: the same past for the same instant. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

interface Counts {
  /** Durations up to each bound; the last one counts all. */
  readonly upTo: number[];
  sumSeconds: number;
}

/**
 * Writes three hours of the shop's histogram that end at `untilMs`, as scrapes of the load model would have found it, in the
 * OpenMetrics text format: a new shop has a past to learn from.
 */
export async function writeShopPast(
  out: WriteStream,
  untilMs: number,
  labels: Readonly<Record<string, string>>
): Promise<void> {
  const random = randomFrom(Math.floor(untilMs / 1000));
  const counts = new Map(
    routes.map(({ path }): [string, Counts] => [path, { upTo: bounds.map(() => 0), sumSeconds: 0 }])
  );
  const shared = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  out.write(`# HELP ${metric} Duration of HTTP server requests.\n# TYPE ${metric} histogram\n`);
  for (let timeMs = untilMs - pastMs; timeMs < untilMs; timeMs += scrapeMs) {
    visitFor(timeMs, counts, random);
    const lines = [...counts].flatMap(([path, count]) => linesOf([...shared, `http_route="${path}"`], count, timeMs));
    if (!out.write(`${lines.join('\n')}\n`)) {
      await once(out, 'drain');
    }
  }
}

const bounds = [...secondsBuckets, Infinity];

function visitFor(timeMs: number, counts: ReadonlyMap<string, Counts>, random: () => number): void {
  const visits = Math.round((requestsPerSecond(timeMs, random) * scrapeMs) / 1000);
  for (let visit = 0; visit < visits; visit++) {
    const route = pickRoute(random);
    const count = counts.get(route?.path ?? '');
    if (route !== undefined && count !== undefined) {
      const seconds = workMs(route.meanMs, random) / 1000;
      count.sumSeconds += seconds;
      bounds.forEach((bound, i) => (count.upTo[i] = (count.upTo[i] ?? 0) + (seconds <= bound ? 1 : 0)));
    }
  }
}

function linesOf(labels: readonly string[], { upTo, sumSeconds }: Counts, timeMs: number): string[] {
  const at = timeMs / 1000;
  const buckets = bounds.map((bound, i) => {
    const le = bound === Infinity ? '+Inf' : String(bound);
    return `${metric}_bucket{${[...labels, `le="${le}"`].join(',')}} ${upTo[i] ?? 0} ${at}`;
  });
  const all = upTo.at(-1) ?? 0;
  return [
    ...buckets,
    `${metric}_sum{${labels.join(',')}} ${sumSeconds.toFixed(6)} ${at}`,
    `${metric}_count{${labels.join(',')}} ${all} ${at}`,
  ];
}
