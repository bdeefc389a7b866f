import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import express from 'express';
import type { AlertmanagerSettings, WebhookSettings } from '../../backend/src/config/config-types.ts';
import { listen } from '../../backend/src/http/listener.ts';
import { answerErrors, answerNotFound } from '../../backend/src/http/problem.ts';
import { createLogger } from '../../backend/src/observability/logger.ts';
import { AuditLog } from '../../backend/src/remediation/audit/audit-log.ts';
import { EpisodeRepository } from '../../backend/src/remediation/episodes/episode-repository.ts';
import { createWebhooks } from '../../backend/src/remediation/webhooks/create-webhooks.ts';
import { openDatabase } from '../../backend/src/store/database.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { send, type Answered } from './http-harness.ts';

export const bearerToken = 'canary-webhook-token-of-32-letters';
const idleWithinMs = 20_000;
const fixtures = join(import.meta.dirname, '../fixtures');

/** Settings as the file gives them, with everything left out that may be. */
export function webhookSettings(changes: Partial<WebhookSettings> & Pick<WebhookSettings, 'kind'>): WebhookSettings {
  return {
    name: changes.kind,
    bearerTokenFile: undefined,
    basic: undefined,
    hmacSecretFile: undefined,
    signatureHeader: 'X-Grafana-Alerting-Signature',
    timestampHeader: undefined,
    tenant: 'default',
    receiver: undefined,
    leaseMs: 6 * 3_600_000,
    maxBodyBytes: 5_000_000,
    ...changes,
  };
}

/** Webhooks over a real store and a clock that stands still; `settings` may use files that `write` made. Only given replicas are asked. */
export async function startWebhooks(
  settings: (write: (name: string, text: string) => string) => readonly WebhookSettings[],
  nowMs: number,
  alertmanagerUrls: readonly string[] = []
) {
  const folder = await mkdtemp(join(tmpdir(), 'aiops-webhooks-'));
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const logLines: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logLines.push(chunk.toString());
      done();
    },
  });
  const clock = new ManualClock(nowMs);
  const database = await openDatabase({ file: join(folder, 'aiops.db') });
  const audit = new AuditLog({ database, clock });
  const woken = { times: 0 };
  const webhooks = createWebhooks({
    ...{
      database,
      clock,
      audit,
      webhooks: settings(write),
      logger: createLogger({ destination: sink, level: 'debug' }),
    },
    ...{ alertmanagers: alertmanagerUrls.map(alertmanagerAt), grafana: undefined },
    onEpisodes: () => void woken.times++,
  });
  const app = express().use(webhooks.router, answerNotFound, answerErrors());
  await webhooks.start();
  const listener = await listen(app, { host: '127.0.0.1', port: 0 });
  const repository = new EpisodeRepository(database);
  const idle = () => untilIdle(async () => (await webhooks.statuses()).every(({ waiting }) => waiting === 0));
  return {
    ...{ clock, database, audit, repository, webhooks, woken, write, url: listener.url },
    logText: () => logLines.join(''),
    ask: (path: string, ask: Parameters<typeof send>[2]): Promise<Answered> => send(listener.url, path, ask),
    /** Sends a message as it is and waits until it is worked on. */
    async post(path: string, rawBody: string, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
      const answer = await send(listener.url, path, { method: 'POST', rawBody, headers });
      await idle();
      return answer;
    },
    idle,
    /** All episodes, in the order in which they opened. */
    episodes: () => repository.recent(0, 1_000),
    deliveries: () => database.selectFrom('deliveries').selectAll().orderBy('id').execute(),
    async stop() {
      await listener.close(200);
      await webhooks.stop();
      await database.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function alertmanagerAt(url: string): AlertmanagerSettings {
  return { url, timeoutMs: 5_000, headers: {}, bearerTokenFile: undefined, basic: undefined, tls: undefined };
}

/** Lets others work until all is done. @throws Error when it is not within some seconds */
export async function untilIdle(done: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + idleWithinMs;
  while (!(await done())) {
    if (performance.now() > deadlineMs) {
      throw new Error(`not done within ${idleWithinMs / 1_000} s`);
    }
    await nextTurn();
  }
}

export type WebhookHarness = Awaited<ReturnType<typeof startWebhooks>>;

/** A message of Debian's Alertmanager 0.25.0, such as `01-firing-first`. */
export function alertmanagerMessage(name: string): string {
  return readFileSync(join(fixtures, 'alertmanager-0.25.0', `${name}.json`), 'utf8');
}

export interface GrafanaMessage {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly raw: string;
}

/** A message of Grafana 12.3.0 with the headers that it came with. */
export function grafanaMessage(name: string): GrafanaMessage {
  const path = join(fixtures, 'grafana-12.3.0/webhooks', `${name}.json`);
  return JSON.parse(readFileSync(path, 'utf8')) as GrafanaMessage;
}
