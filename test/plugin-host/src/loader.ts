import 'systemjs/dist/system.js';
import 'systemjs/dist/extras/amd.js';
import 'systemjs/dist/extras/named-register.js';
import 'moment-timezone';
import * as grafanaData from '@grafana/data';
import * as grafanaRuntime from '@grafana/runtime';
import * as grafanaUi from '@grafana/ui';
import i18next from 'i18next';

type Namespace = Record<string, unknown>;
type Register = (name: string, deps: string[], declare: (exporter: (exports: Namespace) => void) => unknown) => void;

interface SystemLoader {
  readonly register: Register;
  import(url: string): Promise<Namespace>;
  set(id: string, module: Namespace): void;
  addImportMap(map: { imports: Record<string, string> }): void;
  resolve(id: string, parent?: string): string;
  shouldFetch(): boolean;
}

declare const System: SystemLoader;

/** A CommonJS library seen as a namespace: its default export's members stand beside the named ones. */
function withDefault(module: Namespace): Namespace {
  return typeof module.default === 'object' ? { ...module, ...(module.default as Namespace) } : module;
}
const asDefault = (module: { default: unknown }): Namespace => ({ default: module.default, __useDefault: true });

/** The libraries that Grafana 12.3 shares with its plugins. */
const eager: Readonly<Record<string, Namespace>> = {
  '@grafana/data': grafanaData,
  '@grafana/runtime': grafanaRuntime,
  '@grafana/ui': grafanaUi,
};
const lazy: Readonly<Record<string, () => Promise<Namespace>>> = {
  '@emotion/css': async () => await import('@emotion/css'),
  '@emotion/react': async () => await import('@emotion/react'),
  '@grafana/data/unstable': async () => await import('@grafana/data/unstable'),
  '@grafana/runtime/unstable': async () => await import('@grafana/runtime/unstable'),
  '@grafana/ui/unstable': async () => await import('@grafana/ui/unstable'),
  d3: async () => await import('d3'),
  i18next: () => Promise.resolve(asDefault({ default: i18next })),
  jquery: async () => asDefault(await import('jquery')),
  lodash: async () => ({ ...withDefault(await import('lodash')), __useDefault: true }),
  moment: async () => ({ ...(await import('moment')), __useDefault: true }),
  react: async () => withDefault(await import('react')),
  'react/jsx-runtime': async () => withDefault(await import('react/jsx-runtime')),
  'react/jsx-dev-runtime': async () => withDefault(await import('react/jsx-runtime')),
  'react-dom': async () => withDefault(await import('react-dom')),
  'react-redux': async () => await import('react-redux'),
  'react-router-dom': async () => await import('react-router-dom'),
  'react-router': async () => await import('react-router-dom-v5-compat'),
  redux: async () => await import('redux'),
  rxjs: async () => await import('rxjs'),
  'rxjs/operators': async () => await import('rxjs/operators'),
};

/**
 * Registers the shared libraries under their bare names. To be called after the runtime's setters: `System.set` copies
 * a namespace, so a plugin would otherwise keep the unset `PluginPage`.
 */
export function registerSharedLibraries(): void {
  const imports: Record<string, string> = {};
  for (const [name, module] of Object.entries(eager)) {
    System.set(`package:${name}`, module);
    imports[name] = `package:${name}`;
  }
  for (const [name, load] of Object.entries(lazy)) {
    System.register(`package:${name}`, [], (exporter) => ({ execute: async () => exporter(await load()) }));
    imports[name] = `package:${name}`;
  }
  System.addImportMap({ imports });
  System.shouldFetch = () => true;
  const resolve = System.resolve.bind(System);
  System.resolve = (id, parent) => {
    try {
      return resolve(id, parent);
    } catch (cause) {
      throw new Error(`Grafana does not share "${id}" with plugins: it has to be bundled`, { cause });
    }
  };
}

/** Imports an AMD or SystemJS module by its address. */
export async function importModule(url: string): Promise<Namespace> {
  const module = await System.import(url);
  return module.__useDefault === true ? (module.default as Namespace) : module;
}
