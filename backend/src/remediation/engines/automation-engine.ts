import type { Labels } from '../../timeseries/series.ts';

/** How much can go wrong: `high` needs two people. */
export type Tier = 'low' | 'medium' | 'high';

/** An action as its manifest describes it. */
export interface ActionManifest {
  /** Id of the registry, such as restart_service. */
  readonly name: string;
  readonly title: string;
  readonly tier: Tier;
  /** Whether a second run after one with unknown effect does no harm. */
  readonly idempotent: boolean;
  /** Groups of the inventory that it may act on. */
  readonly groups: readonly string[];
  /** How long it usually takes. */
  readonly takesMs: number;
  /** JSON schema of its parameters. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Action that undoes it; null when nothing can. */
  readonly rollback: string | null;
  /** What no person can foresee from a dry run, such as tasks that run in check mode too. */
  readonly warnings: readonly string[];
}

/** What is to be done, with everything resolved: no label and no pattern is left in it. */
export interface EngineTask {
  /** Key of idempotency: the same id never starts twice. */
  readonly runId: string;
  readonly action: string;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  /** Exact names of the inventory, at least one. */
  readonly targets: readonly string[];
  /** Labels of the alert: data under one name, never code. */
  readonly labels: Labels;
  /** Only say what would change. */
  readonly check: boolean;
  /** Soft deadline; after it the engine is told to end, then made to. */
  readonly timeoutMs: number;
}

/** A task that may start: an approval is bound to all of it. */
export interface Preparation {
  /** SHA-256, hex, of all that the engine would run: action, manifest, what both include. */
  readonly digest: string;
  readonly manifest: ActionManifest;
  readonly targets: readonly string[];
  /** The command or request as a person may read it, without secrets. */
  readonly command: readonly string[];
}

/** What finds an engine's work again after a crash; JSON. */
export type EngineHandle = Readonly<Record<string, string | number>>;

export interface EngineEvent {
  readonly kind: 'step' | 'ok' | 'changed' | 'skipped' | 'failed' | 'unreachable' | 'diff' | 'note';
  /** Inventory name; null for what concerns all. */
  readonly host: string | null;
  /** Redacted, at most 8 KB. */
  readonly text: string;
}

export interface HostResult {
  readonly host: string;
  readonly ok: number;
  readonly changed: number;
  readonly failed: number;
  readonly unreachable: number;
  readonly skipped: number;
  readonly rescued: number;
  readonly ignored: number;
}

/** `unknown`: it may have had an effect; the target stays blocked until a check or a person clears it. */
export type EngineOutcome =
  | { readonly kind: 'ok'; readonly hosts: readonly HostResult[] }
  | { readonly kind: 'failed'; readonly reason: string; readonly hosts: readonly HostResult[] }
  | { readonly kind: 'unknown'; readonly reason: string; readonly hosts: readonly HostResult[] };

export interface RunListener {
  /** Resolves when the handle is stored; the engine waits for it as early as it can. */
  started(handle: EngineHandle): Promise<void>;
  event(event: EngineEvent): void;
}

/** Members of each group, by exact name. */
export type Inventory = ReadonlyMap<string, readonly string[]>;

/** Whatever carries an action out. One contract test runs over every implementation. */
export interface AutomationEngine {
  readonly name: string;
  readonly kind: 'ansible' | 'webhook';
  /** @throws AppError `config_invalid` naming file and fault */
  actions(): Promise<readonly ActionManifest[]>;
  /** @throws AppError `engine_unavailable` */
  inventory(signal: AbortSignal): Promise<Inventory>;
  /**
   * Checks a task without any effect.
   * @throws AppError `not_found` unknown action, `invalid_request` parameters, targets or groups that do not fit
   */
  prepare(task: EngineTask, signal: AbortSignal): Promise<Preparation>;
  /**
   * Carries a prepared task out. Never rejects once it was started; aborting ends it by the ladder of the engine.
   * @param digest of the preparation; another one now means that nothing starts
   * @throws AppError `conflict` for another digest, and what `prepare` throws: nothing was started then
   */
  run(task: EngineTask, digest: string, listener: RunListener, signal: AbortSignal): Promise<EngineOutcome>;
  /** Ends what a handle of an earlier process still runs. @returns whether something was alive */
  reap(handle: EngineHandle): Promise<boolean>;
  stop(): Promise<void>;
}
