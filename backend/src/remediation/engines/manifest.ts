import { statSync } from 'node:fs';
import { join } from 'node:path';
import { suggestion } from '../../config/nearest.ts';
import type { ConfigProblem } from '../../config/problems.ts';
import { parseYamlFile } from '../../config/yaml-file.ts';
import { messageOf } from '../../errors.ts';
import { dryRunWarnings, playbookFaults } from './ansible/playbook-scan.ts';
import type { ActionManifest } from './automation-engine.ts';
import { readFileTree, type FileTree } from './file-tree.ts';
import { readManifest } from './manifest-file.ts';

const suffix = '.manifest.yaml';

/** An action of a folder. */
export interface FolderAction {
  readonly manifest: ActionManifest;
  /** Path of the request of a webhook's action. */
  readonly path: string | undefined;
}

/** All actions of a folder, with the bytes that they were read from. */
export interface ActionFolder {
  readonly actions: readonly FolderAction[];
  readonly tree: FileTree;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Reads the manifests of a folder, `NAME.manifest.yaml`, and the playbook `NAME.yml` beside each. Synchronous, for the
 * check of the settings; a folder has few and small files.
 */
export function readManifests(
  folder: string,
  kind: 'ansible' | 'webhook' = 'ansible'
): { readonly manifests: readonly ActionManifest[]; readonly problems: readonly ConfigProblem[] } {
  const { actions, problems } = readActionFolder(folder, kind);
  return { manifests: actions.map(({ manifest }) => manifest), problems };
}

/** As `readManifests`, with the files themselves. Never throws. */
export function readActionFolder(folder: string, kind: 'ansible' | 'webhook'): ActionFolder {
  const empty: FileTree = { root: folder, files: new Map(), problems: [] };
  const nothing = (message: string): ActionFolder => {
    return { actions: [], tree: empty, problems: [{ where: folder, message }] };
  };
  try {
    if (!statSync(folder).isDirectory()) {
      return nothing('is no folder; name the one with the manifests of the actions');
    }
  } catch (error) {
    return nothing(`can't be read: ${messageOf(error)}`);
  }
  const tree = readFileTree(folder);
  const names = [...tree.files.keys()].filter((file) => file.endsWith(suffix) && !file.includes('/'));
  if (names.length === 0 && tree.problems.length === 0) {
    return nothing(`has no file such as restart_service${suffix}: an action needs one`);
  }
  const read = names.map((file) => readAction(tree, file.slice(0, -suffix.length), kind));
  const actions = read.flatMap(({ action }) => action ?? []);
  const problems = [...tree.problems, ...read.flatMap((one) => one.problems), ...rollbackFaults(tree, actions)];
  return { actions, tree, problems };
}

function readAction(
  tree: FileTree,
  name: string,
  kind: 'ansible' | 'webhook'
): { action?: FolderAction; problems: readonly ConfigProblem[] } {
  const where = join(tree.root, `${name}${suffix}`);
  if (!/^[a-zA-Z][a-zA-Z0-9_-]{0,62}$/.test(name)) {
    return { problems: [{ where, message: 'the name must be of letters, digits, _ and -, such as restart_service' }] };
  }
  const text = tree.files.get(`${name}${suffix}`)?.toString('utf8') ?? '';
  const { manifest, path, problems } = readManifest(parseYamlFile(where, text), name, kind);
  if (manifest === undefined || kind === 'webhook') {
    return manifest === undefined ? { problems } : { action: { manifest, path }, problems };
  }
  const faults = playbookFaults(tree, name);
  const warnings = dryRunWarnings(tree, name);
  return { action: { manifest: { ...manifest, warnings }, path }, problems: faults };
}

function rollbackFaults(tree: FileTree, actions: readonly FolderAction[]): readonly ConfigProblem[] {
  const names = actions.map(({ manifest }) => manifest.name);
  return actions.flatMap(({ manifest: { name, rollback } }) => {
    if (rollback === null || (names.includes(rollback) && rollback !== name)) {
      return [];
    }
    const others = names.filter((other) => other !== name);
    const message =
      rollback === name
        ? `rollback of "${name}" is itself; name another or null`
        : `rollback "${rollback}" does not exist${suggestion(rollback, others)}`;
    return [{ where: join(tree.root, `${name}${suffix}`), message }];
  });
}
