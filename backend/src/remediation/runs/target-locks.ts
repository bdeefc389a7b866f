import type { Connection } from './run-repository.ts';

export interface BlockedTarget {
  readonly target: string;
  readonly runId: string;
  readonly sinceMs: number;
}

/**
 * Takes all targets for a run, or none. A target has one holder, across policies and engines; its fence grows with each.
 * @returns the run that holds one of them, or undefined when all were free
 */
export async function lockTargets(
  lock: { readonly targets: readonly string[]; readonly runId: string; readonly nowMs: number },
  db: Connection
): Promise<string | undefined> {
  const { targets, runId, nowMs } = lock;
  const rows = await db.selectFrom('target_locks').selectAll().where('target', 'in', targets).execute();
  const held = rows.find((row) => row.released_at_ms === null && row.run_id !== runId);
  if (held !== undefined) {
    return held.run_id;
  }
  const fences = new Map(rows.map((row) => [row.target, row.fence]));
  for (const target of targets) {
    const taken = {
      run_id: runId,
      fence: (fences.get(target) ?? 0) + 1,
      taken_at_ms: nowMs,
      released_at_ms: null,
      blocked: 0,
    };
    await db
      .insertInto('target_locks')
      .values({ target, ...taken })
      .onConflict((conflict) => conflict.column('target').doUpdateSet(taken))
      .execute();
  }
  return undefined;
}

/** Gives back what a run holds. */
export async function releaseTargets(runId: string, nowMs: number, db: Connection): Promise<void> {
  await db
    .updateTable('target_locks')
    .set({ released_at_ms: nowMs, blocked: 0 })
    .where('run_id', '=', runId)
    .where('released_at_ms', 'is', null)
    .execute();
}

/** Keeps the targets of an ended run locked until a person or a verification says how they are. */
export async function blockTargets(runId: string, db: Connection): Promise<void> {
  await db
    .updateTable('target_locks')
    .set({ blocked: 1 })
    .where('run_id', '=', runId)
    .where('released_at_ms', 'is', null)
    .execute();
}

export async function blockedTargets(db: Connection): Promise<BlockedTarget[]> {
  const rows = await db
    .selectFrom('target_locks')
    .select(['target', 'run_id', 'taken_at_ms'])
    .where('blocked', '=', 1)
    .where('released_at_ms', 'is', null)
    .orderBy('target')
    .limit(1_000)
    .execute();
  return rows.map(({ target, run_id, taken_at_ms }) => ({ target, runId: run_id, sinceMs: taken_at_ms }));
}
