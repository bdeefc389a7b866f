import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

export const root = path.resolve(import.meta.dirname, '../..');

export function readText(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

/** A YAML file of the repository, anchors and merge keys resolved as Docker Compose does. */
export function readYaml<T>(file: string): T {
  return parse(readText(file), { merge: true, strict: true }) as T;
}

export function readJson<T>(file: string): T {
  return JSON.parse(readText(file)) as T;
}

export function filesBelow(folder: string): string[] {
  const entries = readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
}

export interface DataSource {
  readonly name: string;
  readonly uid: string;
  readonly type: string;
  readonly url: string;
  readonly isDefault?: boolean;
  readonly jsonData: Readonly<Record<string, unknown>>;
}

export interface Service {
  readonly image?: string;
  readonly build?: { readonly dockerfile: string; readonly target?: string };
  readonly profiles: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly secrets?: ReadonlyArray<string | { readonly source: string; readonly target: string }>;
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly networks?: { readonly default: { readonly aliases: readonly string[] } };
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
}

export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly instant: boolean;
  readonly datasource: { readonly uid: string };
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly timeFrom?: string;
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly Target[];
  readonly fieldConfig?: {
    readonly overrides: ReadonlyArray<{
      readonly matcher: { readonly options: string };
      readonly properties: ReadonlyArray<{ readonly id: string; readonly value: unknown }>;
    }>;
  };
}

export interface Dashboard {
  readonly id?: number;
  readonly uid: string;
  readonly title: string;
  readonly revision: number;
  readonly schemaVersion: number;
  readonly time: { readonly from: string; readonly to: string };
  readonly templating: {
    readonly list: ReadonlyArray<{ readonly name: string; readonly datasource?: { readonly uid: string } }>;
  };
  readonly panels: readonly Panel[];
}

/** `${NAME}` and `$NAME` as Grafana expands them in provisioning files; `$$` stands for a dollar. */
export function variablesOf(text: string): string[] {
  const uncommented = text.replaceAll(/(^|\s)#.*$/gm, '').replaceAll('$$', '');
  return [...uncommented.matchAll(/\$\{?([A-Za-z_]\w*)\}?/g)].map((match) => match[1] ?? '');
}
