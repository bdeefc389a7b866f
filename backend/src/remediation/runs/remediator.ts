import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import { WakeUp } from '../../delivery/wake-up.ts';
import { messageOf } from '../../errors.ts';
import type { KillSwitches } from '../controls/kill-switches.ts';
import type { EpisodeRepository } from '../episodes/episode-repository.ts';
import { automaton } from './automaton.ts';
import type { Decider } from './decider.ts';
import { longestQueueMs } from './new-run.ts';
import type { Word } from './people.ts';
import type { Connection } from './run-repository.ts';
import type { RunExecutor } from './run-executor.ts';
import type { RunLog } from './run-log.ts';
import type { StoredRun } from './stored-run.ts';

export interface RemediatorDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly decider: Decider;
  readonly executor: RunExecutor;
  readonly log: RunLog;
  readonly episodes: EpisodeRepository;
  readonly switches: KillSwitches;
  /** Ends what an earlier process left at work. */
  recover(): Promise<void>;
  tell(word: Word, db: Connection): Promise<void>;
}

const roundEveryMs = 1_000;
/** Engines that are told to end need a moment for it; then the process goes, and the next start reaps. */
const drainMs = 25_000;

/**
 * The loop of remediation: once a second, or when something came in, it decides about new episodes, ends what waited
 * too long, and hands what may start to its engine.
 */
export class Remediator {
  readonly #deps: RemediatorDeps;
  readonly #wakeUp: WakeUp;
  readonly #stopping = new AbortController();
  readonly #carried = new Map<string, Promise<void>>();
  #loop: Promise<void> | undefined;

  constructor(deps: RemediatorDeps) {
    this.#deps = deps;
    this.#wakeUp = new WakeUp(deps.clock);
    deps.switches.subscribe(() => this.wake());
  }

  async start(): Promise<void> {
    await this.#deps.recover();
    this.#loop = this.#rounds();
  }

  wake(): void {
    this.#wakeUp.call();
  }

  /** Nothing new is started; what is at work is told to end. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the backend stops'));
    await this.#loop?.catch(() => undefined);
    const drained = Promise.allSettled(this.#carried.values());
    const patience = new AbortController();
    const given = this.#deps.clock.sleep(drainMs, patience.signal).catch(() => undefined);
    await Promise.race([drained, given]);
    // a timer that nobody waits for would keep the process alive
    patience.abort();
  }

  async #rounds(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#round(signal);
      } catch (error) {
        if (!signal.aborted) {
          this.#deps.logger.error({ err: error }, 'a round of remediation failed; the next one tries again');
        }
      }
      await this.#wakeUp.sleep(roundEveryMs, signal).catch(() => undefined);
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    await this.#deps.decider.pass(signal);
    for (const run of await this.#deps.log.repository.open(['awaiting-approval', 'queued', 'verifying'])) {
      signal.throwIfAborted();
      await this.#attend(run);
    }
  }

  async #attend(run: StoredRun): Promise<void> {
    if (this.#carried.has(run.id)) {
      return;
    }
    if (run.state === 'verifying') {
      this.#carry(run);
      return;
    }
    if (await this.#isOver(run)) {
      return;
    }
    if (run.state === 'queued') {
      this.#carry(run);
    }
  }

  /** Ends a run that waited too long, or whose alert is over. */
  async #isOver(run: StoredRun): Promise<boolean> {
    const { log, clock, episodes } = this.#deps;
    const nowMs = clock.nowMs();
    const askedUntilMs = run.approval?.expiresAtMs ?? Infinity;
    if (run.state === 'awaiting-approval' && nowMs >= askedUntilMs) {
      await this.#expire(run, 'Nobody agreed in time, which means no.');
      return true;
    }
    if (run.state === 'queued' && nowMs >= queuedAtMs(run) + longestQueueMs) {
      await this.#expire(run, `It could not start within ${longestQueueMs / 60_000} minutes.`);
      return true;
    }
    const episode = await episodes.get(run.plan.episodeId);
    if (episode?.closedAtMs === null) {
      return false;
    }
    const reason = 'The alert ended before it started.';
    await log.step(run, { step: 'refused', actor: automaton, reason });
    return true;
  }

  async #expire(run: StoredRun, reason: string): Promise<void> {
    const episode = await this.#deps.episodes.get(run.plan.episodeId);
    await this.#deps.log.step(run, {
      step: 'expired',
      actor: automaton,
      reason,
      together: async (db) => {
        if (episode !== undefined) {
          const text = `${run.plan.title} on ${run.plan.targets.join(', ')} was not done. ${reason}`;
          const word = { key: `${run.id} expired`, contacts: [], kind: 'escalation' as const, text };
          await this.#deps.tell({ ...word, episode, policy: run.plan.policy, runId: run.id }, db);
        }
      },
    });
  }

  #carry(run: StoredRun): void {
    const carried = this.#deps.executor
      .carry(run, this.#stopping.signal)
      .then((moved) => {
        if (moved) {
          this.wake();
        }
      })
      .catch((error: unknown) => {
        if (!this.#stopping.signal.aborted) {
          this.#deps.logger.error(
            { err: error, runId: run.id, reason: messageOf(error) },
            'a run could not be carried on'
          );
        }
      })
      .finally(() => this.#carried.delete(run.id));
    this.#carried.set(run.id, carried);
  }
}

/** When the last person who had to agreed; its creation when none had to. */
function queuedAtMs(run: StoredRun): number {
  return Math.max(run.createdAtMs, ...(run.approval?.decisions ?? []).map(({ atMs }) => atMs));
}
