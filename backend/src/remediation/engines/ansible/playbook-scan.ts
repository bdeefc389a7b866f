import { basename, join } from 'node:path';
import type { ConfigProblem } from '../../../config/problems.ts';
import { parseYamlFile } from '../../../config/yaml-file.ts';
import type { FileTree } from '../file-tree.ts';

const ownSuffixes = ['.yml', '.manifest.yaml'];

/** What runs with an action: its playbook and manifest, all shared folders, and playbooks that it imports. */
export function filesOfAction(tree: FileTree, name: string): readonly string[] {
  const imported = importedPlaybooks(tree, name);
  const owners = [...tree.files.keys()]
    .filter((file) => !file.includes('/') && file.endsWith('.manifest.yaml'))
    .map((file) => file.slice(0, -'.manifest.yaml'.length));
  const ofOthers = new Set(
    owners.filter((owner) => owner !== name).flatMap((owner) => ownSuffixes.map((s) => owner + s))
  );
  return [...tree.files.keys()].filter((file) => !ofOthers.has(file) || imported.includes(file));
}

/** Faults of the playbook of an action that no run would tell in time. */
export function playbookFaults(tree: FileTree, name: string): readonly ConfigProblem[] {
  const path = `${name}.yml`;
  const where = join(tree.root, path);
  const text = tree.files.get(path)?.toString('utf8');
  if (text === undefined) {
    return [
      { where, message: `does not exist, but ${name}.manifest.yaml does; a playbook and its manifest go together` },
    ];
  }
  const file = parseYamlFile(where, text);
  if (file.problems.length > 0 || !Array.isArray(file.value)) {
    return file.problems.length > 0 ? file.problems : [{ where, message: 'is no playbook: expected a list of plays' }];
  }
  return (file.value as unknown[]).flatMap((play, index) => {
    const fault = hostsFault(play);
    return fault === undefined ? [] : [{ where, ...file.positionOf([index, 'hosts']), message: fault }];
  });
}

/** A pattern that is filled in at run time can mean no host (exit code 0) or all of them. */
function hostsFault(play: unknown): string | undefined {
  const field = (key: string): unknown =>
    typeof play === 'object' && play !== null ? Reflect.get(play, key) : undefined;
  const hosts = field('hosts');
  if (hosts === undefined) {
    const imports = field('import_playbook') ?? field('ansible.builtin.import_playbook');
    return typeof imports === 'string' ? undefined : 'a play without hosts';
  }
  return typeof hosts === 'string' && /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(hosts)
    ? undefined
    : 'hosts must be one group by name, without variables and patterns; who is meant comes from the plan';
}

/** Lines that run in a dry run too, in the playbook and in what it mentions. */
export function dryRunWarnings(tree: FileTree, name: string): readonly string[] {
  return reachableFiles(tree, `${name}.yml`).flatMap((file) =>
    linesOf(tree, file).flatMap((line, index) =>
      /^\s*(-\s+)?check_mode:\s*(['"]?)(false|no|off|0)\2\s*(#.*)?$/i.test(line)
        ? [`${file}:${index + 1} runs in a dry run too (check_mode: false)`]
        : []
    )
  );
}

function importedPlaybooks(tree: FileTree, name: string): readonly string[] {
  return reachableFiles(tree, `${name}.yml`).filter((file) => !file.includes('/'));
}

/** The file and all whose names occur in it, or in one of those: rather one too many than one too few. */
function reachableFiles(tree: FileTree, start: string): readonly string[] {
  const found = new Set([start]);
  for (const file of found) {
    const text = tree.files.get(file)?.toString('utf8') ?? '';
    [...tree.files.keys()].filter((other) => mentions(text, other)).forEach((other) => found.add(other));
  }
  return [...found];
}

function mentions(text: string, file: string): boolean {
  const role = /^roles\/([^/]+)\//.exec(file)?.[1];
  return text.includes(basename(file)) || (role !== undefined && text.includes(role));
}

function linesOf(tree: FileTree, file: string): readonly string[] {
  return (tree.files.get(file)?.toString('utf8') ?? '').split('\n');
}
