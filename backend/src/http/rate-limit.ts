import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import type { Request, RequestHandler } from 'express';
import { AppError } from '../errors.ts';
import type { Auth } from './auth.ts';

export interface RateLimits {
  /** Reads, queries and rule evaluations; a busy Grafana sends some 50 a second through one address. */
  readonly readsPerMinute: number;
  /** POST, PUT and DELETE of /api/v1: changes and previews, which cost CPU. */
  readonly changesPerMinute: number;
}

export const defaultRateLimits: RateLimits = { readsPerMinute: 6_000, changesPerMinute: 120 };

const windowMs = 60_000;

function isChange(request: Request): boolean {
  return request.originalUrl.startsWith('/api/v1/') && !['GET', 'HEAD', 'OPTIONS'].includes(request.method);
}

/** Counts each caller's requests (RFC 6585 429 with RateLimit and Retry-After headers), reads apart from changes. */
export function limitRate(auth: Auth, limits: RateLimits): RequestHandler {
  return rateLimit({
    windowMs,
    limit: (request) => (isChange(request) ? limits.changesPerMinute : limits.readsPerMinute),
    keyGenerator: (request) => {
      const key = auth.rateKey(request, ipKeyGenerator(request.ip ?? 'unknown'));
      return `${isChange(request) ? 'change' : 'read'} ${key}`;
    },
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // Who does not configure trustedProxies has none: X-Forwarded-For is then only noise to us.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    handler: (request, _response, next) => {
      const limit = isChange(request) ? limits.changesPerMinute : limits.readsPerMinute;
      next(new AppError('rate_limited', `More than ${limit} such requests a minute. Wait as Retry-After says.`));
    },
  });
}
