import { z } from 'zod';
import type { AlertmanagerConnection } from '../../alert-rows/alertmanager-alerts.ts';
import type { Clock } from '../../clock.ts';
import { HttpSource } from '../../datasources/http-source.ts';
import { AppError, messageOf } from '../../errors.ts';
import type { Labels } from '../../timeseries/series.ts';
import type { SilenceNow } from '../guardrails/decision-input.ts';
import { createMatcher, fitsAll, type Matcher } from '../policies/matcher.ts';

const maxBytes = 4_194_304;
/** A person who silences is heeded within this time. */
const keptMs = 5_000;

const Silences = z.array(
  z.object({
    matchers: z
      .array(
        z.object({ name: z.string(), value: z.string(), isRegex: z.boolean(), isEqual: z.boolean().default(true) })
      )
      .min(1),
    endsAt: z.iso.datetime({ offset: true }),
    createdBy: z.string(),
    comment: z.string(),
    status: z.object({ state: z.enum(['active', 'pending', 'expired']) }),
  })
);

interface Silence {
  readonly matchers: readonly Matcher[];
  readonly by: string;
  readonly comment: string;
  readonly endsAtMs: number;
}

/** Silences of every Alertmanager: who silences an alert, or all of a host, works on it. */
export class SilenceReader {
  readonly #clock: Clock;
  readonly #sources: readonly HttpSource[];
  #reading: { readonly atMs: number; readonly silences: Promise<readonly Silence[]> } | undefined;

  constructor({ alertmanagers, clock }: { alertmanagers: readonly AlertmanagerConnection[]; clock: Clock }) {
    this.#clock = clock;
    this.#sources = alertmanagers.map(
      (settings) => new HttpSource({ ...settings, name: 'alertmanager', kind: 'prometheus', delayMs: 0, maxBytes })
    );
  }

  /** Whether an alert is silenced. An Alertmanager that does not answer might hold a silence: then it is unknown. */
  async of(labels: Labels, signal: AbortSignal): Promise<SilenceNow> {
    try {
      const silences = await this.#read(signal);
      const found = silences.find(({ matchers }) => fitsAll(matchers, labels));
      return found === undefined ? { kind: 'none' } : { kind: 'silenced', ...found };
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'unknown', reason: messageOf(error) };
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.stop()));
  }

  async #read(signal: AbortSignal): Promise<readonly Silence[]> {
    const nowMs = this.#clock.nowMs();
    if (this.#reading === undefined || nowMs - this.#reading.atMs >= keptMs) {
      const silences = Promise.all(this.#sources.map((source) => readSilences(source, signal)));
      this.#reading = { atMs: nowMs, silences: silences.then((lists) => lists.flat()) };
      this.#reading.silences.catch(() => (this.#reading = undefined));
    }
    return await this.#reading.silences;
  }
}

async function readSilences(source: HttpSource, signal: AbortSignal): Promise<readonly Silence[]> {
  const { status, body } = await source.ask({ method: 'GET', path: '/api/v2/silences' }, signal);
  const parsed = status === 200 ? Silences.safeParse(JSON.parse(body)) : undefined;
  if (parsed?.success !== true) {
    throw new AppError('source_unavailable', `${source.where}: /api/v2/silences was answered ${status}`);
  }
  return parsed.data
    .filter((silence) => silence.status.state === 'active')
    .map(({ matchers, createdBy, comment, endsAt }) => ({
      matchers: matchers.map(matcherOf),
      by: createdBy,
      comment,
      endsAtMs: Date.parse(endsAt),
    }));
}

function matcherOf({ name, value, isRegex, isEqual }: z.infer<typeof Silences>[number]['matchers'][number]): Matcher {
  const operator = isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!=';
  return createMatcher(name, operator, value);
}
