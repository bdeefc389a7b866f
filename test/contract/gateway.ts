import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface GatewayRequest {
  readonly method: string;
  readonly path: string;
  readonly form: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
}

export interface Gateway {
  readonly url: string;
  stop(): Promise<void>;
}

async function serve(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://gateway');
  const form = new URLSearchParams(request.method === 'POST' ? await text(request) : url.search);
  const asked = { method: request.method ?? 'GET', path: url.pathname, form, headers: request.headers };
  const { status, contentType, body } = await answer(asked);
  response.writeHead(status, { 'content-type': contentType }).end(body);
}

type Answer = (request: GatewayRequest) => Reply | Promise<Reply>;

/** A server on a free port that answers each request with `answer`. */
export async function startGateway(answer: Answer): Promise<Gateway> {
  const server = createServer((request, response) => {
    serve(request, response, answer).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Hands a request on to a Prometheus and its answer back. */
export async function forward(prometheusUrl: string, { method, path, form }: GatewayRequest): Promise<Reply> {
  const isPost = method === 'POST';
  const query = isPost || form.size === 0 ? '' : `?${form.toString()}`;
  const answer = await fetch(`${prometheusUrl}${path}${query}`, isPost ? { method, body: form } : { method });
  return {
    status: answer.status,
    contentType: answer.headers.get('content-type') ?? '',
    body: await answer.text(),
  };
}
