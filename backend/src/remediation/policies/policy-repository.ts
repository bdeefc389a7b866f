import type { Kysely } from 'kysely';
import { JobOrigin } from '../../contract/job.ts';
import { PolicySpec, type PolicyVersion } from '../../contract/remediation/policy.ts';
import { AppError } from '../../errors.ts';
import type { Database } from '../../store/database.ts';
import type { Tables } from '../../store/tables.ts';
import type { RunRecord } from './promotion.ts';

type Connection = Kysely<Tables>;

/** A policy as the store holds it. */
export interface StoredPolicy {
  readonly spec: PolicySpec;
  readonly version: number;
  readonly origin: JobOrigin;
  readonly updatedAtMs: number;
  readonly updatedBy: string;
}

/** How the runs of a policy ended, and what held it back, within some time. */
export interface PolicyFigures {
  readonly runs: { readonly total: number; readonly verified: number; readonly failed: number };
  readonly refusals: Readonly<Record<string, number>>;
}

export const maxPolicies = 1_000;
const shownVersions = 100;
/** Ends of runs that touched something: the others say nothing of what a policy can do. */
const workedStates = ['verified', 'failed', 'unknown', 'inconclusive'] as const;

/** The SQL of policies, their versions and what came of them. */
export class PolicyRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** By name. @throws AppError `store_unusable` naming a policy that this version can't read */
  async all(): Promise<readonly StoredPolicy[]> {
    const rows = await this.#db.selectFrom('policies').selectAll().orderBy('name').limit(maxPolicies).execute();
    return rows.map((row) => ({
      spec: specOf(row.name, row.spec),
      version: row.version,
      origin: JobOrigin.parse(JSON.parse(row.origin)),
      updatedAtMs: row.updated_at_ms,
      updatedBy: row.updated_by,
    }));
  }

  /** Newest first. */
  async versions(name: string): Promise<PolicyVersion[]> {
    const rows = await this.#db
      .selectFrom('policy_versions')
      .selectAll()
      .where('name', '=', name)
      .orderBy('version', 'desc')
      .limit(shownVersions)
      .execute();
    return rows.map(({ version, spec, at_ms: atMs, by }) => ({ version, spec: specOf(name, spec), atMs, by }));
  }

  /**
   * Writes a new version of a policy; numbers go on after a removal, so that one version is one definition for ever.
   * @param db the transaction that also writes the audit
   */
  async write(policy: Omit<StoredPolicy, 'version'>, db: Connection): Promise<StoredPolicy> {
    const { spec, origin, updatedAtMs, updatedBy } = policy;
    const { newest } = await db
      .selectFrom('policy_versions')
      .select((select) => select.fn.max('version').as('newest'))
      .where('name', '=', spec.name)
      .executeTakeFirstOrThrow();
    const version = Number(newest ?? 0) + 1;
    const text = JSON.stringify(spec);
    const row = {
      ...{ spec: text, origin: JSON.stringify(origin), version },
      ...{ updated_at_ms: updatedAtMs, updated_by: updatedBy },
    };
    await db
      .insertInto('policies')
      .values({ name: spec.name, ...row })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
      .execute();
    await db
      .insertInto('policy_versions')
      .values({ name: spec.name, version, spec: text, at_ms: updatedAtMs, by: updatedBy })
      .execute();
    return { ...policy, version };
  }

  /** Moves a policy to another line of its file: no new version. */
  async moveOrigin(name: string, origin: JobOrigin): Promise<void> {
    await this.#db
      .updateTable('policies')
      .set({ origin: JSON.stringify(origin) })
      .where('name', '=', name)
      .execute();
  }

  /** Its versions stay. */
  async remove(name: string, db: Connection): Promise<void> {
    await db.deleteFrom('policies').where('name', '=', name).execute();
  }

  /** Ended runs of a policy whose plan was made by one of the versions from `fromVersion` on. */
  async record(name: string, fromAtMs: number): Promise<RunRecord> {
    const runs = await this.#runsByState(fromAtMs, name);
    const figures = figuresOf(runs);
    return { total: figures.total, verified: figures.verified };
  }

  /** By policy. */
  async figures(sinceMs: number): Promise<ReadonlyMap<string, PolicyFigures>> {
    const runs = Map.groupBy(await this.#runsByState(sinceMs), ({ policy }) => policy);
    const held = await this.#db
      .selectFrom('decisions')
      .select((select) => ['policy', 'refused_by', select.fn.countAll<number>().as('times')])
      .where('at_ms', '>=', sinceMs)
      .where('refused_by', 'is not', null)
      .groupBy(['policy', 'refused_by'])
      .limit(maxPolicies * 50)
      .execute();
    const refusals = Map.groupBy(held, ({ policy }) => policy);
    return new Map(
      [...new Set([...runs.keys(), ...refusals.keys()])].map((policy) => [
        policy,
        {
          runs: figuresOf(runs.get(policy) ?? []),
          refusals: Object.fromEntries(
            (refusals.get(policy) ?? []).map(({ refused_by: guard, times }) => [guard ?? '', Number(times)])
          ),
        },
      ])
    );
  }

  async #runsByState(sinceMs: number, policy?: string): Promise<readonly StateCount[]> {
    const rows = await this.#db
      .selectFrom('runs')
      .select((select) => ['policy', 'state', select.fn.countAll<number>().as('times')])
      .where('created_at_ms', '>=', sinceMs)
      .where('state', 'in', workedStates)
      .$if(policy !== undefined, (query) => query.where('policy', '=', policy ?? ''))
      .groupBy(['policy', 'state'])
      .limit(maxPolicies * workedStates.length)
      .execute();
    return rows.map((row) => ({ policy: row.policy, state: row.state, times: Number(row.times) }));
  }
}

interface StateCount {
  readonly policy: string;
  readonly state: string;
  readonly times: number;
}

function figuresOf(counts: readonly StateCount[]): PolicyFigures['runs'] {
  const of = (state: string) => counts.filter((one) => one.state === state).reduce((sum, { times }) => sum + times, 0);
  const total = counts.reduce((sum, { times }) => sum + times, 0);
  return { total, verified: of('verified'), failed: total - of('verified') };
}

function specOf(name: string, text: string): PolicySpec {
  const parsed = PolicySpec.safeParse(JSON.parse(text));
  if (!parsed.success) {
    const message = `the store holds the policy "${name}" in a form that this version can't read: ${parsed.error.message}`;
    throw new AppError('store_unusable', message, { cause: parsed.error });
  }
  return parsed.data;
}
