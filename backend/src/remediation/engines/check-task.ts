import { suggestion } from '../../config/nearest.ts';
import { AppError } from '../../errors.ts';
import type { ActionManifest, EngineTask, Inventory } from './automation-engine.ts';
import type { FolderAction } from './manifest.ts';
import { checkParameters, type Parameters } from './parameters.ts';

/** A name that no pattern language takes for anything but one host. */
export const hostName = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,252}$/;
const mostTargets = 1_000;

/** @throws AppError `not_found` with the names that there are */
export function actionOf(actions: readonly FolderAction[], name: string): FolderAction {
  const action = actions.find(({ manifest }) => manifest.name === name);
  if (action === undefined) {
    const names = actions.map(({ manifest }) => manifest.name);
    throw new AppError(
      'not_found',
      `action ${JSON.stringify(name.slice(0, 80))} does not exist${suggestion(name, names)}`
    );
  }
  return action;
}

/**
 * Checks who and what a task is about.
 * @returns its parameters with the defaults of the manifest
 * @throws AppError `invalid_request`
 */
export function checkTask(manifest: ActionManifest, task: EngineTask, inventory: Inventory): Parameters {
  if (!/^[\x21-\x7e]{1,200}$/.test(task.runId)) {
    throw new AppError('invalid_request', 'the id of a run must be 1 to 200 printable characters without blanks');
  }
  checkTargets(task.targets, inventory, manifest.groups);
  return checkParameters(manifest, task.parameters);
}

function checkTargets(targets: readonly string[], inventory: Inventory, groups: readonly string[]): void {
  if (targets.length === 0 || targets.length > mostTargets) {
    throw new AppError(
      'invalid_request',
      `${targets.length} targets: an action needs 1 to ${mostTargets}; none never means all`
    );
  }
  if (new Set(targets).size !== targets.length) {
    throw new AppError('invalid_request', 'a target is named twice');
  }
  const allowed = new Set(groups.flatMap((group) => inventory.get(group) ?? []));
  for (const target of targets) {
    const fault = targetFault(target, inventory, allowed);
    if (fault !== undefined) {
      throw new AppError(
        'invalid_request',
        `target ${JSON.stringify(target.slice(0, 80))}: ${fault} (${groups.join(', ')})`
      );
    }
  }
}

function targetFault(target: string, inventory: Inventory, allowed: ReadonlySet<string>): string | undefined {
  if (!hostName.test(target)) {
    return 'is no name of a host: letters, digits and ._- only; the action is for hosts of these groups';
  }
  if (inventory.has(target)) {
    return 'is the name of a group, which would mean all its hosts; the action is for hosts of these groups';
  }
  return allowed.has(target) ? undefined : 'is not in a group of the inventory that the action is for';
}
