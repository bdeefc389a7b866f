import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild';

/** Marks a resolution that a plugin started itself, so that it does not answer its own question. */
const ownQuestion = { askedByHost: true };

async function resolveFrom(build: PluginBuild, args: OnResolveArgs, resolveDir: string): Promise<OnResolveResult> {
  return await build.resolve(args.path, {
    importer: args.importer,
    resolveDir,
    kind: args.kind,
    pluginData: ownQuestion,
  });
}

/** The host's sources are shared by all versions: their bare imports resolve in the version's own folder. */
const versionedImports = (versionDir: string): Plugin => ({
  name: 'versioned-imports',
  setup(build) {
    build.onResolve({ filter: /^[@a-z]/ }, async (args) =>
      args.pluginData === ownQuestion || args.namespace !== 'file' || args.importer.includes('/node_modules/')
        ? undefined
        : await asGrafanaEsm(await resolveFrom(build, args, versionDir))
    );
    // One i18next for core and plugins, as Grafana shares it: a second copy would never learn the language.
    build.onResolve({ filter: /^i18next$/ }, async (args) =>
      args.pluginData === ownQuestion ? undefined : await resolveFrom(build, args, versionDir)
    );
  },
});

const grafanaEsm = /@grafana\/(ui|data|runtime|i18n|schema|e2e-selectors)\/dist\/.*\.mjs$/;

function asGrafanaEsm(found: OnResolveResult): OnResolveResult {
  const isGrafana = found.namespace === 'file' && found.path !== undefined && grafanaEsm.test(found.path);
  return isGrafana ? { ...found, path: `${found.path}.js`, namespace: 'grafana-esm' } : found;
}

/**
 * esbuild treats imports from `.mjs` files by Node's rules: a CommonJS default export arrives as an object, and React
 * fails with error 130. Grafana's own build does not, so its `.mjs` are shown to esbuild as `.js`.
 */
const grafanaInterop: Plugin = {
  name: 'grafana-interop',
  setup(build) {
    build.onResolve({ filter: /^(@grafana\/|\.)/ }, async (args) =>
      args.pluginData === ownQuestion ? undefined : asGrafanaEsm(await resolveFrom(build, args, args.resolveDir))
    );
    build.onLoad({ filter: /.*/, namespace: 'grafana-esm' }, async (args) => {
      const file = args.path.slice(0, -'.js'.length);
      return { contents: await readFile(file, 'utf8'), loader: 'js', resolveDir: path.dirname(file) };
    });
  },
};

/** Files that Grafana's core imports although the packages do not export them. */
const coreOnlyImports = (versionDir: string): Plugin => ({
  name: 'core-only-imports',
  setup(build) {
    build.onResolve({ filter: /^#grafana\// }, (args) => {
      const [, name = '', ...file] = args.path.split('/');
      const target = path.join(versionDir, 'node_modules/@grafana', name, 'dist/esm', `${file.join('/')}.mjs`);
      return { path: `${target}.js`, namespace: 'grafana-esm' };
    });
  },
});

/** What @grafana/scenes expects of its host and the published packages lack. */
const scenesInterop: Plugin = {
  name: 'scenes-interop',
  setup(build) {
    build.onResolve({ filter: /^react-router-dom$/ }, async (args) =>
      args.importer.includes('@grafana/scenes')
        ? await build.resolve('react-router-dom-v5-compat', { resolveDir: args.resolveDir, kind: args.kind })
        : undefined
    );
    // A strict bundler stops at this default, which the table schema of 12.4 does not export; 13.2 has it.
    build.onLoad(
      { filter: /composable.table.panelcfg.x.types\.gen\.mjs(\.js)?$/, namespace: 'grafana-esm' },
      async (args) => {
        const contents = await readFile(args.path.replace(/\.js$/, ''), 'utf8');
        const missing = contents.includes('defaultOptions') ? '' : ';export const defaultOptions = {};';
        return { contents: contents + missing, loader: 'js', resolveDir: path.dirname(args.path) };
      }
    );
  },
};

/** The code editor is 4 MB that no page of the host shows. */
const withoutCodeEditor: Plugin = {
  name: 'without-code-editor',
  setup(build) {
    build.onResolve({ filter: /^(monaco-editor|stream$)/ }, () => ({ path: 'nothing', namespace: 'nothing' }));
    build.onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: 'export default {}' }));
  },
};

/** How the host is bundled from the packages in `versionDir/node_modules`. */
export const hostPlugins = (versionDir: string): Plugin[] => [
  withoutCodeEditor,
  coreOnlyImports(versionDir),
  scenesInterop,
  versionedImports(versionDir),
  grafanaInterop,
];
