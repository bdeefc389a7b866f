import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { PolicySpec } from '../../contract/remediation/policy.ts';
import type { Database } from '../../store/database.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { diffPolicies } from './policy-diff.ts';
import type { PolicyRepository, StoredPolicy } from './policy-repository.ts';
import type { ProvisionedPolicy } from './provisioned-policy.ts';

export interface PolicyChangesDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly audit: Pick<AuditLog, 'append'>;
  readonly repository: PolicyRepository;
}

/** Who changes a policy: approvals of what they wrote are not theirs to give. */
export interface Editor {
  readonly name: string;
}

const byFiles: Editor = { name: 'provisioning' };

/** Writes policies together with their versions and the audit. */
export class PolicyChanges {
  readonly #deps: PolicyChangesDeps;

  constructor(deps: PolicyChangesDeps) {
    this.#deps = deps;
  }

  /** @returns what is stored now: the one before when nothing changed */
  async save(
    spec: PolicySpec,
    editor: Editor,
    before: StoredPolicy | undefined,
    origin: StoredPolicy['origin'] = { kind: 'api', by: editor.name }
  ): Promise<StoredPolicy> {
    const changes = diffPolicies(before?.spec ?? {}, spec);
    if (before !== undefined && changes.length === 0 && before.origin.kind === origin.kind) {
      return before;
    }
    const { database, audit, clock, repository } = this.#deps;
    return await database.transaction().execute(async (db) => {
      const change = { spec, origin, updatedAtMs: clock.nowMs(), updatedBy: editor.name };
      const written = await repository.write(change, db);
      const data = { version: written.version, mode: spec.mode, changes };
      await audit.append({ kind: 'policy.saved', subject: spec.name, actor: editor.name, data }, db);
      return written;
    });
  }

  /** Versions and runs stay. */
  async remove({ spec, version }: StoredPolicy, editor: Editor): Promise<void> {
    const { database, audit, repository } = this.#deps;
    await database.transaction().execute(async (db) => {
      await repository.remove(spec.name, db);
      await audit.append({ kind: 'policy.removed', subject: spec.name, actor: editor.name, data: { version } }, db);
    });
  }

  /**
   * Makes the policies of the files those of the store: a changed one is a new version, one that no file defines any
   * more is removed, and a file wins a name over the API, whose versions stay.
   */
  async takeOver(provisioned: readonly ProvisionedPolicy[]): Promise<void> {
    const { repository, logger } = this.#deps;
    const known = new Map((await repository.all()).map((stored) => [stored.spec.name, stored]));
    const inFiles = new Set(provisioned.map(({ spec }) => spec.name));
    for (const stored of known.values()) {
      const { spec, origin } = stored;
      if (origin.kind === 'file' && !inFiles.has(spec.name)) {
        await this.remove(stored, byFiles);
        logger.info({ policy: spec.name, file: origin.file }, 'policy removed: no file defines it any more');
      }
    }
    for (const policy of provisioned) {
      await this.#takeOverOne(policy, known.get(policy.spec.name));
    }
  }

  async #takeOverOne({ spec, file, line }: ProvisionedPolicy, stored: StoredPolicy | undefined): Promise<void> {
    const { repository, logger } = this.#deps;
    const origin = { kind: 'file' as const, file, line };
    const saved = await this.save(spec, byFiles, stored, origin);
    if (saved !== stored) {
      const message =
        stored?.origin.kind === 'api' ? 'a file took the name of a policy of the API' : 'policy read from a file';
      logger.info({ policy: spec.name, file, version: saved.version }, message);
    } else if (JSON.stringify(saved.origin) !== JSON.stringify(origin)) {
      await repository.moveOrigin(spec.name, origin);
    }
  }
}
