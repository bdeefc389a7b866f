import { setTimeout as sleep } from 'node:timers/promises';
import { judge, single } from '../../report.ts';
import { quantile } from '../../statistics.ts';
import type { BenchContext, Measurement, Suite } from '../../suite.ts';
import { startIngestLine, type IngestLine } from './line.ts';
import { bodyOf, post, sendPaced, type Sent } from './sender.ts';

const perSecond = 1_000;
const rateSeconds = 60;
const warmUpSeconds = 10;
const killSeconds = 20;
const largeAlerts = 10_000;
const settleMs = 300_000;
const mostMegabytes = 600;

/** How alerts come in: how soon they are on the disk, that none is lost, and a body with very many. */
export const ingestSuite: Suite = {
  view: 'causal',
  checks: () => Promise.resolve([]),
  measure: async (context) => {
    const parts: Readonly<Record<string, (context: BenchContext) => Promise<Measurement>>> = { rate, kill, large };
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

/** `--series` shortens a part to so many seconds: for a quick look. */
async function rate({ say, series }: BenchContext): Promise<Measurement> {
  const seconds = series ?? rateSeconds;
  const line = await startIngestLine();
  say(`${perSecond} messages a second for ${seconds} s`);
  // a backend runs for days: its first seconds, in which the engine still compiles, are not counted
  const warmUp = { perSecond, seconds: warmUpSeconds, url: line.url, retry: false };
  await sendPaced({ ...warmUp, from: perSecond * seconds });
  const sent = await sendPaced({ ...warmUp, seconds, from: 0 });
  const sentAtMs = performance.now();
  await line.settle(settleMs);
  const behindSeconds = (performance.now() - sentAtMs) / 1000;
  const lost = lostOf(sent, await line.finish());
  const name = `${perSecond} messages a second for ${seconds} s`;
  const p99 = quantile(sent.latenciesMs, 0.99);
  return {
    rows: [
      { name, measure: 'median ms to 202', value: quantile(sent.latenciesMs, 0.5) },
      { name, measure: 'p99 ms to 202', value: p99 },
      { name, measure: 'answered 202', value: sent.taken.length },
      { name, measure: 'seconds until the last is an episode, after the last 202', value: behindSeconds },
      { name, measure: 'lost', value: lost },
    ],
    targets: [
      judge(single('1,000 messages a second, p99 to 202', 'ms', 'lower', 50), p99),
      judge(single('messages refused', 'messages', 'lower', 0), perSecond * seconds - sent.taken.length),
      judge(single('messages lost', 'messages', 'lower', 0), lost),
    ],
  };
}

async function kill({ say, series }: BenchContext): Promise<Measurement> {
  const seconds = series ?? killSeconds;
  const line = await startIngestLine();
  say(`${perSecond} messages a second for ${seconds} s, kill -9 in the middle`);
  const [sent] = await Promise.all([
    sendPaced({ from: 0, perSecond, seconds, url: line.url, retry: true }),
    sleep((seconds * 1_000) / 2).then(() => line.restart()),
  ]);
  await line.settle(settleMs);
  const lost = lostOf(sent, await line.finish());
  const name = `kill -9 in ${seconds} s of ${perSecond} messages a second`;
  return {
    rows: [
      { name, measure: 'answered 202', value: sent.taken.length },
      { name, measure: 'lost', value: lost },
    ],
    targets: [
      judge(single('messages lost over kill -9', 'messages', 'lower', 0), lost),
      judge(
        single('messages never taken over kill -9', 'messages', 'lower', 0),
        perSecond * seconds - sent.taken.length
      ),
    ],
  };
}

/** What was answered 202 and has no episode. */
function lostOf(sent: Sent, episodes: readonly string[]): number {
  const kept = new Set(episodes);
  return sent.taken.filter((fingerprint) => !kept.has(fingerprint)).length;
}

async function large({ say, series }: BenchContext): Promise<Measurement> {
  const alerts = series === undefined ? largeAlerts : series * 1_000;
  const line = await startIngestLine();
  const restingBytes = await line.residentBytes();
  say(`one body with ${alerts} alerts`);
  const body = bodyOf(0, alerts);
  const startMs = performance.now();
  const status = await post(line.url(), body);
  const storedSeconds = (performance.now() - startMs) / 1000;
  const peakBytes = await peakUntil(line, alerts);
  const episodeSeconds = (performance.now() - startMs) / 1000;
  const episodes = await line.finish();
  const name = `one body with ${alerts} alerts`;
  const addedMegabytes = (peakBytes - restingBytes) / 1e6;
  return {
    rows: [
      { name, measure: 'bytes', value: Buffer.byteLength(body) },
      { name, measure: 'seconds to 202', value: storedSeconds },
      { name, measure: 'seconds until all are episodes', value: episodeSeconds },
      { name, measure: 'MB beyond the resting backend', value: addedMegabytes },
      { name, measure: 'episodes', value: episodes.length },
    ],
    targets: [
      judge(single('answer to 10,000 alerts, 202 or not', 'status', 'lower', 202), status ?? 599),
      judge(single('10,000 alerts stored', 's', 'lower', 2), storedSeconds),
      judge(single('10,000 alerts are episodes', 's', 'lower', 10), episodeSeconds),
      judge(single('memory for 10,000 alerts', 'MB', 'lower', mostMegabytes), addedMegabytes),
    ],
  };
}

async function peakUntil(line: IngestLine, alerts: number): Promise<number> {
  const giveUpAtMs = Date.now() + settleMs;
  let peakBytes = 0;
  while ((await line.status()).openEpisodes < alerts) {
    if (Date.now() > giveUpAtMs) {
      throw new Error(`not all ${alerts} alerts were episodes within ${settleMs / 1000} s`);
    }
    peakBytes = Math.max(peakBytes, await line.residentBytes());
    await sleep(100);
  }
  return Math.max(peakBytes, await line.residentBytes());
}
