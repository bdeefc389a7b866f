import { nearestName } from './nearest.ts';
import type { ConfigProblem } from './problems.ts';
import { SettingsFile } from './settings-schema.ts';
import { elementOf, shapeOf } from './zod-schema.ts';
import type { z } from 'zod';

export type Environment = Readonly<Record<string, string | undefined>>;

type Path = ReadonlyArray<string | number>;

/** Variables that are no override of a key of the file. */
export const ownVariables = {
  AIOPS_CONFIG: 'Path of aiops.yaml',
  AIOPS_TOKEN: 'The token that callers send; wins over `server.tokenFile`',
} as const;

/** A key of aiops.yaml that an environment variable sets. */
export interface Override {
  readonly variable: string;
  readonly path: Path;
}

/** All variables that override a key, found in the schema; list keys mean the first entry. */
export const overrides: readonly Override[] = collectOverrides(SettingsFile, []);

function collectOverrides(schema: z.ZodType, path: Path): Override[] {
  const variable = schema.meta()?.['env'];
  const own = typeof variable === 'string' ? [{ variable, path }] : [];
  const element = elementOf(schema);
  if (element !== undefined && shapeOf(element) !== undefined) {
    return [...own, ...collectOverrides(element, [...path, 0])];
  }
  const inner = Object.entries(shapeOf(schema) ?? {}).flatMap(([key, child]) =>
    collectOverrides(child, [...path, key])
  );
  return [...own, ...inner];
}

/** The value of the file with the environment's overrides laid over it, and the variable behind each path that has one. */
export function withOverrides(
  value: unknown,
  env: Environment
): { readonly value: unknown; readonly variableAt: ReadonlyMap<string, string> } {
  const variableAt = new Map<string, string>();
  let merged = value;
  for (const { variable, path } of overrides) {
    const text = env[variable];
    if (text !== undefined && text !== '') {
      merged = assign(merged, path, parseOverride(path, text));
      variableAt.set(JSON.stringify(path), variable);
    }
  }
  return { value: merged, variableAt };
}

/** Lists are separated by commas; whole numbers become numbers where the key takes one. */
function parseOverride(path: Path, text: string): unknown {
  switch (path.join('.')) {
    case 'server.trustedProxies':
    case 'grafana.changeTags':
      return text.split(',').map((part) => part.trim());
    case 'grafana.orgs':
      return text.split(',').map((part) => numberOrText(part.trim()));
    case 'limits.seriesPerJob':
    case 'limits.workers':
      return numberOrText(text);
    default:
      return text;
  }
}

function numberOrText(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

/** A copy of `target` in which `path` holds `value`; what is in the way and no map or list is left to the schema. */
function assign(target: unknown, path: Path, value: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) {
    return value;
  }
  if (typeof head === 'number') {
    const list: unknown[] = Array.isArray(target) ? [...(target as unknown[])] : [];
    list[head] = assign(list[head], rest, value);
    return list;
  }
  if (target !== null && target !== undefined && (typeof target !== 'object' || Array.isArray(target))) {
    return target;
  }
  const map = { ...(target as Record<string, unknown> | null | undefined) };
  map[head] = assign(map[head], rest, value);
  return map;
}

/** Variables that look like a misspelt one of ours. Others that start with AIOPS_ are left alone: Kubernetes sets some. */
export function misspeltVariables(env: Environment): readonly ConfigProblem[] {
  const known = [...overrides.map(({ variable }) => variable), ...Object.keys(ownVariables)];
  return Object.keys(env)
    .filter((name) => name.startsWith('AIOPS_') && !known.includes(name))
    .flatMap((name) => {
      const nearest = nearestName(
        name.slice('AIOPS_'.length),
        known.map((variable) => variable.slice('AIOPS_'.length))
      );
      const message = `unknown variable; did you mean AIOPS_${nearest ?? ''}?`;
      return nearest === undefined ? [] : [{ where: `environment ${name}`, message }];
    });
}
