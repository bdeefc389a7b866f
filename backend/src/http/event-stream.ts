import type { Response } from 'express';
import type { ServerEvent } from '../contract/index.ts';
import { AppError } from '../errors.ts';

/** Proxies in front of Grafana cut streams that say nothing for some 30 to 60 s. */
const heartbeatEveryMs = 15_000;
const reconnectAfterMs = 3_000;
/** A client that reads slower than this piles up is let go; it comes back and reads the state anew. */
const maxUnsentBytes = 1_048_576;

export interface EventStreamDeps {
  subscribe(listener: (event: ServerEvent) => void): () => void;
  readonly heartbeatMs?: number;
  readonly maxClients?: number;
}

/** Server-sent events (WHATWG HTML 9.2) to any number of clients up to a limit. */
export class EventStream {
  readonly #clients = new Set<Response>();
  readonly #maxClients: number;
  readonly #unsubscribe: () => void;
  readonly #timer: NodeJS.Timeout;
  #lastId = 0;

  constructor(deps: EventStreamDeps) {
    this.#maxClients = deps.maxClients ?? 200;
    this.#unsubscribe = deps.subscribe((event) => this.#send(event));
    this.#timer = setInterval(() => this.#write(': heartbeat\n\n'), deps.heartbeatMs ?? heartbeatEveryMs);
    this.#timer.unref();
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  /** @throws AppError `busy` when as many clients as allowed are listening */
  reserve(): void {
    if (this.#clients.size >= this.#maxClients) {
      throw new AppError('busy', `${this.#maxClients} clients listen for events already. Ask for the state instead.`);
    }
  }

  /** A client that says `Last-Event-ID` gets what comes from now on: events announce state, they don't carry it. */
  open(response: Response): void {
    response.status(200).set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    });
    response.flushHeaders();
    if (response.req.method === 'HEAD') {
      response.end();
      return;
    }
    response.write(`retry: ${reconnectAfterMs}\n\n`);
    this.#clients.add(response);
    response.on('close', () => this.#clients.delete(response));
  }

  /** Ends all streams. Safe to call twice. */
  stop(): void {
    clearInterval(this.#timer);
    this.#unsubscribe();
    for (const client of this.#clients) {
      client.end();
    }
    this.#clients.clear();
  }

  #send(event: ServerEvent): void {
    this.#lastId += 1;
    this.#write(`id: ${this.#lastId}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`);
  }

  #write(text: string): void {
    for (const client of this.#clients) {
      if (client.writableLength > maxUnsentBytes) {
        client.destroy();
        continue;
      }
      client.write(text);
    }
  }
}
