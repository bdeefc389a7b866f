import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { token } from './line.ts';

const connections = 64;
const retryMs = 500;
const giveUpMs = 60_000;

export interface Sent {
  /** From when a message was due until its 202, milliseconds, in the order of the answers. */
  readonly latenciesMs: readonly number[];
  /** Fingerprints of what was answered 202. */
  readonly taken: readonly string[];
}

export interface SendPlan {
  /** Number of the first message. */
  readonly from: number;
  readonly perSecond: number;
  readonly seconds: number;
  /** Where the backend is now. */
  readonly url: () => string;
  /** Send again what was not answered 202. */
  readonly retry: boolean;
}

export const fingerprintOf = (index: number): string => index.toString(16).padStart(16, '0');

/** A message as Alertmanager posts it, some 350 bytes an alert. */
export function bodyOf(from: number, alerts: number): string {
  const startsAt = new Date(Date.now() - 30_000).toISOString();
  return JSON.stringify({
    ...{ version: '4', receiver: 'bench', groupKey: '{}:{alertname="HighErrorRate"}', truncatedAlerts: 0 },
    ...{ status: 'firing', externalURL: 'http://alertmanager.example:9093', groupLabels: {}, commonLabels: {} },
    alerts: Array.from({ length: alerts }, (_, i) => ({
      ...{ status: 'firing', startsAt, endsAt: '0001-01-01T00:00:00Z', fingerprint: fingerprintOf(from + i) },
      labels: {
        alertname: 'HighErrorRate',
        instance: `web-${from + i}.example:8080`,
        job: 'api',
        severity: 'critical',
      },
      annotations: { summary: `5xx ratio above 5% on web-${from + i}.example:8080` },
      generatorURL: 'http://prometheus.example:9090/graph?g0.tab=1',
    })),
  });
}

/** Sends each message when it is due, however slow the answers are: an open loop, so that a stall counts for all it delays. */
export async function sendPaced({ from, perSecond, seconds, url, retry }: SendPlan): Promise<Sent> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const latenciesMs: number[] = [];
  const taken: string[] = [];
  const startMs = performance.now();
  const sendOne = async (index: number, dueMs: number): Promise<void> => {
    const giveUpAtMs = dueMs + giveUpMs;
    const body = bodyOf(index, 1);
    while ((await post(url(), body, agent)) !== 202) {
      if (!retry || performance.now() > giveUpAtMs) {
        return;
      }
      await sleep(retryMs);
    }
    latenciesMs.push(performance.now() - dueMs);
    taken.push(fingerprintOf(index));
  };
  const all: Array<Promise<void>> = [];
  for (let index = 0; index < perSecond * seconds;) {
    const nowMs = performance.now() - startMs;
    for (; index < perSecond * seconds && (index / perSecond) * 1_000 <= nowMs; index++) {
      all.push(sendOne(from + index, startMs + (index / perSecond) * 1_000));
    }
    await sleep(1);
  }
  await Promise.all(all);
  agent.destroy();
  return { latenciesMs, taken };
}

/** @returns the status; undefined when there was no answer */
export function post(url: string, body: string, agent?: Agent): Promise<number | undefined> {
  return new Promise((resolve) => {
    const headers = {
      ...{ 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      authorization: `Bearer ${token}`,
    };
    const sending = request(`${url}/webhook`, { method: 'POST', headers, ...(agent && { agent }) }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
      answer.on('error', () => resolve(undefined));
    });
    sending.on('error', () => resolve(undefined));
    sending.end(body);
  });
}
