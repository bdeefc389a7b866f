import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';

const stopMs = 10_000;
const tailLines = 25;

export interface ProcessSpec {
  readonly name: string;
  readonly command: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Running {
  readonly name: string;
  readonly child: ChildProcess;
  readonly logFile: string;
}

/** The end of a log, for a message about a process that ended by itself. */
function tail(logFile: string): string {
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-tailLines).join('\n');
}

/** The demo's child processes: started in order, their output in files, ended by pid in reverse order. */
export class Processes {
  readonly #logDir: string;
  readonly #running: Running[] = [];
  readonly #crashed = Promise.withResolvers<never>();
  #stopping = false;

  constructor(logDir: string) {
    this.#logDir = logDir;
    // Whoever waits gets it; nobody waiting is no unhandled rejection.
    this.#crashed.promise.catch(() => undefined);
  }

  /** Rejects when a process ends that was not told to. */
  get crashed(): Promise<never> {
    return this.#crashed.promise;
  }

  /** Starts a process in a session of its own, so that Ctrl-C reaches the demo only, which ends them in order. */
  start({ name, command, cwd, env }: ProcessSpec): void {
    const logFile = path.join(this.#logDir, `${name}.log`);
    const log = createWriteStream(logFile);
    const [program = '', ...args] = command;
    const child = spawn(program, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.once('error', (error) => this.#fail(`${name} could not be started: ${error.message}`));
    child.once('close', (code, signal) => {
      log.end(() =>
        this.#fail(
          `${name} ended by itself (${signal ?? `code ${code}`}). The last lines of ${logFile}:\n${tail(logFile)}`
        )
      );
    });
    this.#running.push({ name, child, logFile });
  }

  #fail(message: string): void {
    if (!this.#stopping) {
      this.#crashed.reject(new Error(message));
    }
  }

  /** Ends all, last started first: SIGTERM, then SIGKILL for one that has not ended after 10 s. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const { child } of this.#running.splice(0).reverse()) {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        const killer = setTimeout(() => child.kill('SIGKILL'), stopMs);
        await ended;
        clearTimeout(killer);
      }
    }
  }
}
