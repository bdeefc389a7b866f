import type { Episode } from '../../contract/remediation/episode.ts';
import type { Plan } from '../../contract/remediation/run.ts';
import { AppError } from '../../errors.ts';
import type { ActionManifest, AutomationEngine, EngineTask, Inventory } from '../engines/automation-engine.ts';
import type { Policy } from '../policies/policy.ts';
import { parametersOf } from '../policies/placeholders.ts';
import { targetOf, type TargetResolution } from '../policies/target.ts';
import { buildPlan } from './build-plan.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** An action that takes this many times as long as it should hangs. */
const patience = 10;

/** What a policy would do about an episode, as far as that can be said without an engine. */
export interface Aim {
  readonly engine: AutomationEngine;
  readonly manifest: ActionManifest;
  readonly target: TargetResolution;
  /** All of the policy's group, also when the alert names none of them. */
  readonly members: readonly string[];
}

/** From policies to exact plans. */
export class Planner {
  readonly #engines: ReadonlyMap<string, AutomationEngine>;

  constructor(engines: ReadonlyMap<string, AutomationEngine>) {
    this.#engines = engines;
  }

  /** @throws AppError `not_found` naming the engines that there are */
  engine(name: string | undefined): AutomationEngine {
    const engine = name === undefined ? this.#engines.values().next().value : this.#engines.get(name);
    if (engine === undefined) {
      const known = [...this.#engines.keys()].join(', ');
      const what = name === undefined ? 'no engine is set up' : `engine "${name}" does not exist`;
      throw new AppError('not_found', `${what}; there are: ${known === '' ? 'none, add one under engines' : known}`);
    }
    return engine;
  }

  /** @throws AppError `not_found`, `engine_unavailable` */
  async aim(policy: Policy, episode: Episode, signal: AbortSignal): Promise<Aim> {
    const engine = this.engine(policy.spec.do.engine);
    const manifest = await this.#manifest(engine, policy.spec.do.playbook);
    const inventory: Inventory = await engine.inventory(signal);
    const members = inventory.get(policy.spec.target.group) ?? [];
    return { engine, manifest, target: targetOf(policy, episode, inventory), members };
  }

  /**
   * Exactly what would be done now.
   * @throws AppError `invalid_request` for an alert without the labels that parameters need or a target that is none
   */
  async plan(policy: Policy, episode: Episode, signal: AbortSignal): Promise<Plan> {
    const { engine, manifest, target } = await this.aim(policy, episode, signal);
    if (target.kind === 'unresolved') {
      throw new AppError('invalid_request', target.reason);
    }
    const task: EngineTask = {
      runId: 'plan',
      action: manifest.name,
      parameters: parametersOf(policy, episode.labels),
      targets: target.targets,
      labels: episode.labels,
      check: false,
      timeoutMs: Math.min(hourMs, Math.max(minuteMs, manifest.takesMs * patience)),
    };
    const preparation = await engine.prepare(task, signal);
    const { spec, version } = policy;
    return buildPlan({ spec, version, episode, engine: engine.name, group: target.group, task, preparation });
  }

  async #manifest(engine: AutomationEngine, action: string): Promise<ActionManifest> {
    const actions = await engine.actions();
    const found = actions.find(({ name }) => name === action);
    if (found === undefined) {
      const known = actions.map(({ name }) => name).join(', ');
      throw new AppError(
        'not_found',
        `playbook "${action}" does not exist at engine ${engine.name}; there are: ${known}`
      );
    }
    return found;
  }
}

/** The task of a plan. @param runId unique for each start: the engine starts the same one only once */
export function taskOfPlan(
  plan: Plan,
  episode: Pick<Episode, 'labels'>,
  start: { readonly runId: string; readonly check: boolean; readonly action?: string }
): EngineTask {
  return {
    runId: start.runId,
    action: start.action ?? plan.action,
    parameters: plan.parameters,
    targets: plan.targets,
    labels: episode.labels,
    check: start.check,
    timeoutMs: plan.timeoutMs,
  };
}
