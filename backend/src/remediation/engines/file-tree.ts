import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ConfigProblem } from '../../config/problems.ts';
import { messageOf } from '../../errors.ts';

/** The files of a folder as they were at one moment. */
export interface FileTree {
  /** Real path. */
  readonly root: string;
  /** By path in the folder, with `/`, sorted. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** What makes it unfit to be run from; `files` lacks what they are about. */
  readonly problems: readonly ConfigProblem[];
}

const mostFiles = 2_000;
const mostBytes = 20_000_000;
const deepest = 12;

/** What of a file's mode lets others than its owner change what will be run. */
export const writableByOthers = 0o022;

/**
 * Reads a whole folder. Nothing in it may be a link, and nothing may be writable by group or others: who can write
 * there decides what runs. Names that begin with a dot are left out. Never throws.
 */
export function readFileTree(folder: string): FileTree {
  const files = new Map<string, Buffer>();
  const problems: ConfigProblem[] = [];
  let bytes = 0;
  const visit = (path: string, depth: number): void => {
    const full = join(root, path);
    const info = lstatSync(full);
    const fault = faultOf(info, depth);
    if (fault !== undefined) {
      problems.push({ where: full, message: fault });
    } else if (info.isDirectory()) {
      const names = readdirSync(full).filter((name) => !name.startsWith('.') && name !== '__pycache__');
      names.sort().forEach((name) => visit(path === '' ? name : `${path}/${name}`, depth + 1));
    } else if (files.size < mostFiles && bytes + info.size <= mostBytes) {
      files.set(path, readFileSync(full));
      bytes += info.size;
    } else {
      throw new Error(`more than ${mostFiles} files or ${mostBytes / 1e6} MB; keep only playbooks in there`);
    }
  };
  let root = folder;
  try {
    root = realpathSync(folder);
    visit('', 0);
  } catch (error) {
    problems.push({ where: folder, message: `can't be read: ${messageOf(error)}` });
  }
  return { root, files, problems };
}

function faultOf(info: ReturnType<typeof lstatSync>, depth: number): string | undefined {
  if (info === undefined || info.isSymbolicLink()) {
    return 'is a link; what may run must lie in the folder itself';
  }
  if (depth > deepest || !(info.isDirectory() || info.isFile())) {
    return depth > deepest ? `lies deeper than ${deepest} folders` : 'is neither a file nor a folder';
  }
  return (Number(info.mode) & writableByOthers) === 0
    ? undefined
    : 'can be written by its group or by everyone, who would decide what runs; do chmod -R go-w';
}

/** SHA-256, hex, over names and bytes of some files of a tree. */
export function digestOf(tree: FileTree, names: readonly string[]): string {
  const hash = createHash('sha256');
  for (const name of names.toSorted()) {
    const bytes = tree.files.get(name) ?? Buffer.alloc(0);
    hash.update(`${JSON.stringify(name)}:${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}

/** Writes some files of a tree into a new folder that only we can read. */
export function writeFiles(tree: FileTree, names: readonly string[], folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of names) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, tree.files.get(name) ?? '', { mode: 0o600, flag: 'wx' });
  }
}
