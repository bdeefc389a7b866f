import { z } from 'zod';

const HostCounts = z.object({
  ok: z.int().min(0),
  changed: z.int().min(0),
  failures: z.int().min(0),
  unreachable: z.int().min(0),
  skipped: z.int().min(0),
  rescued: z.int().min(0),
  ignored: z.int().min(0),
});
export type HostCounts = z.output<typeof HostCounts>;

const Line = z.object({
  seq: z.int().min(1),
  kind: z.enum(['step', 'ok', 'changed', 'skipped', 'failed', 'unreachable', 'diff', 'note', 'stats']),
  host: z.string().nullable(),
  text: z.string(),
  hosts: z.record(z.string(), HostCounts).optional(),
});
export type EventLine = z.output<typeof Line>;

const longestLineBytes = 1_000_000;

/**
 * Cuts a stream of bytes into event lines. A line over 1 MB or one that is no event is left out and counted; reading
 * goes on behind it.
 */
export class EventLines {
  #parts: Buffer[] = [];
  #bytes = 0;
  #dropped = 0;

  /** Lines that were left out. */
  get dropped(): number {
    return this.#dropped;
  }

  push(chunk: Buffer): readonly EventLine[] {
    const events: EventLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      this.#keep(chunk.subarray(start, end));
      const event = this.#take();
      if (event !== undefined) {
        events.push(event);
      }
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return events;
  }

  #keep(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes <= longestLineBytes) {
      this.#parts.push(part);
    } else {
      this.#parts = [];
    }
  }

  #take(): EventLine | undefined {
    const text = this.#bytes <= longestLineBytes ? Buffer.concat(this.#parts).toString('utf8') : '';
    this.#parts = [];
    this.#bytes = 0;
    const event = parse(text);
    this.#dropped += event === undefined ? 1 : 0;
    return event;
  }
}

function parse(text: string): EventLine | undefined {
  try {
    return Line.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
