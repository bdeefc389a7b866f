import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { Decision } from '../../contract/remediation/run.ts';
import { GuardVerdict } from '../../contract/remediation/verdict.ts';
import type { Database } from '../../store/database.ts';
import type { DecisionsTable } from '../../store/remediation-tables.ts';
import { conclude } from '../guardrails/decide.ts';
import type { Connection } from './run-repository.ts';

const dayMs = 86_400_000;
const mostOfEpisode = 500;

/** What was thought of an episode; the same thought twice in a row is kept once. */
export class DecisionRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** @returns whether it says something new */
  async add(decision: Omit<Decision, 'id'>, db: Connection): Promise<boolean> {
    const stop = conclude(decision.verdicts);
    const refusedBy = stop.kind === 'allowed' ? null : (stop.kind === 'refused' ? stop.by : stop.on).name;
    const last = await db
      .selectFrom('decisions')
      .select(['outcome', 'refused_by', 'policy_version', 'run_id'])
      .where('episode_id', '=', decision.episodeId)
      .where('policy', '=', decision.policy)
      .orderBy('at_ms', 'desc')
      .limit(1)
      .executeTakeFirst();
    const same =
      last?.outcome === decision.outcome &&
      last.refused_by === refusedBy &&
      last.policy_version === decision.policyVersion &&
      last.run_id === decision.runId;
    if (same) {
      return false;
    }
    await db
      .insertInto('decisions')
      .values({
        id: randomUUID(),
        episode_id: decision.episodeId,
        policy: decision.policy,
        policy_version: decision.policyVersion,
        mode: decision.mode,
        at_ms: decision.atMs,
        outcome: decision.outcome,
        refused_by: refusedBy,
        verdicts: JSON.stringify(decision.verdicts),
        target: decision.target,
        run_id: decision.runId,
      })
      .execute();
    return true;
  }

  /** Oldest first. */
  async ofEpisode(episodeId: string): Promise<Decision[]> {
    const rows = await this.#db
      .selectFrom('decisions')
      .selectAll()
      .where('episode_id', '=', episodeId)
      .orderBy('at_ms')
      .orderBy('id')
      .limit(mostOfEpisode)
      .execute();
    return rows.map(decisionOf);
  }

  /** How often each guard stood in the way of a policy in the last 30 days. */
  async refusals(policy: string, nowMs: number): Promise<Record<string, number>> {
    const rows = await this.#db
      .selectFrom('decisions')
      .select(['refused_by', ({ fn }) => fn.countAll<number>().as('count')])
      .where('policy', '=', policy)
      .where('at_ms', '>=', nowMs - 30 * dayMs)
      .where('refused_by', 'is not', null)
      .groupBy('refused_by')
      .orderBy('refused_by')
      .limit(100)
      .execute();
    return Object.fromEntries(rows.map((row) => [row.refused_by ?? '', row.count]));
  }
}

function decisionOf(row: DecisionsTable): Decision {
  return Decision.parse({
    id: row.id,
    episodeId: row.episode_id,
    policy: row.policy,
    policyVersion: row.policy_version,
    mode: row.mode,
    atMs: row.at_ms,
    outcome: row.outcome,
    verdicts: z.array(GuardVerdict).parse(JSON.parse(row.verdicts)),
    target: row.target,
    runId: row.run_id,
  });
}
