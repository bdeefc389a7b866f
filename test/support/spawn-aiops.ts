import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

const main = join(import.meta.dirname, '../../backend/src/main.ts');
const readyWithinMs = 30_000;
const endWithinMs = 30_000;

export interface ServedBackend {
  readonly url: string;
  /** What it wrote to standard error so far. */
  stderr(): string;
  /** kill -9: no time for a last word. Resolves when it is gone. */
  crash(): Promise<void>;
  /** SIGTERM. @returns the exit code */
  stop(): Promise<number | null>;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

function start(args: readonly string[]): Child {
  return spawn(process.execPath, [main, ...args], { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
}

function collect(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return () => text;
}

/** `aiops serve` as its own process. @throws Error with what it said, when it does not listen in time */
export async function serveBackend(config: string): Promise<ServedBackend> {
  const child = start(['serve', '--config', config]);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    const [code] = await exited;
    return code;
  };
  const url = await listening(child, stderr).catch(async (cause: unknown) => {
    await end('SIGKILL');
    throw new Error(`the backend did not start: ${stderr()}${stdout()}`, { cause });
  });
  return {
    url,
    stderr,
    crash: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
  };
}

async function listening(child: Child, stderr: () => string): Promise<string> {
  const signal = AbortSignal.timeout(readyWithinMs);
  for (;;) {
    const url = /^aiops listens on (\S+)$/m.exec(stderr())?.[1];
    if (url !== undefined) {
      return url;
    }
    if (child.exitCode !== null || child.stderr.readableEnded) {
      throw new Error(`it ended with ${child.exitCode}`);
    }
    await Promise.race([once(child.stderr, 'data', { signal }), once(child, 'exit', { signal })]);
  }
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command to its end. */
export async function runAiops(args: readonly string[]): Promise<Ended> {
  const child = start(args);
  const timer = setTimeout(() => child.kill('SIGKILL'), endWithinMs);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  return { code, stdout: stdout(), stderr: stderr() };
}
