import type { Response } from 'express';
import { z } from 'zod';
import type { Caller, Grant } from '../contract/index.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import type { Actor } from '../jobs/jobs.ts';
import type { Api } from './api.ts';
import type { SignedUser } from './signed-user.ts';

/** What a handler gets beside the parsed parts of the request. */
export interface CallContext {
  /** Who Grafana proved to be asking; always there when the route's grant is for changes. */
  readonly user: SignedUser | undefined;
  readonly describeCaller: () => Promise<Caller>;
  /** Aborts when the client leaves, the deadline passes or the backend stops. */
  readonly signal: AbortSignal;
}

interface RawCall extends CallContext {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

interface Call<P, Q, B> extends CallContext {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

/** How a handler answers. A stream writes on its own until its client leaves. */
export type Answer =
  | { readonly kind: 'json'; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: 'text'; readonly contentType: string; readonly text: string }
  | { readonly kind: 'empty' }
  | { readonly kind: 'stream'; open(response: Response): void };

interface RouteFacts {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** Under /api/v1, parameters as `:name`. */
  readonly path: string;
  readonly summary: string;
  readonly grant: Grant;
  readonly deadlineMs: number;
  /** 0: the route takes no body. */
  readonly bodyLimitBytes: number;
  readonly success: {
    readonly status: 200 | 201 | 202 | 204;
    readonly description: string;
    readonly contentType?: string;
    readonly schema?: z.ZodType;
  };
  /** Beside those that every route can answer. */
  readonly errors: readonly ErrorCode[];
}

/** One operation of the API as data: the server mounts it, the OpenAPI document describes it. */
export interface Route extends RouteFacts {
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType | undefined;
  /** @throws AppError `invalid_request` listing all faults of parameters and body */
  answer(api: Api, call: RawCall): Promise<Answer>;
}

interface RouteSpec<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> extends RouteFacts {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  handle(api: Api, call: Call<z.output<P>, z.output<Q>, z.output<B>>): Promise<Answer>;
}

type NoFields = z.ZodObject<Record<never, never>>;
const noFields = z.object({});

function faultsOf(part: string, error: z.ZodError) {
  return error.issues.map((issue) => ({ path: [part, ...issue.path].map(String).join('.'), message: issue.message }));
}

/** Binds a handler to its schemas, so that it gets parsed values only. */
export function route<
  P extends z.ZodObject = NoFields,
  Q extends z.ZodObject = NoFields,
  B extends z.ZodType = z.ZodUndefined,
>(spec: RouteSpec<P, Q, B>): Route {
  const { handle, params, query, body, ...facts } = spec;
  const schemas = { params: params ?? noFields, query: query ?? noFields, body };
  return {
    ...facts,
    ...schemas,
    async answer(api, raw) {
      const parsedParams = schemas.params.safeParse(raw.params);
      const parsedQuery = schemas.query.safeParse(raw.query);
      const parsedBody = (body ?? z.unknown()).safeParse(raw.body);
      const issues = [
        ...faultsOf('path', parsedParams.error ?? new z.ZodError([])),
        ...faultsOf('query', parsedQuery.error ?? new z.ZodError([])),
        ...faultsOf('body', parsedBody.error ?? new z.ZodError([])),
      ];
      if (!parsedParams.success || !parsedQuery.success || !parsedBody.success) {
        const text = issues.map((issue) => `${issue.path}: ${issue.message}`).join('; ');
        throw new AppError('invalid_request', text, { context: { issues } });
      }
      const call = { ...raw, params: parsedParams.data, query: parsedQuery.data, body: parsedBody.data };
      // The schemas are those of the type parameters: left-out ones default to "no fields" on both sides.
      return handle(api, call as Call<z.output<P>, z.output<Q>, z.output<B>>);
    },
  };
}

/** Who a change is recorded under. */
export function actorOf(call: CallContext): Actor {
  if (call.user === undefined) {
    throw new Error('a change came to its handler without a signed user');
  }
  return { id: call.user.id, name: call.user.name };
}
