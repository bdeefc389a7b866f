import type { z } from 'zod';
import { JobSpec } from '../contract/job.ts';
import { PolicySpec } from '../contract/remediation/policy.ts';
import { SettingsFile } from './settings-schema.ts';
import { ownVariables } from './environment.ts';
import { alternativesOf, elementOf, shapeOf } from './zod-schema.ts';

/** One setting, as the README's table shows it. */
export interface SettingRow {
  /** Dotted path; `[]` stands for each entry of a list. Empty for a variable that no key of the file answers to. */
  readonly key: string;
  readonly type: string;
  /** `required`, `–` when nothing is set, or the value. */
  readonly default: string;
  readonly description: string;
  readonly env?: string;
}

/** Every key of aiops.yaml and of a job's file with its meaning, taken from the schemas that check them. */
export function settingsTable(): readonly SettingRow[] {
  const variables = Object.entries(ownVariables).map(([env, description]) => {
    return { key: '', type: 'text', default: '–', description, env };
  });
  return [...rowsOf(SettingsFile, ''), ...rowsOf(JobSpec, 'jobs[].'), ...variables];
}

/** Every key of a policy's file, in the same form. */
export function policyTable(): readonly SettingRow[] {
  return rowsOf(PolicySpec, 'policies[].');
}

function rowsOf(schema: z.ZodType, prefix: string): SettingRow[] {
  return Object.entries(shapeOf(schema) ?? {}).flatMap(([name, child]) => {
    const element = elementOf(child);
    const isList = element !== undefined && shapeOf(element) !== undefined;
    const key = `${prefix}${name}${isList ? '[]' : ''}`;
    const isGroup = isList || (shapeOf(child) !== undefined && child.meta()?.['shownType'] === undefined);
    return isGroup ? [rowOf(key, child), ...rowsOf(isList ? element : child, `${key}.`)] : [rowOf(key, child)];
  });
}

function rowOf(key: string, schema: z.ZodType): SettingRow {
  const meta = schema.meta() ?? {};
  const env = meta['env'];
  return {
    key,
    type: textOf(meta['shownType']) ?? typeText(schema),
    default: textOf(meta['shownDefault']) ?? defaultText(schema),
    description: schema.description ?? '',
    ...(typeof env === 'string' ? { env } : {}),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function typeText(schema: z.ZodType): string {
  const texts = alternativesOf(schema).map((alternative) => {
    const def = alternative.def as { type: string; entries?: Record<string, string>; values?: unknown[] };
    switch (def.type) {
      case 'enum':
        return Object.values(def.entries ?? {}).join(', ');
      case 'literal':
        return (def.values ?? []).map(String).join(', ');
      case 'array': {
        const element = elementOf(alternative);
        return element === undefined || shapeOf(element) !== undefined ? 'list' : `list of ${typeText(element)}`;
      }
      case 'object':
      case 'record':
        return 'map';
      case 'string':
        return alternative.meta()?.['example'] === '5m' ? 'duration' : 'text';
      default:
        return def.type;
    }
  });
  return [...new Set(texts)].join(' or ');
}

function defaultText(schema: z.ZodType): string {
  const def = schema.def as { type: string; defaultValue?: unknown };
  if (def.type === 'default') {
    const value = def.defaultValue;
    return typeof value === 'string' ? value : JSON.stringify(value);
  }
  return def.type === 'optional' || def.type === 'prefault' ? '–' : 'required';
}
