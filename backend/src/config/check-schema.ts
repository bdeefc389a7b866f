import type { z } from 'zod';
import { issueTexts } from './issue-text.ts';
import type { ConfigProblem } from './problems.ts';
import type { YamlFile } from './yaml-file.ts';

export interface Checked<T> {
  /** Undefined when there are problems. */
  readonly value: T | undefined;
  readonly problems: readonly ConfigProblem[];
}

interface Place {
  readonly file: YamlFile;
  /** The path of `value` in the file. */
  readonly base: readonly PropertyKey[];
  /** Paths (as JSON) whose value came from an environment variable. */
  readonly variableAt?: ReadonlyMap<string, string>;
}

/** Checks a value that came from a file; each fault is placed at the line and column that a person has to change. */
export function checkSchema<T extends z.ZodType>(schema: T, value: unknown, place: Place): Checked<z.output<T>> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) {
    return { value: parsed.data, problems: [] };
  }
  const problems = parsed.error.issues
    .flatMap((issue) => issueTexts(schema, issue))
    .map(({ path, key, message }): ConfigProblem => {
      const variable = variableOf(place, path);
      if (variable !== undefined) {
        return { where: `environment ${variable}`, message };
      }
      const full = [...place.base, ...path];
      const at = key === undefined ? place.file.positionOf(full) : place.file.positionOfKey(full, key);
      return { where: place.file.file, ...at, message };
    });
  return { value: undefined, problems };
}

/** The variable that set the value at `path` or at a part above it. */
function variableOf(place: Place, path: readonly PropertyKey[]): string | undefined {
  for (let length = path.length; length > 0; length--) {
    const variable = place.variableAt?.get(JSON.stringify(path.slice(0, length)));
    if (variable !== undefined) {
      return variable;
    }
  }
  return undefined;
}
