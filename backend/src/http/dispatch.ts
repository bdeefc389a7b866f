import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import { AppError } from '../errors.ts';
import type { Api } from './api.ts';
import type { Auth } from './auth.ts';
import type { Answer, Route } from './route.ts';
import { routes } from './routes/index.ts';

export interface DispatchDeps {
  readonly api: Api;
  readonly auth: Auth;
  /** Aborts when the backend no longer waits for requests that run. */
  readonly stopping: AbortSignal;
}

/** The routes of /api/v1 on a router; a known path with another verb answers 405 with Allow. */
export function mountRoutes(deps: DispatchDeps): Router {
  const router = express.Router({ strict: true, caseSensitive: true });
  for (const entry of routes) {
    router[entry.method](entry.path, handlerOf(entry, deps));
  }
  for (const path of new Set(routes.map((entry) => entry.path))) {
    router.all(path, refuseMethod(routes.filter((entry) => entry.path === path)));
  }
  return router;
}

function refuseMethod(known: readonly Route[]): RequestHandler {
  const verbs = known.flatMap((entry) => (entry.method === 'get' ? ['GET', 'HEAD'] : [entry.method.toUpperCase()]));
  const allowed = verbs.join(', ');
  return (request, response, next) => {
    response.setHeader('Allow', allowed);
    if (request.method === 'OPTIONS') {
      response.status(204).end();
      return;
    }
    next(new AppError('method_not_allowed', `${request.method} is not possible here, only ${allowed}.`));
  };
}

function handlerOf(entry: Route, deps: DispatchDeps): RequestHandler {
  const readJson = express.json({ limit: entry.bodyLimitBytes, type: () => true, strict: false });
  return async (request, response) => {
    response.locals['route'] = `/api/v1${entry.path}`;
    const user = await deps.auth.authorize(request, entry.grant);
    if (entry.bodyLimitBytes > 0) {
      await readBody(readJson, request, response);
    }
    using deadline = startDeadline(entry, response, deps.stopping);
    const work = entry.answer(deps.api, {
      params: request.params,
      query: request.query,
      body: request.body,
      user,
      describeCaller: () => deps.auth.describe(request),
      signal: deadline.signal,
    });
    send(await untilAborted(work, deadline.signal), entry, response);
  };
}

async function readBody(readJson: RequestHandler, request: Request, response: Response): Promise<void> {
  if (request.is('application/json') === false || request.headers['content-type'] === undefined) {
    throw new AppError('unsupported_media_type', 'This needs a body with the header "Content-Type: application/json".');
  }
  await new Promise<void>((resolve, reject) => {
    void readJson(request, response, (error?: unknown) => (error === undefined ? resolve() : reject(error)));
  });
}

/** A signal that ends with the client, the route's deadline or the backend; dispose of it when the work is done. */
function startDeadline(entry: Route, response: Response, stopping: AbortSignal) {
  const controller = new AbortController();
  const end = () => controller.abort(new AppError('busy', 'The backend is stopping. Try again shortly.'));
  const leave = () => controller.abort(new AppError('busy', 'The client left.'));
  const timer = setTimeout(() => {
    const seconds = entry.deadlineMs / 1_000;
    controller.abort(
      new AppError('deadline_exceeded', `This took longer than ${seconds} s. Ask for less, or try again.`)
    );
  }, entry.deadlineMs);
  response.on('close', leave);
  stopping.addEventListener('abort', end);
  if (stopping.aborted) {
    end();
  }
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      response.off('close', leave);
      stopping.removeEventListener('abort', end);
    },
  };
}

/** Not every step of the work listens to its signal; the answer must not wait for those. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) {
    onAbort();
  }
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function send(answer: Answer, entry: Route, response: Response): void {
  response.setHeader('Cache-Control', 'no-store');
  if (answer.kind === 'stream') {
    answer.open(response);
    return;
  }
  response.status(entry.success.status);
  if (answer.kind === 'empty') {
    response.end();
    return;
  }
  if (answer.kind === 'text') {
    response.type(answer.contentType).send(answer.text);
    return;
  }
  response.set(answer.headers ?? {}).json(answer.body);
}
