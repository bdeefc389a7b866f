import type { Logger } from 'pino';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { backOffMs } from '../delivery/back-off.ts';
import { AppError, messageOf } from '../errors.ts';
import type { GrafanaClient } from './grafana-client.ts';

/** A change as an annotation tells it. The same id again brings it up to date. */
export interface AnnotatedChange {
  readonly id: string;
  readonly title: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly atMs: number;
  readonly widenForMs: number;
  readonly by: string;
  readonly url: string | null;
}

export interface ChangeReaderDeps {
  readonly client: GrafanaClient;
  /** An annotation with one of these is a change. */
  readonly tags: readonly string[];
  /** Keeps a change; may be told the same one again. */
  readonly record: (change: AnnotatedChange) => Promise<unknown>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export interface ChangeReaderStatus {
  readonly readAtMs: number | null;
  readonly error: string | null;
  /** Annotations that name no service in the latest reading: they would widen everything, so they widen nothing. */
  readonly withoutLabels: number;
}

const everyMs = 30_000;
/** A change of longer ago widens nothing any more; a pipeline may tell of it that much later. */
const lookBackMs = 6 * 3_600_000;
/** A pipeline may mark the whole time of a rollout, which ends ahead. */
const lookAheadMs = 3_600_000;
const widenForMs = 1_800_000;
const maxRead = 500;
const maxTitle = 200;

const Annotations = z.array(
  z.object({
    id: z.number().int(),
    time: z.number(),
    timeEnd: z.number().nullish(),
    text: z.string().nullish(),
    tags: z.array(z.string()).nullish(),
    login: z.string().nullish(),
    updated: z.number().nullish(),
  })
);
type Annotation = z.output<typeof Annotations>[number];

/** Reads deploys from Grafana's annotations every 30 seconds. */
export class ChangeReader {
  readonly #deps: ChangeReaderDeps;
  readonly #stopping = new AbortController();
  /** What was recorded already, as id and time of its last update. */
  #known: ReadonlySet<string> = new Set();
  #running: Promise<void> | undefined;
  #status: ChangeReaderStatus = { readAtMs: null, error: null, withoutLabels: 0 };

  constructor(deps: ChangeReaderDeps) {
    this.#deps = deps;
  }

  get status(): ChangeReaderStatus {
    return this.#status;
  }

  /** Does nothing without tags. */
  start(): void {
    if (this.#deps.tags.length > 0) {
      this.#running ??= this.#run().catch(() => undefined);
    }
  }

  /** Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, random } = this.#deps;
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted;) {
      failures = (await this.turn(signal)) ? 0 : failures + 1;
      await clock.sleep(failures === 0 ? everyMs : Math.max(everyMs, backOffMs(failures, random())), signal);
    }
  }

  /** Reads the changes of the last hours once. @returns whether that went well */
  async turn(signal: AbortSignal): Promise<boolean> {
    const { clock, logger } = this.#deps;
    try {
      const withoutLabels = await this.#read(signal);
      this.#status = { readAtMs: clock.nowMs(), error: null, withoutLabels };
      return true;
    } catch (error) {
      signal.throwIfAborted();
      const message = messageOf(error);
      if (message !== this.#status.error) {
        logger.warn({ err: error }, "changes could not be read from Grafana's annotations");
      }
      this.#status = { ...this.#status, error: message };
      return false;
    }
  }

  async #read(signal: AbortSignal): Promise<number> {
    const found = await this.#ask(signal);
    const known = new Set<string>();
    let withoutLabels = 0;
    for (const annotation of found) {
      const change = changeOf(annotation, this.#deps.tags);
      const key = `${annotation.id} ${annotation.updated ?? annotation.time}`;
      if (change === undefined) {
        withoutLabels += 1;
      } else if (!this.#known.has(key)) {
        await this.#deps.record(change);
      }
      known.add(key);
    }
    this.#known = known;
    if (found.length >= maxRead) {
      const message = `${this.#deps.client.where}: ${maxRead} or more annotations of the last 6 hours carry the tags ${this.#deps.tags.join(', ')}; only the newest are read: keep these tags for deploys`;
      throw new AppError('source_too_large', message);
    }
    return withoutLabels;
  }

  async #ask(signal: AbortSignal): Promise<readonly Annotation[]> {
    const { client, clock, tags } = this.#deps;
    const nowMs = clock.nowMs();
    const query: ReadonlyArray<readonly [string, string]> = [
      ...tags.map((tag) => ['tags', tag] as const),
      ['matchAny', 'true'],
      ['from', String(nowMs - lookBackMs)],
      ['to', String(nowMs + lookAheadMs)],
      ['limit', String(maxRead)],
    ];
    return await client.ask({ method: 'GET', path: 'api/annotations', query }, Annotations, signal);
  }
}

/** Undefined when no tag says what was changed. */
function changeOf(annotation: Annotation, changeTags: readonly string[]): AnnotatedChange | undefined {
  const tags = annotation.tags ?? [];
  const labels = labelsOf(tags);
  if (Object.keys(labels).length === 0 || tags.some((tag) => tag.startsWith('aiops:'))) {
    return undefined;
  }
  const text = plainText(annotation.text ?? '');
  const atMs = Math.round(annotation.time);
  return {
    id: `grafana-${annotation.id}`,
    title: (text === '' ? (tags.find((tag) => changeTags.includes(tag)) ?? 'change') : text).slice(0, maxTitle),
    labels,
    atMs,
    // While a rollout lasts, and half an hour after it.
    widenForMs: Math.max(0, Math.round(annotation.timeEnd ?? atMs) - atMs) + widenForMs,
    by: annotation.login == null || annotation.login === '' ? 'Grafana' : annotation.login,
    url: null,
  };
}

/** `service:checkout` and `service=checkout` name a label; a tag without a name, or with a space in it, is none. */
function labelsOf(tags: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    tags.flatMap((tag) => {
      const [, name, value] = /^([a-zA-Z_][a-zA-Z0-9_]*)[:=]\s*((?!\/\/)\S.{0,199})$/.exec(tag) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value.trim()]];
    })
  );
}

function plainText(html: string): string {
  return html
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
