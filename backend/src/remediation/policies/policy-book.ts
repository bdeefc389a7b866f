import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { PolicyMode, PolicySpec, PolicySummary, PolicyVersion } from '../../contract/remediation/policy.ts';
import { AppError } from '../../errors.ts';
import type { Database } from '../../store/database.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { ActionManifest, AutomationEngine } from '../engines/automation-engine.ts';
import { closedBreaker } from '../guardrails/breaker.ts';
import { readBreakers } from '../runs/breaker-repository.ts';
import { dependencyCycle, unknownDependencies } from './dependency-cycle.ts';
import { resolvePolicy, type Policy } from './policy.ts';
import { PolicyChanges, type Editor } from './policy-changes.ts';
import { policyFaults } from './policy-faults.ts';
import type { PolicyFault, PolicyNames } from './policy-names.ts';
import { maxPolicies, PolicyRepository, type StoredPolicy } from './policy-repository.ts';
import { actsTheSame, isPromotion, promotionFault } from './promotion.ts';
import type { ProvisionedPolicy } from './provisioned-policy.ts';

export interface PolicyBookDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly audit: Pick<AuditLog, 'append'>;
  /** Those of the files, checked. */
  readonly provisioned: readonly ProvisionedPolicy[];
  readonly engines: ReadonlyMap<string, AutomationEngine>;
  /** What policies may name beside playbooks, as it is now. */
  readonly names: () => Promise<Omit<PolicyNames, 'engines'>>;
}

interface Entry {
  readonly stored: StoredPolicy;
  /** Undefined when it is left aside; `fault` says why. */
  readonly policy: Policy | undefined;
  readonly fault: string | null;
}

const figuresMs = 30 * 86_400_000;

/** The policies of files and of the API: checked when they are written, versioned, and ready to be asked. */
export class PolicyBook {
  readonly #deps: PolicyBookDeps;
  readonly #repository: PolicyRepository;
  readonly #changes: PolicyChanges;
  readonly #entries = new Map<string, Entry>();
  /** Changes one after the other: two of them must not both pass a check that only one may. */
  #line: Promise<unknown> = Promise.resolve();

  constructor(deps: PolicyBookDeps) {
    this.#deps = deps;
    this.#repository = new PolicyRepository(deps.database);
    this.#changes = new PolicyChanges({ ...deps, repository: this.#repository });
  }

  /** Takes over what the files say, then reads and checks all that there is. */
  async start(): Promise<void> {
    await this.#changes.takeOver(this.#deps.provisioned);
    const all = await this.#repository.all();
    const specs = all.map(({ spec }) => spec);
    const names = await this.#names();
    this.#entries.clear();
    for (const stored of all) {
      this.#entries.set(stored.spec.name, this.#entryOf(stored, names, specs));
    }
  }

  /** Enabled ones that can be carried out, by name. */
  active(): readonly Policy[] {
    return [...this.#entries.values()].flatMap(({ policy }) => (policy?.spec.enabled === true ? [policy] : []));
  }

  /** By name. */
  async list(): Promise<PolicySummary[]> {
    const figures = await this.#repository.figures(this.#deps.clock.nowMs() - figuresMs);
    const breakers = await readBreakers(this.#deps.database);
    const entries = [...this.#entries.values()].sort((a, b) => (a.stored.spec.name < b.stored.spec.name ? -1 : 1));
    return await Promise.all(
      entries.map(async ({ stored, fault }) => {
        const { spec, version, origin, updatedAtMs, updatedBy } = stored;
        const { state, untilMs } = breakers.get(spec.name) ?? closedBreaker;
        const { runs, refusals } = figures.get(spec.name) ?? noFigures;
        return {
          ...{ spec, version, origin, updatedAtMs, updatedBy, fault },
          breaker: { state, untilMs },
          runs: { ...runs },
          refusals: { ...refusals },
          promotion: (await this.#promotionFault(stored)) ?? null,
        };
      })
    );
  }

  /** @throws AppError `not_found` */
  async get(name: string): Promise<PolicySummary> {
    this.#find(name);
    const found = (await this.list()).find(({ spec }) => spec.name === name);
    if (found === undefined) {
      throw notFound(name);
    }
    return found;
  }

  /** Newest first, also of a policy that was removed. @throws AppError `not_found` for a name that never was one */
  async versions(name: string): Promise<PolicyVersion[]> {
    const versions = await this.#repository.versions(name);
    if (versions.length === 0) {
      throw notFound(name);
    }
    return versions;
  }

  /**
   * Makes a policy or a new version of one. The same definition again changes nothing.
   * @throws AppError `invalid_request` with every fault, `read_only` for one of a file, `conflict` when it may not act alone
   */
  save(spec: PolicySpec, editor: Editor): Promise<PolicySummary> {
    return this.#inLine(async () => {
      const entry = this.#entries.get(spec.name);
      refuseFile(entry);
      if (entry === undefined && this.#entries.size >= maxPolicies) {
        throw new AppError('conflict', `there are ${maxPolicies} policies already; remove one that is not used`);
      }
      await this.#refusePromotion(spec, entry?.stored);
      await this.#write(spec, editor, entry?.stored);
      return await this.get(spec.name);
    });
  }

  /**
   * Changes how far a policy goes alone: up one after the other and to `auto` only by its record, down at any time.
   * @throws AppError `not_found`, `read_only`, `conflict` naming what is missing
   */
  setMode(name: string, mode: PolicyMode, editor: Editor): Promise<PolicySummary> {
    return this.#inLine(async () => {
      const entry = this.#find(name);
      refuseFile(entry);
      const { stored } = entry;
      const spec = { ...stored.spec, mode };
      await this.#refusePromotion(spec, stored);
      await (isPromotion(stored.spec.mode, mode)
        ? this.#write(spec, editor, stored)
        : this.#store(spec, editor, stored));
      return await this.get(name);
    });
  }

  /** Its versions and runs stay. @throws AppError `not_found`, `read_only`, `conflict` when another one depends on it */
  remove(name: string, editor: Editor): Promise<void> {
    return this.#inLine(async () => {
      const entry = this.#find(name);
      refuseFile(entry);
      const dependants = this.#specs().filter(({ guard }) => guard.dependsOn.includes(name));
      if (dependants.length > 0) {
        const users = dependants.map((spec) => spec.name).join(', ');
        throw new AppError('conflict', `policy "${name}" is what ${users} depends on; take it out there first`);
      }
      await this.#changes.remove(entry.stored, editor);
      this.#entries.delete(name);
    });
  }

  /** Every fault of a definition as it would be saved now; for a form that checks while a person writes. */
  async faults(spec: PolicySpec): Promise<readonly PolicyFault[]> {
    const others = this.#specs().filter(({ name }) => name !== spec.name);
    return faultsAmong(spec, await this.#names(), [...others, spec]);
  }

  async #write(spec: PolicySpec, editor: Editor, before: StoredPolicy | undefined): Promise<void> {
    const faults = await this.faults(spec);
    if (faults.length > 0) {
      const issues = faults.map(({ path, message }) => ({ path: path.join('.'), message }));
      const text = issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
      throw new AppError('invalid_request', text, { context: { issues } });
    }
    await this.#store(spec, editor, before);
  }

  async #store(spec: PolicySpec, editor: Editor, before: StoredPolicy | undefined): Promise<void> {
    const stored = await this.#changes.save(spec, editor, before);
    const others = this.#specs().filter(({ name }) => name !== spec.name);
    this.#entries.set(spec.name, this.#entryOf(stored, await this.#names(), [...others, spec]));
  }

  #entryOf(stored: StoredPolicy, names: PolicyNames, all: readonly PolicySpec[]): Entry {
    const faults = faultsAmong(stored.spec, names, all);
    if (faults.length > 0) {
      const fault = faults.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
      this.#deps.logger.warn({ policy: stored.spec.name, fault }, 'a policy is left aside until its fault is mended');
      return { stored, policy: undefined, fault };
    }
    const { version, updatedBy: editedBy } = stored;
    return { stored, policy: resolvePolicy(stored.spec, { version, editedBy }), fault: null };
  }

  async #refusePromotion(spec: PolicySpec, before: StoredPolicy | undefined): Promise<void> {
    if (spec.mode !== 'auto' || (before?.spec.mode === 'auto' && actsTheSame(spec, before.spec))) {
      return;
    }
    const mayNot =
      before?.spec.mode !== 'approve' && before?.spec.mode !== 'auto'
        ? 'it must have been in mode approve before'
        : actsTheSame(spec, before.spec)
          ? await this.#promotionFault(before)
          : 'what it does was changed: it begins anew in mode approve';
    if (mayNot !== undefined) {
      throw new AppError('conflict', `policy "${spec.name}" may not act alone yet: ${mayNot}`);
    }
  }

  /** Runs count from the version on that made it do what it does now. */
  async #promotionFault({ spec }: StoredPolicy): Promise<string | undefined> {
    const versions = await this.#repository.versions(spec.name);
    const changed = versions.findIndex((version) => !actsTheSame(version.spec, spec));
    const first = changed === -1 ? versions.at(-1) : versions[changed - 1];
    return promotionFault(spec, await this.#repository.record(spec.name, first?.atMs ?? 0));
  }

  async #names(): Promise<PolicyNames> {
    const { engines, names } = this.#deps;
    const manifests = new Map<string, readonly ActionManifest[]>();
    for (const [name, engine] of engines) {
      manifests.set(name, await engine.actions());
    }
    return { ...(await names()), engines: manifests };
  }

  #find(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry === undefined) {
      throw notFound(name);
    }
    return entry;
  }

  #specs(): readonly PolicySpec[] {
    return [...this.#entries.values()].map(({ stored }) => stored.spec);
  }

  #inLine<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#line.then(change);
    this.#line = done.catch(() => undefined);
    return done;
  }
}

const noFigures = { runs: { total: 0, verified: 0, failed: 0 }, refusals: {} } as const;

/** Faults of a definition, and of its place among the others. */
function faultsAmong(spec: PolicySpec, names: PolicyNames, all: readonly PolicySpec[]): readonly PolicyFault[] {
  const path = ['guard', 'dependsOn'];
  const unknown = unknownDependencies(spec, all).map((name) => ({ path, message: `policy "${name}" does not exist` }));
  const cycle = dependencyCycle(spec.name, all);
  const round = cycle === undefined ? [] : [{ path, message: `they would wait for each other: ${cycle.join(' → ')}` }];
  return [...policyFaults(spec, names), ...unknown, ...round];
}

function refuseFile(entry: Entry | undefined): void {
  const origin = entry?.stored.origin;
  if (origin?.kind === 'file') {
    const message = `policy "${entry?.stored.spec.name ?? ''}" is defined in ${origin.file}: change it there and restart`;
    throw new AppError('read_only', message);
  }
}

function notFound(name: string): AppError {
  return new AppError('not_found', `policy "${name}" does not exist`);
}
