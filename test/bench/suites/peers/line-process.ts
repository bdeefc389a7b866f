import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A program that answers each line of JSON with a line of JSON, one at a time. */
export interface LineProcess {
  /** @throws Error when the program ends, or when there is no answer within the deadline; it is ended then */
  ask(request: unknown, deadlineMs: number): Promise<unknown>;
  stop(): Promise<void>;
}

const keptErrorText = 2_000;

export function startLineProcess(command: readonly string[], env: Readonly<Record<string, string>>): LineProcess {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let errorText = '';
  child.stderr.on('data', (chunk: Buffer) => (errorText = `${errorText}${chunk.toString()}`.slice(-keptErrorText)));
  const ended = endOf(child).then((how): never => {
    throw new Error(`${command.join(' ')} ${how}. It said: ${errorText.trim() || 'nothing'}`);
  });
  // Heard of by whoever asks next; without this an end while nobody asks would end the bench.
  ended.catch(() => undefined);
  // A write to a program that has just ended fails; `ended` tells why.
  child.stdin.on('error', () => undefined);
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(request, deadlineMs) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const deadline = setTimeout(() => {
        errorText += `\nended after ${deadlineMs / 1000} s without an answer`;
        child.kill('SIGKILL');
      }, deadlineMs);
      try {
        const answer = await Promise.race([answers.next(), ended]);
        return answer.done === true ? await ended : (JSON.parse(answer.value) as unknown);
      } finally {
        clearTimeout(deadline);
      }
    },
    async stop() {
      child.stdin.end();
      child.kill();
      await ended.catch(() => undefined);
    },
  };
}

async function endOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
  } catch (error) {
    return `could not be started (${error instanceof Error ? error.message : String(error)})`;
  }
}
