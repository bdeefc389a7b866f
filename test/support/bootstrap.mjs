#!/usr/bin/env node
/**
 * Brings a fresh clone to the point where a command can run, then runs it on Node 24:
 * `node test/support/bootstrap.mjs demo|test|bench|aiops [arguments]`.
 * Runs on any Node from 20 and imports nothing that is not in Node, because nothing is installed yet when it starts.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../..');
const localBin = path.join(root, 'node_modules', '.bin');
const stampFile = path.join(root, 'node_modules', '.installed-lock');
const neededNodeMajor = 24;
const stillWorkingMs = 15_000;

const debianPackages = [
  { name: 'prometheus', program: 'prometheus' },
  { name: 'prometheus-alertmanager', program: 'prometheus-alertmanager' },
  { name: 'prometheus-node-exporter', program: 'prometheus-node-exporter' },
  { name: 'ansible-core', program: 'ansible-playbook' },
  { name: 'chromium', program: 'chromium' },
];

const commands = {
  demo: { script: 'test/demo/main.ts', needsPackages: true },
  test: { script: 'test/support/run-tests.ts', needsPackages: true },
  bench: { script: 'test/bench/main.ts', needsPackages: false },
  aiops: { script: 'backend/src/main.ts', needsPackages: false },
};

class SetupError extends Error {}

// Progress goes to stderr: the commands' own output may be piped into a file.
const say = (line) => process.stderr.write(`${line}\n`);
const seconds = (fromMs) => `${((Date.now() - fromMs) / 1000).toFixed(1)} s`;
/** PATH without this repository's own programs, which `npm ci` is about to replace. */
const outerPath = () =>
  (process.env.PATH ?? '')
    .split(path.delimiter)
    .filter((folder) => path.resolve(folder) !== localBin)
    .join(path.delimiter);

function isOnPath(program) {
  return ['/usr/sbin', ...(process.env.PATH ?? '').split(path.delimiter)].some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Runs a program with a line of progress now and then; its output is shown only when it fails. */
async function step(title, command, options = {}) {
  const startMs = Date.now();
  say(`  ${title} …`);
  const ticker = setInterval(() => say(`  ${title}: still working, ${seconds(startMs)}`), stillWorkingMs);
  let output = '';
  const keep = (chunk) => (output = `${output}${chunk}`.slice(-8000));
  try {
    const child = spawn(command[0], command.slice(1), { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const code = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) {
      throw new SetupError(`${command.join(' ')} ended with code ${code}:\n${output.trim()}`);
    }
  } finally {
    clearInterval(ticker);
  }
  say(`  ${title}: done in ${seconds(startMs)}`);
}

const lockHash = () =>
  createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');

/** Whether what npm says it installed is what the lockfile asks for; optional packages may be missing. */
function installedAsLocked() {
  const installedFile = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) {
    return false;
  }
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
  return Object.entries(wanted).every(([folder, entry]) => {
    const found = installed[folder];
    const mayMiss =
      entry.optional || entry.devOptional || entry.peer || entry.link || !folder.includes('node_modules/');
    return found === undefined ? Boolean(mayMiss) : found.version === entry.version;
  });
}

async function installLibraries() {
  const wanted = lockHash();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) {
    return;
  }
  if (!installedAsLocked()) {
    const npm = process.env.npm_execpath;
    const node = process.env.npm_node_execpath ?? process.execPath;
    const command = npm?.endsWith('.js') ? [node, npm, 'ci'] : ['npm', 'ci'];
    await step('installing the libraries of package-lock.json (1 to 3 minutes)', command, {
      env: { ...process.env, PATH: outerPath() },
    }).catch((error) => {
      const reason = error.code === 'ENOENT' ? 'npm is not installed (Debian: apt-get install npm)' : error.message;
      throw new SetupError(`${reason}\nThe libraries come from the npm registry: is the network reachable from here?`);
    });
  }
  writeFileSync(stampFile, wanted);
}

/** What to put in front of a command so that it runs as root; undefined when that can't be had without a question. */
function rootPrefix() {
  if (process.getuid?.() === 0) {
    return [];
  }
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : undefined;
}

const policyFile = '/usr/sbin/policy-rc.d';
const policyAside = '/usr/sbin/policy-rc.d.before-aiops';

/** Keeps packages from starting their services (they would take ports 9090, 9093 and 9100) while `install` runs. */
async function withoutServices(asRoot, install) {
  const run = (...command) => {
    const [program, ...args] = [...asRoot, ...command];
    spawnSync(program, args, { stdio: 'ignore' });
  };
  const restore = () =>
    existsSync(policyAside) ? run('mv', '-f', policyAside, policyFile) : run('rm', '-f', policyFile);
  const folder = mkdtempSync(path.join(tmpdir(), 'aiops-policy-'));
  const onSignal = () => {
    restore();
    process.exit(130);
  };
  const denyAll = path.join(folder, 'policy-rc.d');
  writeFileSync(denyAll, '#!/bin/sh\nexit 101\n');
  // A file put aside that is still there comes from an install that was killed: it is the machine's own.
  if (existsSync(policyFile) && !existsSync(policyAside)) {
    run('mv', '-f', policyFile, policyAside);
  }
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    run('install', '-m', '755', denyAll, policyFile);
    await install();
  } finally {
    restore();
    rmSync(folder, { recursive: true, force: true });
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

async function installPackages() {
  const missing = debianPackages.filter(({ program }) => !isOnPath(program)).map(({ name }) => name);
  if (missing.length === 0) {
    return;
  }
  const byHand = `  sudo apt-get install --no-install-recommends ${missing.join(' ')}`;
  if (!isOnPath('apt-get')) {
    throw new SetupError(`These programs are missing: ${missing.join(', ')}. On Debian or Ubuntu:\n${byHand}`);
  }
  const asRoot = rootPrefix();
  if (asRoot === undefined) {
    throw new SetupError(
      `These system packages are missing and need root to install. Run this, then start again:\n${byHand}`
    );
  }
  const env = ['env', 'DEBIAN_FRONTEND=noninteractive'];
  const apt = [...asRoot, ...env, 'apt-get', '-o', 'DPkg::Lock::Timeout=120', '-q', '-y'];
  await step('reading the package lists', [...apt, 'update']).catch((error) =>
    say(`  went on without: ${error.message}`)
  );
  const install = () =>
    step(`installing ${missing.join(', ')}`, [...apt, 'install', '--no-install-recommends', ...missing]);
  await withoutServices(asRoot, install).catch((error) => {
    throw new SetupError(`${error.message}\nTry it by hand to see why:\n${byHand}`);
  });
}

const majorOf = (version) => Number(/^v?(\d+)\./.exec(version)?.[1] ?? 0);

function findNode() {
  const local = path.join(localBin, 'node');
  if (existsSync(local)) {
    return local;
  }
  if (majorOf(process.version) >= neededNodeMajor) {
    return process.execPath;
  }
  throw new SetupError(
    `Node ${neededNodeMajor} is needed and this is ${process.version}. On 64-bit Linux npm brings it by itself; ` +
      `on this machine (${process.platform}-${process.arch}) install it from https://nodejs.org and start again.`
  );
}

/** Runs the command with this process' terminal; signals are handed on and the exit code is the child's. */
function run(script, args) {
  const env = { ...process.env, PATH: `${localBin}${path.delimiter}${outerPath()}` };
  const child = spawn(findNode(), [script, ...args], { cwd: commandFolder(script), stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // A terminal sends Ctrl-C to the child itself.
    process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)));
  }
  child.once('error', (error) => {
    say(`Could not start ${script}: ${error.message}`);
    process.exitCode = 1;
  });
  child.once('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
    process.removeAllListeners();
  });
}

/** `aiops` takes file names from where the person stands; the others work on the repository. */
function commandFolder(script) {
  return script === commands.aiops.script ? (process.env.INIT_CWD ?? process.cwd()) : root;
}

async function main() {
  const [name = '', ...args] = process.argv.slice(2);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    throw new SetupError(`Unknown command "${name}"; there are: ${Object.keys(commands).join(', ')}`);
  }
  if (majorOf(process.version) < 20) {
    throw new SetupError(`Node 20 or newer is needed to start and this is ${process.version}.`);
  }
  await installLibraries();
  if (command.needsPackages) {
    await installPackages();
  }
  const script = path.join(root, command.script);
  run(script, args);
}

main().catch((error) => {
  say(error instanceof SetupError ? error.message : `Set-up failed: ${error.stack}`);
  process.exitCode = 1;
});
