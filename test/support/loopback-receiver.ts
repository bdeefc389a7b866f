import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What the receiver answers: a status with a text, or a fault on the way. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `hang`: never answers; `half`: closes in the middle of its answer; `drop`: closes without one. */
  readonly fault?: 'hang' | 'half' | 'drop';
}

export interface LoopbackReceiver {
  readonly url: string;
  readonly requests: ReceivedRequest[];
  /** Answers of the next requests, in order; then 200. */
  script(...answers: readonly ScriptedAnswer[]): void;
  /** Answers every request from now on. */
  always(answer: (request: ReceivedRequest) => ScriptedAnswer): void;
  stop(): Promise<void>;
}

/** An HTTP server on loopback that keeps what it is sent and answers as it is told. */
export async function startLoopbackReceiver(): Promise<LoopbackReceiver> {
  const requests: ReceivedRequest[] = [];
  const scripted: ScriptedAnswer[] = [];
  let otherwise: (request: ReceivedRequest) => ScriptedAnswer = () => ({ status: 200 });
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const received = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(parts) };
      requests.push(received);
      reply(response, scripted.shift() ?? otherwise(received));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    script: (...answers) => void scripted.push(...answers),
    always: (answer) => void (otherwise = answer),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function reply(response: ServerResponse, { status = 200, text = '', headers = {}, fault }: ScriptedAnswer): void {
  switch (fault) {
    case 'hang':
      return;
    case 'drop':
      response.destroy();
      return;
    case 'half':
      response.writeHead(status, { 'content-length': '1000' });
      response.write('half an answ', () => response.destroy());
      return;
    default:
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(text);
  }
}
