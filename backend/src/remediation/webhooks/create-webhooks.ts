import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { AlertmanagerSettings, WebhookSettings } from '../../config/config-types.ts';
import type { RemediationStatus } from '../../contract/remediation/control.ts';
import { AppError, messageOf } from '../../errors.ts';
import type { GrafanaClient } from '../../grafana/grafana-client.ts';
import type { Database } from '../../store/database.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { EpisodeBook } from '../episodes/episode-book.ts';
import { EpisodeRepository } from '../episodes/episode-repository.ts';
import { alertmanagerLister, grafanaLister } from '../episodes/listed-alerts.ts';
import { Reconciler } from '../episodes/reconciler.ts';
import { readAlertBody } from './alert-body.ts';
import { DeliveryInbox } from './delivery-inbox.ts';
import { DeliveryWorker, remarkOf } from './delivery-worker.ts';
import { isAuthenticated } from './sender-check.ts';
import { SpacedCalls } from './spaced-calls.ts';
import { createWebhookRouter, webhookPath, type WebhookObserver } from './webhook-router.ts';

export interface WebhooksDeps {
  readonly database: Database;
  readonly webhooks: readonly WebhookSettings[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly audit: Pick<AuditLog, 'appendAll'>;
  /** Every replica: asked for what a lost message told. */
  readonly alertmanagers: readonly AlertmanagerSettings[];
  /** Undefined: Grafana is not asked. */
  readonly grafana: GrafanaClient | undefined;
  /** Policies have something to look at. */
  readonly onEpisodes: () => void;
  /** Counts a message. @param result `taken`, or the code of the error that refused it */
  readonly delivered?: ((webhook: string, result: string) => void) | undefined;
}

/** Where alerts come in. */
export interface Webhooks {
  /** To be mounted before token and rate limit: each webhook has its own way to tell who sends. */
  readonly router: RequestHandler;
  start(): Promise<void>;
  /** Takes no more; what was answered 202 is on the disk. Safe to call twice. */
  stop(): Promise<void>;
  statuses(): Promise<RemediationStatus['webhooks']>;
}

/** In a storm those who decide look at what is new this often; each look costs them more than an alert costs us. */
const newsEveryMs = 250;

/** Builds the webhooks of the settings with the inbox and the worker behind them. */
export function createWebhooks(deps: WebhooksDeps): Webhooks {
  const { database, webhooks, clock, logger } = deps;
  const inbox = new DeliveryInbox({ database, clock });
  const news = new SpacedCalls(deps.onEpisodes, clock, newsEveryMs);
  const book = new EpisodeBook({ ...deps, onEpisodes: () => news.call() });
  const byName = new Map(webhooks.map((webhook) => [webhook.name, webhook]));
  const worker = new DeliveryWorker({
    inbox,
    book,
    episodes: new EpisodeRepository(database),
    webhooks: byName,
    clock,
    logger,
  });
  const reconciler = buildReconciler(deps, inbox);
  const remarks = new Map<string, string | null>();
  const { delivered } = deps;
  const observer = observerOf({ remarks, logger, delivered, wake: () => worker.wake() });
  return {
    router: createWebhookRouter({ webhooks, inbox, clock, observer }),
    async start() {
      await inbox.start();
      worker.start();
      reconciler.start();
    },
    async stop() {
      await inbox.stop();
      await reconciler.stop();
      await worker.stop();
      news.stop();
    },
    statuses: () => statusesOf(webhooks, inbox, remarks),
  };
}

async function statusesOf(
  webhooks: readonly WebhookSettings[],
  inbox: DeliveryInbox,
  remarks: ReadonlyMap<string, string | null>
): Promise<RemediationStatus['webhooks']> {
  const counts = await inbox.counts();
  return webhooks.map((webhook) => {
    const { name, kind } = webhook;
    const { waiting = 0, lastAtMs: lastDeliveryAtMs = null } = counts.get(name) ?? {};
    const authenticated = isAuthenticated(webhook);
    const message = remarks.get(name) ?? (authenticated ? null : loopbackOnly);
    return { name, kind, path: webhookPath(name), authenticated, lastDeliveryAtMs, waiting, message };
  });
}

function buildReconciler(deps: WebhooksDeps, inbox: DeliveryInbox): Reconciler {
  const { webhooks, alertmanagers, grafana } = deps;
  const kinds = new Map(webhooks.map(({ name, kind }) => [name, kind]));
  return new Reconciler({
    ...deps,
    listers: {
      alertmanager: alertmanagers.map((settings) => alertmanagerLister(settings)),
      grafana: grafana === undefined ? [] : [grafanaLister(grafana)],
    },
    async receiverOf(webhook) {
      const body = await inbox.newestOf(webhook);
      const kind = kinds.get(webhook);
      return body === undefined || kind === undefined
        ? undefined
        : (readAlertBody(kind, JSON.parse(Buffer.from(body).toString('utf8'))).receiver ?? undefined);
    },
  });
}

interface Observing {
  /** What is to be said of the newest message, by webhook. */
  readonly remarks: Map<string, string | null>;
  readonly logger: Logger;
  readonly delivered: WebhooksDeps['delivered'];
  readonly wake: () => void;
}

function observerOf({ remarks, logger, delivered, wake }: Observing): WebhookObserver {
  return {
    taken(webhook, body) {
      const remark = remarkOf(body);
      if (remark !== null && remark !== remarks.get(webhook)) {
        logger.warn({ webhook, remark }, 'a message of a webhook was taken in part');
      }
      remarks.set(webhook, remark);
      delivered?.(webhook, 'taken');
      wake();
    },
    refused(webhook, error) {
      delivered?.(webhook, error instanceof AppError ? error.code : 'internal');
      const status = error instanceof AppError ? error.httpStatus : 500;
      remarks.set(webhook, `The newest message was refused (${status}): ${messageOf(error)}`);
    },
  };
}

const loopbackOnly =
  'Without a secret only programs on this machine are answered: set bearerTokenFile, basic or hmacSecretFile.';
