import type { Clock } from '../../clock.ts';
import { KillSwitch, type KillSwitchRequest } from '../../contract/remediation/control.ts';
import type { Database } from '../../store/database.ts';
import type { AuditLog } from '../audit/audit-log.ts';

const maxSwitches = 10_000;

export interface KillSwitchesDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly audit: AuditLog;
}

/**
 * Switches that stop remediation: all of it, a policy, or a target. They live in the store only, so that neither a
 * restart nor a new file turns one off; a copy in memory is asked before each effect.
 */
export class KillSwitches {
  readonly #deps: KillSwitchesDeps;
  readonly #listeners = new Set<() => void>();
  #switches: readonly KillSwitch[] = [];

  constructor(deps: KillSwitchesDeps) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    const rows = await this.#deps.database
      .selectFrom('kill_switches')
      .selectAll()
      .orderBy('at_ms', 'desc')
      .limit(maxSwitches)
      .execute();
    this.#switches = rows.map(({ at_ms, on, ...row }) => KillSwitch.parse({ ...row, on: on === 1, atMs: at_ms }));
  }

  /** All that were ever set, newest first. */
  list(): readonly KillSwitch[] {
    return this.#switches;
  }

  /** Those that are on. */
  active(): readonly KillSwitch[] {
    return this.#switches.filter(({ on }) => on);
  }

  /** The switch that stops this policy on these targets; undefined when none does. */
  stopping(policy: string, targets: readonly string[]): KillSwitch | undefined {
    return this.active().find(
      ({ scope, name }) =>
        scope === 'global' || (scope === 'policy' && name === policy) || (scope === 'target' && targets.includes(name))
    );
  }

  /** Stored with its audit entry before it is answered. */
  async set(request: KillSwitchRequest, actor: string): Promise<KillSwitch> {
    const { database, clock, audit } = this.#deps;
    const { scope, name, on, reason } = request;
    const set: KillSwitch = { scope, name, on, reason, by: actor, atMs: clock.nowMs() };
    await database.transaction().execute(async (db) => {
      const row = { on: on ? 1 : 0, by: actor, at_ms: set.atMs, reason };
      await db
        .insertInto('kill_switches')
        .values({ scope, name, ...row })
        .onConflict((conflict) => conflict.columns(['scope', 'name']).doUpdateSet(row))
        .execute();
      const subject = scope === 'global' ? 'global' : `${scope} ${name}`;
      await audit.append({ kind: on ? 'switch.on' : 'switch.off', subject, actor, data: { reason } }, db);
    });
    const others = this.#switches.filter((other) => other.scope !== scope || other.name !== name);
    this.#switches = [set, ...others].slice(0, maxSwitches);
    for (const listener of this.#listeners) {
      listener();
    }
    return set;
  }

  /** Calls back after each change. @returns a function that ends it */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
