import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../../../backend/src/observability/logger.ts';
import type { PolicySpecInput } from '../../../backend/src/contract/remediation/policy.ts';
import type { Run, VerificationReport } from '../../../backend/src/contract/remediation/run.ts';
import { AuditLog } from '../../../backend/src/remediation/audit/audit-log.ts';
import { createRemediation, type Remediation } from '../../../backend/src/remediation/create-remediation.ts';
import { rowOf } from '../../../backend/src/remediation/episodes/episode-columns.ts';
import type { Policy } from '../../../backend/src/remediation/policies/policy.ts';
import type { Word } from '../../../backend/src/remediation/runs/people.ts';
import { openDatabase, type Database } from '../../../backend/src/store/database.ts';
import { ManualClock } from '../manual-clock.ts';
import { usualLimits } from '../../../backend/src/remediation/guardrails/decision-input.ts';
import { aPolicy, anEpisode, noonMs, secondMs } from './decision-builders.ts';
import { MemoryEngine } from './memory-engine.ts';

const mostRounds = 200;

/** Remediation over a real store, with a clock that is set by hand and an engine that only remembers. */
export class RemediationLab {
  readonly database: Database;
  readonly clock = new ManualClock(noonMs);
  readonly engine = new MemoryEngine();
  /** What people were told. */
  readonly words: Word[] = [];
  policies: Policy[] = [aPolicy()];
  /** What verifications say. */
  outcome: VerificationReport['outcome'] = 'recovered';
  readonly #folder: string;
  readonly #started: Remediation[] = [];

  private constructor(folder: string, database: Database) {
    this.#folder = folder;
    this.database = database;
  }

  static async open(): Promise<RemediationLab> {
    const folder = await mkdtemp(join(tmpdir(), 'aiops-remediation-'));
    return new RemediationLab(folder, await openDatabase({ file: join(folder, 'aiops.db') }));
  }

  async close(): Promise<void> {
    for (const remediation of this.#started) {
      await this.stop(remediation);
    }
    await this.database.destroy();
    await rm(this.#folder, { recursive: true });
  }

  async start(): Promise<Remediation> {
    const { database, clock, engine } = this;
    const remediation = createRemediation({
      ...{ database, clock, logger: createLogger({ level: 'silent' }), audit: new AuditLog({ database, clock }) },
      engines: new Map([['ansible', engine]]),
      alertmanagers: [],
      selfHosts: new Set(),
      limits: usualLimits,
      killRunning: false,
      policies: () => this.policies,
      storeOf: () => {
        throw new Error('no metric is asked here');
      },
      calendarsNow: () => [],
      watch: () => Promise.resolve(reportOf(this.outcome)),
      tell: (word) => {
        this.words.push(word);
        return Promise.resolve();
      },
    });
    this.#started.push(remediation);
    await remediation.start();
    return remediation;
  }

  async stop(remediation: Remediation): Promise<void> {
    const stopped = remediation.stop();
    this.clock.advance(60 * secondMs);
    await stopped;
  }

  policy(change: Partial<PolicySpecInput>): void {
    this.policies = [aPolicy(change)];
  }

  /** An alert as the webhooks leave it. @returns its episode */
  async alert(change: Parameters<typeof anEpisode>[0] = {}): Promise<string> {
    const state = { ...anEpisode(change), senders: {}, truncated: 0, undecided: true };
    await this.database.insertInto('episodes').values(rowOf(state, noonMs)).execute();
    return state.id;
  }

  async resolve(episode: string): Promise<void> {
    await this.database
      .updateTable('episodes')
      .set({ closed_at_ms: this.clock.nowMs(), close_reason: 'resolved' })
      .where('id', '=', episode)
      .execute();
  }

  /** Lets rounds go by until something is so. */
  async until<T>(what: () => Promise<T | undefined>): Promise<T> {
    for (let round = 0; round < mostRounds; round++) {
      const found = await what();
      if (found !== undefined) {
        return found;
      }
      await this.#round();
    }
    throw new Error('it never came to that');
  }

  async runIn(remediation: Remediation, ...states: ReadonlyArray<Run['state']>): Promise<Run> {
    return await this.until(async () => {
      const { items } = await remediation.desk.list({ limit: 100 });
      return items.find(({ state }) => states.includes(state));
    });
  }

  /** Enough rounds for whatever could happen to have happened. */
  async rounds(count = 20): Promise<void> {
    for (let round = 0; round < count; round++) {
      await this.#round();
    }
  }

  /** Kinds of the audit's entries about something, in order. */
  async auditOf(subject: string): Promise<string[]> {
    const rows = await this.database
      .selectFrom('audit')
      .select('kind')
      .where('subject', '=', subject)
      .orderBy('seq')
      .execute();
    return rows.map(({ kind }) => kind);
  }

  async #round(): Promise<void> {
    this.clock.advance(secondMs);
    await new Promise((resolve) => setImmediate(resolve));
    // One connection: what asked before has its answer when this one has.
    await this.database.selectFrom('runs').select('id').limit(1).execute();
  }
}

function reportOf(said: VerificationReport['outcome']): VerificationReport {
  return {
    outcome: said,
    summary: `it is ${said}`,
    startedAtMs: noonMs,
    endedAtMs: noonMs,
    recoveredAtMs: said === 'recovered' ? noonMs : null,
    samples: [],
    detector: null,
    guards: [],
    counterfactual: null,
  };
}
