import { lstatSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf } from '../../../errors.ts';
import { writableByOthers } from '../file-tree.ts';

const executable = 0o111;
const readableByOthers = 0o044;
const mostEntries = 10_000;

/** A file that decides what runs, or where. */
interface TrustedFile {
  readonly path: string;
  /** What changes when it does. */
  readonly stamp: string;
}

/** The inventory with its variables, and what makes it unfit. */
export interface InventoryFiles {
  readonly files: readonly TrustedFile[];
  readonly fault: string | undefined;
}

/**
 * The inventory's own file and `group_vars` and `host_vars` beside it. Executable ones are refused: Ansible would run
 * them; so are those that others than the owner may write. Never throws.
 */
export function inventoryFiles(inventory: string): InventoryFiles {
  const files: TrustedFile[] = [];
  const visit = (path: string): string | undefined => {
    const info = lstatSync(path, { throwIfNoEntry: false });
    if (info === undefined) {
      return undefined;
    }
    if (info.isSymbolicLink() || (info.mode & writableByOthers) !== 0) {
      return `${path} ${info.isSymbolicLink() ? 'is a link' : 'can be written by its group or by everyone'}`;
    }
    if (info.isDirectory()) {
      return firstFault(
        readdirSync(path).map((name) => join(path, name)),
        visit
      );
    }
    files.push({ path, stamp: `${info.mtimeMs}/${info.size}/${info.ino}` });
    return fileFault(path, info.mode) ?? (files.length > mostEntries ? `${path}: too many files` : undefined);
  };
  try {
    const folder = dirname(inventory);
    const fault = statSync(inventory).isFile() ? undefined : `${inventory} is no file: name one YAML or INI file`;
    const own = fault ?? folderFault(folder);
    return {
      files,
      fault: own ?? firstFault([inventory, join(folder, 'group_vars'), join(folder, 'host_vars')], visit),
    };
  } catch (error) {
    return { files, fault: `the inventory ${inventory} can't be read: ${messageOf(error)}` };
  }
}

function firstFault(paths: readonly string[], visit: (path: string) => string | undefined): string | undefined {
  for (const path of paths) {
    const fault = visit(path);
    if (fault !== undefined) {
      return fault;
    }
  }
  return undefined;
}

function folderFault(folder: string): string | undefined {
  return (statSync(folder).mode & writableByOthers) === 0
    ? undefined
    : `the folder ${folder} can be written by its group or by everyone, who would decide what runs; do chmod go-w`;
}

function fileFault(path: string, mode: number): string | undefined {
  return (mode & executable) === 0 ? undefined : `${path} is executable: Ansible would run it; do chmod a-x`;
}

/** What makes a file with a vault's password unfit; undefined when it may be used. */
export function vaultFault(path: string): string | undefined {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info?.isFile()) {
    return `the vault password file ${path} is not there`;
  }
  const fault = fileFault(path, info.mode);
  return fault ?? ((info.mode & readableByOthers) === 0 ? undefined : `${path} can be read by others; do chmod 0400`);
}

/** Texts of a vault's password file that must not be told on. */
export function vaultSecrets(path: string): readonly string[] {
  const password = readFileSync(path, 'utf8').trim();
  return password.length >= 4 ? [password] : [];
}
