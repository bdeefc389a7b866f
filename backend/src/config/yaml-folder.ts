import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import type { ConfigProblem } from './problems.ts';
import { parseYamlFile, type YamlFile } from './yaml-file.ts';

/** The files of a folder that could be read, and what is wrong with the others. */
export interface YamlFolder {
  readonly files: readonly YamlFile[];
  readonly problems: readonly ConfigProblem[];
}

/**
 * Reads every `*.yaml` and `*.yml` of a folder, in the order of names; no folder means no files. Never throws.
 * @param emptyHint what an empty file should hold, for its writer
 */
export function readYamlFolder(folder: string, emptyHint: string): YamlFolder {
  const { names, problem } = yamlFilesOf(folder);
  const read = names.map((name) => readOne(join(folder, name), emptyHint));
  return {
    files: read.flatMap(({ file }) => file ?? []),
    problems: [...(problem === undefined ? [] : [problem]), ...read.flatMap(({ problems }) => problems)],
  };
}

function yamlFilesOf(folder: string): { names: string[]; problem?: ConfigProblem } {
  try {
    return {
      names: readdirSync(folder)
        .filter((name) => /^[^.].*\.ya?ml$/.test(name))
        .sort(),
    };
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    return missing
      ? { names: [] }
      : { names: [], problem: { where: folder, message: `can't be read: ${messageOf(cause)}` } };
  }
}

function readOne(path: string, emptyHint: string): { file?: YamlFile; problems: readonly ConfigProblem[] } {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    return { problems: [{ where: path, message: `can't be read: ${messageOf(cause)}` }] };
  }
  const file = parseYamlFile(path, text);
  if (file.problems.length > 0) {
    return { problems: file.problems };
  }
  return file.value === null || file.value === undefined
    ? { problems: [{ where: path, message: `is empty; ${emptyHint}` }] }
    : { file, problems: [] };
}
