import { z } from 'zod';
import { BreakerState } from '../../contract/remediation/policy.ts';
import { closedBreaker, nextBreaker, type Breaker, type BreakerEvent } from '../guardrails/breaker.ts';
import type { GuardNumbers } from '../policies/policy.ts';
import type { Connection } from './run-repository.ts';

const History = z.array(z.boolean());
const maxBreakers = 10_000;

/** The breakers that are not as they begin, by policy. */
export async function readBreakers(db: Connection): Promise<ReadonlyMap<string, Breaker>> {
  const rows = await db.selectFrom('breakers').selectAll().orderBy('policy').limit(maxBreakers).execute();
  return new Map(
    rows.map((row) => [
      row.policy,
      { state: BreakerState.parse(row.state), untilMs: row.until_ms, history: History.parse(JSON.parse(row.history)) },
    ])
  );
}

/** Tells a breaker what happened. @returns how it was before and is now */
export async function turnBreaker(
  turn: {
    readonly policy: string;
    readonly event: BreakerEvent;
    readonly failures: GuardNumbers['failures'];
    readonly nowMs: number;
  },
  db: Connection
): Promise<{ readonly before: Breaker; readonly now: Breaker }> {
  const { policy, event, failures, nowMs } = turn;
  const before = (await readBreakers(db)).get(policy) ?? closedBreaker;
  const now = nextBreaker(before, event, { failures, nowMs });
  if (now !== before) {
    const row = { state: now.state, until_ms: now.untilMs, history: JSON.stringify(now.history) };
    await db
      .insertInto('breakers')
      .values({ policy, ...row })
      .onConflict((conflict) => conflict.column('policy').doUpdateSet(row))
      .execute();
  }
  return { before, now };
}
