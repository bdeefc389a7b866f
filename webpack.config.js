import fs from 'node:fs';
import path from 'node:path';
import CopyWebpackPlugin from 'copy-webpack-plugin';
import { globSync } from 'glob';
import TerserPlugin from 'terser-webpack-plugin';
import { SubresourceIntegrityPlugin } from 'webpack-subresource-integrity';
import VirtualModulesPlugin from 'webpack-virtual-modules';

const root = import.meta.dirname;
const src = path.join(root, 'src');
const readJson = (file) => JSON.parse(fs.readFileSync(path.join(root, file), 'utf8'));
const { id } = readJson('plugin.json');
const { version } = readJson('package.json');
const today = new Date().toISOString().slice(0, 10);

const nestedDirs = globSync('panels/*/plugin.json', { cwd: src, posix: true }).map((file) => path.posix.dirname(file));
const nested = nestedDirs.map((dir) => ({ dir, id: readJson(`src/${dir}/plugin.json`).id }));

/** Grafana hands these to plugins; a second copy of React or of the runtime would break hooks and services. */
const grafanaProvides = [
  { 'amd-module': 'module' },
  'lodash',
  'moment',
  'rxjs',
  'i18next',
  'react',
  'react/jsx-runtime',
  'react/jsx-dev-runtime',
  'react-dom',
  'react-router',
  '@emotion/css',
  '@emotion/react',
  /^@grafana\/(ui|data|runtime)$/,
];

/**
 * Chunks lie beside the app's module.js, but Grafana serves a nested panel from its own address
 * (`public/plugins/<panel id>/`): both ways of naming a panel's folder lead back to the app's.
 */
const publicPathModule = `
import amdModule from 'amd-module';
const uri = (amdModule && amdModule.uri) || 'public/plugins/${id}/module.js';
let base = uri.slice(0, uri.lastIndexOf('/') + 1);
for (const [dir, panelId] of ${JSON.stringify(nested.map((n) => [n.dir, n.id]))}) {
  if (base.endsWith('/' + dir + '/')) {
    base = base.slice(0, -(dir.length + 1));
  }
  base = base.replace('/' + panelId + '/', '/${id}/');
}
__webpack_public_path__ = base;
`;

const fillPlaceholders = (content) =>
  content.toString().replaceAll('%VERSION%', version).replaceAll('%TODAY%', today).replaceAll('%PLUGIN_ID%', id);

const copies = [
  { from: '../plugin.json', to: 'plugin.json', transform: fillPlaceholders },
  ...['README.md', 'CHANGELOG.md', 'LICENSE'].map((file) => ({ from: `../${file}`, to: '.', noErrorOnMissing: true })),
  { from: 'img/**/*', noErrorOnMissing: true },
  { from: 'locales/**/*.json' },
  ...nested.flatMap(({ dir }) => [
    { from: `${dir}/plugin.json`, to: `${dir}/plugin.json`, transform: fillPlaceholders },
    { from: `${dir}/img/**/*`, noErrorOnMissing: true },
  ]),
];

/** Fails the build when a package that Grafana must provide got bundled: hooks and services break with a second copy. */
class NoSecondCopy {
  apply(compiler) {
    const copy = /node_modules[\\/](?:react|react-dom|react-router|rxjs|@grafana[\\/](?:data|ui|runtime))[\\/]/;
    compiler.hooks.compilation.tap('NoSecondCopy', (compilation) => {
      compilation.hooks.finishModules.tap('NoSecondCopy', (modules) => {
        for (const { resource } of modules) {
          if (typeof resource === 'string' && copy.test(resource)) {
            compilation.errors.push(new Error(`${resource} would be bundled: make its package external`));
          }
        }
      });
    });
  }
}

/** @returns webpack's settings for the app and its nested panels */
export default (_env, { mode }) => ({
  mode: mode ?? 'production',
  devtool: 'source-map',
  context: src,
  cache: {
    type: 'filesystem',
    cacheDirectory: path.join(root, 'node_modules/.cache/webpack'),
    buildDependencies: { config: [import.meta.filename] },
  },
  entry: {
    module: './module.tsx',
    ...Object.fromEntries(nestedDirs.map((dir) => [`${dir}/module`, `./${dir}/module.tsx`])),
  },
  externals: grafanaProvides,
  module: {
    rules: [
      {
        test: /src[\\/](?:.*[\\/])?module\.tsx$/,
        use: [{ loader: 'imports-loader', options: { imports: 'side-effects grafana-public-path' } }],
      },
      {
        test: /\.tsx?$/,
        exclude: /node_modules/,
        use: {
          loader: 'swc-loader',
          options: {
            jsc: {
              target: 'es2022',
              parser: { syntax: 'typescript', tsx: true },
              transform: { react: { runtime: 'automatic' } },
            },
          },
        },
      },
      { test: /\.svg$/, type: 'asset/resource', generator: { filename: '[hash][ext]' } },
    ],
  },
  resolve: { extensions: ['.ts', '.tsx', '.js'] },
  optimization: {
    // App and panel are two runtimes that share their chunks on one page: a module must keep the same exports in both,
    // or the one that loads second finds a function missing.
    usedExports: 'global',
    minimizer: [new TerserPlugin({ extractComments: false })],
  },
  performance: { maxAssetSize: 1_000_000, maxEntrypointSize: 150_000 },
  output: {
    clean: true,
    path: path.join(root, 'dist'),
    filename: '[name].js',
    chunkFilename: '[name].js?_cache=[contenthash]',
    library: { type: 'amd' },
    publicPath: `public/plugins/${id}/`,
    uniqueName: id,
    crossOriginLoading: 'anonymous',
  },
  plugins: [
    new NoSecondCopy(),
    new VirtualModulesPlugin({ 'node_modules/grafana-public-path.js': publicPathModule }),
    new CopyWebpackPlugin({ patterns: copies }),
    new SubresourceIntegrityPlugin({ hashFuncNames: ['sha256'] }),
  ],
});
