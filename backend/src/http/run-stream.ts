import type { Response } from 'express';
import type { Run, RunEvent } from '../contract/index.ts';
import { AppError } from '../errors.ts';

const heartbeatMs = 15_000;
const mostClients = 100;
const maxUnsentBytes = 1_048_576;

export interface RunStreamDeps {
  events(runId: string, afterSeq: number): Promise<readonly RunEvent[]>;
  /** Calls back for every run. */
  subscribe(
    listener: (
      message:
        | { readonly kind: 'run'; readonly run: Run }
        | { readonly kind: 'event'; readonly runId: string; readonly event: RunEvent }
    ) => void
  ): () => void;
}

/** What one run says, as server-sent events with the number of the event as id: a client that comes back misses none. */
export class RunStream {
  readonly #deps: RunStreamDeps;
  readonly #clients = new Set<Response>();

  constructor(deps: RunStreamDeps) {
    this.#deps = deps;
  }

  /** @throws AppError `busy` when as many clients as allowed are listening */
  open(response: Response, runId: string, afterSeq: number): void {
    if (this.#clients.size >= mostClients) {
      throw new AppError('busy', `${mostClients} clients listen to runs already. Ask for the run instead.`);
    }
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
    response.write('retry: 3000\n\n');
    this.#serve(response, runId, afterSeq);
  }

  /** Ends all streams. Safe to call twice. */
  stop(): void {
    for (const client of this.#clients) {
      client.end();
    }
    this.#clients.clear();
  }

  #serve(response: Response, runId: string, afterSeq: number): void {
    this.#clients.add(response);
    let sentSeq = afterSeq;
    const send = (event: RunEvent) => {
      if (event.seq > sentSeq) {
        sentSeq = event.seq;
        this.#write(response, `id: ${event.seq}\nevent: run-event\ndata: ${JSON.stringify(event)}\n\n`);
      }
    };
    // What comes while the stored ones are read is sent after them.
    let held: RunEvent[] | undefined = [];
    const unsubscribe = this.#deps.subscribe((message) => {
      if (message.kind === 'event' && message.runId === runId) {
        (held === undefined ? send : held.push.bind(held))(message.event);
      } else if (message.kind === 'run' && message.run.id === runId) {
        this.#write(response, `event: run\ndata: ${JSON.stringify(message.run)}\n\n`);
      }
    });
    const timer = setInterval(() => this.#write(response, ': heartbeat\n\n'), heartbeatMs);
    response.on('close', () => {
      clearInterval(timer);
      unsubscribe();
      this.#clients.delete(response);
    });
    this.#deps.events(runId, afterSeq).then(
      (stored) => {
        [...stored, ...(held ?? [])].forEach(send);
        held = undefined;
      },
      () => response.destroy()
    );
  }

  #write(response: Response, text: string): void {
    if (response.writableLength > maxUnsentBytes) {
      response.destroy();
      return;
    }
    response.write(text);
  }
}
