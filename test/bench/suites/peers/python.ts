import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '../../run-suite.ts';

const run = promisify(execFile);
const requirementsFile = path.join(import.meta.dirname, 'requirements.txt');
const installLimitMs = 900_000;

/**
 * A Python of our own with the exact versions of requirements.txt, in a folder that Git ignores; made on first use and made
 * anew when the versions change.
 * @returns the interpreter
 * @throws Error that says what is missing and how to get it
 */
export async function rivalsPython(say: (text: string) => void): Promise<string> {
  const folder = path.join(repositoryRoot, '.cache', 'bench', 'peers-python');
  const python = path.join(folder, 'bin', 'python');
  const stamp = path.join(folder, 'installed-requirements.txt');
  const wanted = readFileSync(requirementsFile, 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) {
    return python;
  }
  say('installing prophet and statsforecast into .cache/bench/peers-python (about a minute)');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.dirname(folder), { recursive: true });
  await attempt(
    ['python3', '-m', 'venv', folder],
    'Install Python 3.10 or newer with venv (Debian: apt-get install python3-venv).'
  );
  await attempt(
    [python, '-m', 'pip', 'install', '--quiet', '--requirement', requirementsFile],
    "The suites peers and speed need these packages of the Python package index: check the network and pip's configuration, then run the command again."
  );
  writeFileSync(stamp, wanted);
  return python;
}

async function attempt([program = '', ...args]: readonly string[], advice: string): Promise<void> {
  try {
    await run(program, args, { timeout: installLimitMs, maxBuffer: 10_000_000 });
  } catch (error) {
    const { stderr = '', message } = error as { stderr?: string; message: string };
    const lines = (stderr.trim() || message).split('\n').slice(-5).join('\n');
    throw new Error(`${[program, ...args].join(' ')} failed:\n${lines}\n${advice}`, { cause: error });
  }
}
