import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Clock } from '../../../clock.ts';
import type { EngineEvent, RunListener } from '../automation-engine.ts';
import type { SafeText } from '../secret-text.ts';
import { EventLines, type EventLine, type HostCounts } from './event-lines.ts';

const mostEvents = 5_000;
const mostNotes = 100;
const longestSaidBytes = 4_096;

/** What a play tells while it runs: its events, and the messages of Ansible itself. */
export class PlayRecord {
  readonly #deps: { readonly listener: RunListener; readonly safeText: SafeText; readonly clock: Clock };
  readonly #lines = new EventLines();
  #channelEnd: Promise<void> = Promise.resolve();
  #seq = 0;
  #events = 0;
  #isBroken = false;
  #stats: Readonly<Record<string, HostCounts>> | undefined;
  #said = '';

  constructor(deps: { readonly listener: RunListener; readonly safeText: SafeText; readonly clock: Clock }) {
    this.#deps = deps;
  }

  /** Counts of each host; undefined until the play is over. */
  get stats(): Readonly<Record<string, HostCounts>> | undefined {
    return this.#stats;
  }

  /** Whether events were missing, out of order or came after the end. */
  get isBroken(): boolean {
    return this.#isBroken || this.#lines.dropped > 0;
  }

  /** The last of its own messages, such as why it did not start. */
  get said(): string {
    return this.#deps.safeText(this.#said.trim().split('\n').slice(-5).join(' ')).slice(0, 1_000);
  }

  listen(child: ChildProcess): void {
    const channel = child.stdio[3] as Readable;
    channel.on('data', (chunk: Buffer) => this.#lines.push(chunk).forEach((line) => this.#take(line)));
    this.#channelEnd = ended(channel);
    // What a playbook prints is no event; it is read only so that the pipe never fills up.
    child.stdout?.resume();
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString('utf8')).slice(-longestSaidBytes);
    });
  }

  note(text: string): void {
    this.#tell({ kind: 'note', host: null, text: this.#deps.safeText(text) });
  }

  /** Waits until all of the channel was read, but not for ever. */
  async drained(withinMs: number): Promise<void> {
    const enough = new AbortController();
    const late = this.#deps.clock.sleep(withinMs, enough.signal).catch(() => undefined);
    await Promise.race([this.#channelEnd, late]);
    enough.abort();
    if (this.#stats === undefined && this.#said.trim() !== '') {
      this.note(this.said);
    }
  }

  #take(line: EventLine): void {
    const isInOrder = line.seq === this.#seq + 1 && this.#stats === undefined;
    this.#isBroken ||= !isInOrder;
    this.#seq = line.seq;
    if (line.kind === 'stats') {
      this.#stats = line.hosts ?? {};
      return;
    }
    this.#tell({ kind: line.kind, host: line.host, text: this.#deps.safeText(line.text) });
  }

  #tell(event: EngineEvent): void {
    this.#events += 1;
    const isKept = this.#events <= mostEvents || (event.kind === 'note' && this.#events <= mostEvents + mostNotes);
    if (isKept) {
      this.#deps.listener.event(event);
    }
    if (this.#events === mostEvents) {
      this.#deps.listener.event({
        kind: 'note',
        host: null,
        text: `more than ${mostEvents} events; the rest is not kept`,
      });
    }
  }
}

async function ended(stream: Readable): Promise<void> {
  await new Promise<void>((resolve) => {
    stream.once('end', resolve).once('close', resolve);
    // A reset of the channel is its end; whether the play got to its own end is told by its statistics.
    stream.on('error', () => resolve());
  });
}
