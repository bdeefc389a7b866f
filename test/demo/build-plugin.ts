import { spawn } from 'node:child_process';
import { existsSync, globSync, statSync } from 'node:fs';
import path from 'node:path';
import { root } from './places.ts';

const buildDeadlineMs = 180_000;
const inputs = [
  'src/**/*',
  'plugin.json',
  'package.json',
  'webpack.config.js',
  'dashboards/*.json',
  'backend/src/contract/**/*.ts',
];

/** The folder of the built plugin, built first when a source is newer than it. */
export async function buildPlugin(progress: (line: string) => void): Promise<string> {
  const dist = path.join(root, 'dist');
  const built = path.join(dist, 'module.js');
  const builtMs = existsSync(built) ? statSync(built).mtimeMs : 0;
  const changes = globSync(inputs, { cwd: root }).map((file) => statSync(path.join(root, file)).mtimeMs);
  if (changes.some((changedMs) => changedMs > builtMs)) {
    progress('building the plugin (about half a minute)');
    await runWebpack();
  }
  return dist;
}

async function runWebpack(): Promise<void> {
  const args = ['--config', 'webpack.config.js', '--mode', 'production'];
  const child = spawn('webpack', args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], timeout: buildDeadlineMs });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = `${output}${chunk.toString()}`.slice(-6000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) {
    throw new Error(`the plugin could not be built (webpack ended with ${code ?? 'a timeout'}):\n${output}`);
  }
}
