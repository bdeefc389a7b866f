import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import type { Clock } from '../../clock.ts';
import type { WebhookSettings } from '../../config/config-types.ts';
import type { DeliveryReceipt } from '../../contract/remediation/episode.ts';
import { AppError } from '../../errors.ts';
import { readAlertBody, type AlertBody } from './alert-body.ts';
import type { DeliveryInbox } from './delivery-inbox.ts';
import { parseGuardedJson } from './guarded-json.ts';
import { ReplayCache } from './replay-cache.ts';
import { SenderCheck } from './sender-check.ts';

/** What the router tells of each message. */
export interface WebhookObserver {
  taken(webhook: string, body: AlertBody): void;
  refused(webhook: string, error: unknown): void;
}

export interface WebhookRouterDeps {
  readonly webhooks: readonly WebhookSettings[];
  readonly inbox: DeliveryInbox;
  readonly clock: Clock;
  readonly observer: WebhookObserver;
}

const jsonLimits = { maxDepth: 16, maxKeys: 500_000 } as const;
/** Bodies that are read at the same moment, of all webhooks together. */
const mostBytesAtOnce = 64_000_000;
const jsonType = /^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i;

export const webhookPath = (name: string): string => `/api/v1/webhooks/${name}`;

/**
 * The webhooks: `/api/v1/webhooks/NAME`, and `/webhook` for the first one of Alertmanager. A message is answered 202 when it
 * is on the disk; whether any policy wants it is another matter. Alertmanager gives up at once on a 4xx and sends again at
 * the next group interval, so these are for what is no message at all.
 */
export function createWebhookRouter(deps: WebhookRouterDeps): Router {
  const router = express.Router({ strict: true, caseSensitive: true });
  const load = { bytes: 0 };
  for (const webhook of deps.webhooks) {
    router.all(webhookPath(webhook.name), handlerOf(webhook, deps, load));
  }
  const first = deps.webhooks.find(({ kind }) => kind === 'alertmanager');
  router.all('/webhook', first === undefined ? refuseUnknown : handlerOf(first, deps, load));
  router.all(webhookPath(':name'), refuseUnknown);
  return router;
}

const refuseUnknown: RequestHandler = (_request, response) => {
  response.locals['route'] = webhookPath(':name');
  throw new AppError('not_found', 'There is no such webhook. List it under webhooks in aiops.yaml.');
};

function handlerOf(webhook: WebhookSettings, deps: WebhookRouterDeps, load: { bytes: number }): RequestHandler {
  const check = new SenderCheck(webhook);
  const replays = new ReplayCache<DeliveryReceipt>();
  const readRaw = express.raw({ limit: webhook.maxBodyBytes, type: () => true, inflate: false });

  const take = async (request: Request, response: Response): Promise<DeliveryReceipt> => {
    checkMethod(request, response, webhook);
    const claims = { headers: request.headers, address: request.socket.remoteAddress };
    await check.checkHead(claims);
    checkType(request);
    const body = await readBody(readRaw, { request, response, load, mostBytes: webhook.maxBodyBytes });
    const nowMs = deps.clock.nowMs();
    const signature = await check.checkBody(claims, body, nowMs);
    const known = replays.get(signature, nowMs);
    if (known !== undefined) {
      return known;
    }
    const read = readAlertBody(webhook.kind, parseGuardedJson(body, jsonLimits));
    const alerts = read.messages.length + read.refused.length;
    const delivery = await deps.inbox.add({ webhook, body, alerts: alerts + read.truncated });
    deps.observer.taken(webhook.name, read);
    const receipt = { delivery, alerts };
    replays.add(signature, receipt, nowMs);
    return receipt;
  };
  return async (request, response) => {
    response.locals['route'] = webhookPath(':name');
    const receipt = await take(request, response).catch((error: unknown) => {
      deps.observer.refused(webhook.name, error);
      if (error instanceof AppError && error.code === 'unauthorized') {
        response.setHeader('WWW-Authenticate', webhook.basic === undefined ? 'Bearer' : 'Basic realm="aiops"');
      }
      throw error;
    });
    response.status(202).setHeader('Cache-Control', 'no-store').json(receipt);
  };
}

/** A redirect in front of us turns POST into a GET that looks delivered: it must not. */
function checkMethod(request: Request, response: Response, { kind }: WebhookSettings): void {
  const allowed = kind === 'grafana' ? ['POST', 'PUT'] : ['POST'];
  if (!allowed.includes(request.method)) {
    response.setHeader('Allow', allowed.join(', '));
    const hint =
      request.method === 'GET' ? ' A redirect on the way turns POST into GET: send to the final address.' : '';
    throw new AppError('method_not_allowed', `A webhook takes ${allowed.join(' or ')}, not ${request.method}.${hint}`);
  }
}

function checkType({ headers }: Request): void {
  if (!jsonType.test(headers['content-type'] ?? '')) {
    throw new AppError(
      'unsupported_media_type',
      'A webhook takes a body with the header "Content-Type: application/json".'
    );
  }
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new AppError(
      'unsupported_media_type',
      'A webhook takes no compressed body. Send it without Content-Encoding.'
    );
  }
}

interface Reading {
  readonly request: Request;
  readonly response: Response;
  readonly load: { bytes: number };
  readonly mostBytes: number;
}

async function readBody(readRaw: RequestHandler, { request, response, load, mostBytes }: Reading): Promise<Uint8Array> {
  const announced = Number(request.headers['content-length'] ?? mostBytes);
  const reserved = Math.min(Number.isFinite(announced) ? announced : mostBytes, mostBytes);
  if (load.bytes + reserved > mostBytesAtOnce) {
    throw new AppError('busy', 'Too many large messages arrive at the same moment. Send this one again shortly.');
  }
  load.bytes += reserved;
  try {
    await new Promise<void>((resolve, reject) => {
      void readRaw(request, response, (error?: unknown) => (error === undefined ? resolve() : reject(error)));
    });
  } finally {
    load.bytes -= reserved;
  }
  return Buffer.isBuffer(request.body) ? request.body : new Uint8Array();
}
