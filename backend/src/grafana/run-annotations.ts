import type { Logger } from 'pino';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { backOffMs } from '../delivery/back-off.ts';
import { messageOf } from '../errors.ts';
import type { Database } from '../store/database.ts';
import { escapeHtml, ownTag, tagOf } from './annotation-text.ts';
import type { GrafanaClient } from './grafana-client.ts';

export interface RunAnnotationsDeps {
  readonly database: Database;
  readonly client: Pick<GrafanaClient, 'ask'>;
  /** Grafana's address for people, with a slash at the end. */
  readonly publicUrl: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

const Created = z.object({ id: z.number() });
const Found = z.array(z.object({ id: z.number() }));
const PlanFacts = z.object({ title: z.string(), targets: z.array(z.string()) });

/** Beside the words to people, under a name that no contact can have. */
const place = 'grafana:annotations';
const everyMs = 10_000;
const runsPerTurn = 20;
const lookBackMs = 7 * 86_400_000;
const longestText = 500;

/** Tags by which dashboards ask for runs. */
export const runTags = [ownTag, 'remediation'] as const;

/**
 * An annotation of the organization for each run that reached its engine, from its start to its end. What Grafana has
 * is kept in the store; a run that was written before a crash could be noted is found again by its tag.
 */
export class RunAnnotations {
  readonly #deps: RunAnnotationsDeps;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #failures = 0;

  constructor(deps: RunAnnotationsDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#running ??= this.#run(this.#stopping.signal);
  }

  /** Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Writes what is missing, at most 20 runs. @throws AppError `source_…` when Grafana does not take it */
  async turn(signal: AbortSignal): Promise<void> {
    for (const run of await this.#missing()) {
      await this.#write(run, signal);
      await this.#note(run.id);
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, logger, random } = this.#deps;
    while (!signal.aborted) {
      try {
        await this.turn(signal);
        this.#failures = 0;
      } catch (error) {
        this.#failures++;
        if (!signal.aborted && this.#failures === 1) {
          logger.warn({ problem: messageOf(error) }, 'annotations of runs wait');
        }
      }
      const waitMs = this.#failures === 0 ? everyMs : backOffMs(this.#failures + 3, random());
      await clock.sleep(waitMs, signal).catch(() => undefined);
    }
  }

  async #missing() {
    const { database, clock } = this.#deps;
    return await database
      .selectFrom('runs')
      .select(['id', 'policy', 'plan', 'state', 'state_reason', 'started_at_ms', 'ended_at_ms'])
      .where('started_at_ms', 'is not', null)
      .where('ended_at_ms', '>=', clock.nowMs() - lookBackMs)
      .where((where) =>
        where.not(
          where.exists(
            where
              .selectFrom('outbox')
              .select('outbox.id')
              .where(({ eb, ref, val }) => eb('outbox.key', '=', eb(val(`${place} `), '||', ref('runs.id'))))
          )
        )
      )
      .orderBy('ended_at_ms')
      .limit(runsPerTurn)
      .execute();
  }

  async #write(run: EndedRun, signal: AbortSignal): Promise<void> {
    const { client, publicUrl } = this.#deps;
    const tag = tagOf(`run-${run.id}`);
    const path = 'api/annotations';
    const query = [['tags', tag] as const, ['limit', '1'] as const];
    const found = await client.ask({ method: 'GET', path, query }, Found, signal);
    if (found.length > 0) {
      return;
    }
    const body = {
      time: run.started_at_ms,
      timeEnd: run.ended_at_ms,
      tags: [...runTags, tag, run.policy],
      text: textOf(run, publicUrl),
    };
    await client.ask({ method: 'POST', path, body }, Created, signal);
  }

  async #note(runId: string): Promise<void> {
    const nowMs = this.#deps.clock.nowMs();
    const times = { made_at_ms: nowMs, next_at_ms: nowMs, sent_at_ms: nowMs };
    await this.#deps.database
      .insertInto('outbox')
      .values({ ...times, key: `${place} ${runId}`, contact: place, body: '', attempts: 1, state: 'sent' })
      .onConflict((conflict) => conflict.column('key').doNothing())
      .execute();
  }
}

interface EndedRun {
  readonly id: string;
  readonly policy: string;
  readonly plan: string;
  readonly state: string;
  readonly state_reason: string | null;
  readonly started_at_ms: number | null;
  readonly ended_at_ms: number | null;
}

function textOf(run: EndedRun, publicUrl: string): string {
  const { title, targets } = PlanFacts.parse(JSON.parse(run.plan));
  const reason = run.state_reason === null ? '' : `: ${run.state_reason}`;
  const sentence = `${title} on ${targets.join(', ')}: ${run.state}${reason}`.slice(0, longestText);
  const link = `${publicUrl}a/selfheal-aiops-app/remediation/runs/${encodeURIComponent(run.id)}`;
  return `${escapeHtml(sentence)} <a href="${escapeHtml(link)}">Open in AIOps</a>`;
}
