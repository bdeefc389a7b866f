import { createHash } from 'node:crypto';
import type {
  ActionManifest,
  AutomationEngine,
  EngineHandle,
  EngineOutcome,
  EngineTask,
  Preparation,
  RunListener,
} from '../../../backend/src/remediation/engines/automation-engine.ts';
import { AppError } from '../../../backend/src/errors.ts';

const everyHost = ['web-1', 'web-2', 'web-3', 'web-4', 'web-5', 'web-6', 'web-7', 'web-8', 'web-9', 'web-10'];

/** An engine that only remembers what it was asked, and ends as it was told to. */
export class MemoryEngine implements AutomationEngine {
  readonly name = 'ansible';
  readonly kind = 'ansible';
  /** What was carried out, in order. */
  readonly ran: EngineTask[] = [];
  readonly reaped: EngineHandle[] = [];
  /** How runs end, by action; dry runs as `check ACTION`. */
  outcomes: Record<string, EngineOutcome> = {};
  /** Stands for what is in the playbook. */
  playbook = 'restart it';
  manifest: ActionManifest = {
    name: 'restart_service',
    title: 'Restart a service',
    tier: 'medium',
    idempotent: true,
    groups: ['web'],
    takesMs: 1_000,
    parameters: { type: 'object' },
    rollback: null,
    warnings: [],
  };
  /** Held until it is resolved: a run that takes its time. */
  gate: Promise<void> = Promise.resolve();
  /** Opens a gate that a test has put up. */
  letGo: () => void = () => undefined;
  /** Why real runs are refused before they begin; undefined when they are not. */
  refuses: string | undefined;

  actions(): Promise<readonly ActionManifest[]> {
    return Promise.resolve([this.manifest, { ...this.manifest, name: 'undo', rollback: null }]);
  }

  inventory(): Promise<ReadonlyMap<string, readonly string[]>> {
    return Promise.resolve(new Map([['web', everyHost]]));
  }

  async prepare(task: EngineTask): Promise<Preparation> {
    const manifest = (await this.actions()).find(({ name }) => name === task.action);
    if (manifest === undefined) {
      throw new AppError('not_found', `playbook "${task.action}" does not exist`);
    }
    return { digest: this.#digest(), manifest, targets: task.targets, command: ['restart', ...task.targets] };
  }

  async run(task: EngineTask, digest: string, listener: RunListener, signal: AbortSignal): Promise<EngineOutcome> {
    if (digest !== this.#digest()) {
      throw new AppError('conflict', 'the playbook was changed');
    }
    if (this.refuses !== undefined && !task.check) {
      throw new AppError('engine_unavailable', this.refuses);
    }
    this.ran.push(task);
    await listener.started({ pid: 4_711 });
    listener.event({ kind: 'changed', host: task.targets[0] ?? null, text: 'restarted' });
    const aborted = new Promise<'aborted'>((resolve) => {
      signal.addEventListener('abort', () => resolve('aborted'), { once: true });
    });
    const ended = await Promise.race([this.gate, aborted]);
    if (ended === 'aborted') {
      return { kind: 'unknown', reason: 'it was cut off', hosts: [] };
    }
    return this.outcomes[task.check ? `check ${task.action}` : task.action] ?? { kind: 'ok', hosts: [] };
  }

  reap(handle: EngineHandle): Promise<boolean> {
    this.reaped.push(handle);
    return Promise.resolve(true);
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  /** What was carried out for real: dry runs apart. */
  get acted(): readonly EngineTask[] {
    return this.ran.filter(({ check }) => !check);
  }

  #digest(): string {
    return createHash('sha256').update(this.playbook).digest('hex');
  }
}
