import express, { type Express, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import type { Metrics } from '../observability/metrics.ts';
import { logRequests } from '../observability/request-log.ts';
import { traceRequests } from '../observability/tracing.ts';
import type { Api } from './api.ts';
import type { Auth } from './auth.ts';
import { requireToken } from './bearer.ts';
import { mountRoutes } from './dispatch.ts';
import { healthRoutes, type Readiness } from './health.ts';
import { guardHost } from './host-guard.ts';
import { guardPath } from './path-guard.ts';
import { answerErrors, answerNotFound } from './problem.ts';
import { limitRate, type RateLimits } from './rate-limit.ts';

export interface HttpDeps {
  readonly api: Api;
  readonly auth: Auth;
  /** Where alerts come in: each webhook tells by itself who sends. */
  readonly webhooks: RequestHandler;
  /** The Prometheus API, mounted under /prometheus. */
  readonly facade: RequestHandler;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly readiness: () => Readiness;
  /** CIDR ranges whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  readonly rateLimits: RateLimits;
  readonly stopping: AbortSignal;
}

/**
 * The whole HTTP side: what comes first refuses most. The path is judged raw before anything routes on it; nothing but
 * health is answered to a caller without the token.
 */
export function createHttp(deps: HttpDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.set('trust proxy', deps.trustedProxies.length === 0 ? false : [...deps.trustedProxies]);

  app.use(logRequests(deps.logger), deps.metrics.observeRequests(), traceRequests());
  app.use(guardPath);
  if (deps.auth.token === undefined) {
    app.use(guardHost());
  }
  app.use(securityHeaders());
  app.use(healthRoutes(deps.readiness));
  // Before token and rate limit: an Alertmanager has a secret of its own, and a storm of alerts is no misuse.
  app.use(deps.webhooks);
  app.use(limitRate(deps.auth, deps.rateLimits));
  app.get('/metrics', withToken(deps.auth, true), async (_request, response) => {
    response.locals['route'] = '/metrics';
    response.type(deps.metrics.registry.contentType).send(await deps.metrics.registry.metrics());
  });
  app.use('/prometheus', withToken(deps.auth, true), deps.facade);
  app.use('/api/v1', withToken(deps.auth, false), mountRoutes(deps));
  app.use(answerNotFound, answerErrors());
  return app;
}

/** Answers are data for programs: a browser that opens one must run and load nothing. */
function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"], sandbox: [] },
    },
    // Whoever ends TLS in front of the backend decides about it.
    strictTransportSecurity: false,
  });
}

function withToken(auth: Auth, basicToo: boolean): RequestHandler {
  return (request: Request, response: Response, next: NextFunction): void => {
    try {
      requireToken(request.headers.authorization, auth.token, basicToo);
    } catch (error) {
      response.setHeader('WWW-Authenticate', 'Bearer realm="aiops"');
      throw error;
    }
    next();
  };
}
