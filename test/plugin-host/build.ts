import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { copyAssets } from './assets.ts';
import { hostPlugins } from './bundling.ts';

/** Which Grafana's shared libraries the host is built from. */
export type GrafanaVersion = '12' | '13';

const here = import.meta.dirname;
const installTimeoutMs = 600_000;

const versionDir = (version: GrafanaVersion): string => path.join(here, `grafana-${version}`);

async function hashOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of [...files].sort()) {
    hash.update(path.relative(here, file)).update(await readFile(file));
  }
  return hash.digest('hex');
}

async function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'], timeout: installTimeoutMs });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors = `${errors}${chunk.toString()}`.slice(-4000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) {
    throw new Error(`${command} ${args.join(' ')} in ${cwd} ended with ${code ?? 'a timeout'}:\n${errors}`);
  }
}

/** Installs the host's packages of a version unless the lockfile is installed already. */
async function installPackages(version: GrafanaVersion, progress: (line: string) => void): Promise<void> {
  const folder = versionDir(version);
  const stamp = path.join(folder, 'node_modules', '.installed-lock');
  const lock = await hashOf([path.join(folder, 'package-lock.json')]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) {
    return;
  }
  progress(`installing the libraries of Grafana ${version} for the browser host (about a minute)`);
  await run('npm', ['ci'], folder);
  await writeFile(stamp, lock);
}

async function sourceFiles(version: GrafanaVersion): Promise<string[]> {
  const sources = await readdir(path.join(here, 'src'), { recursive: true });
  const code = sources.filter((file) => /\.tsx?$/.test(file)).map((file) => `src/${file}`);
  const own = ['assets.ts', 'build.ts', 'bundling.ts'];
  return [...own, ...code, `grafana-${version}/package-lock.json`].map((file) => path.join(here, file));
}

function builtFrom(outDir: string): string | undefined {
  const file = path.join(outDir, 'host.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { inputs: string }).inputs : undefined;
}

async function bundle(version: GrafanaVersion, outDir: string): Promise<void> {
  await build({
    entryPoints: { host: path.join(here, 'src/main.tsx') },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    jsx: 'automatic',
    minify: true,
    outdir: outDir,
    chunkNames: 'chunks/[name]-[hash]',
    assetNames: 'assets/[name]-[hash]',
    mainFields: ['module', 'browser', 'main'],
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    loader: { '.ttf': 'file', '.svg': 'file', '.woff2': 'file' },
    logLevel: 'error',
    plugins: hostPlugins(versionDir(version)),
  });
}

/**
 * Builds the browser host against the libraries of a Grafana version, installing them first when that was not done.
 * Does nothing when sources and lockfile are those of the last build.
 * @returns the folder to hand to `startHostServer` as `hostDist`
 */
export async function buildHost(
  version: GrafanaVersion,
  progress: (line: string) => void = () => undefined
): Promise<string> {
  const outDir = path.join(here, 'dist', `grafana-${version}`);
  await installPackages(version, progress);
  const inputs = await hashOf(await sourceFiles(version));
  if (builtFrom(outDir) === inputs) {
    return outDir;
  }
  progress(`bundling the browser host for Grafana ${version} (about 15 s)`);
  await rm(outDir, { recursive: true, force: true });
  await mkdir(outDir, { recursive: true });
  await bundle(version, outDir);
  const packagesDir = path.join(versionDir(version), 'node_modules');
  await copyAssets(packagesDir, outDir);
  const { version: grafana } = JSON.parse(
    await readFile(path.join(packagesDir, '@grafana/ui/package.json'), 'utf8')
  ) as { version: string };
  await writeFile(path.join(outDir, 'host.json'), JSON.stringify({ grafana, inputs }));
  return outDir;
}

if (import.meta.main) {
  for (const version of ['12', '13'] as const) {
    process.stdout.write(`${await buildHost(version, (line) => process.stdout.write(`${line}\n`))}\n`);
  }
}
