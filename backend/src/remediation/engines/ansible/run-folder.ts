import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFiles, type FileTree } from '../file-tree.ts';
import { livingMarks } from './process-table.ts';

/** Folder of one run: all that Ansible may write, and copies of all that it runs. */
export interface RunFolder {
  readonly path: string;
  /** Copies of the playbook and what it includes: later changes of the originals change nothing. */
  readonly project: string;
  readonly variables: string;
}

/** @throws for a folder that is there already, or can't be written */
export function makeRunFolder(
  root: string,
  mark: string,
  content: { readonly tree: FileTree; readonly files: readonly string[]; readonly variables: string }
): RunFolder {
  const path = join(root, mark);
  mkdirSync(path, { mode: 0o700 });
  mkdirSync(join(path, 'tmp'), { mode: 0o700 });
  const folder: RunFolder = { path, project: join(path, 'project'), variables: join(path, 'vars.yml') };
  writeFiles(content.tree, content.files, folder.project);
  writeFileSync(folder.variables, content.variables, { mode: 0o600, flag: 'wx' });
  return folder;
}

export function removeRunFolder(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 3 });
}

/** Removes what runs of an earlier process left behind, but for those of which something is still alive. */
export function sweepRunFolders(root: string): void {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const living = livingMarks();
  for (const name of readdirSync(root)) {
    if (!living.has(name)) {
      removeRunFolder(join(root, name));
    }
  }
}
