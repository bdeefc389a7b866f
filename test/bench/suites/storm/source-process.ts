import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { SourceCommand, SourceReply } from './live-source.ts';

export interface LiveSource {
  readonly url: string;
  /** From now on the series of a job are far above what they were. @returns when, epoch milliseconds */
  breakJob(job: number): number;
  repairJob(job: number): void;
  /** When each job was last asked, by its number. */
  asked(): Promise<ReadonlyMap<number, number>>;
  stop(): Promise<void>;
}

const answerDeadlineMs = 30_000;

export async function startLiveSource(): Promise<LiveSource> {
  const child = fork(`${import.meta.dirname}/live-source.ts`);
  const listening = await nextReply(child, 'listening');
  const send = (command: SourceCommand): void => void child.send(command);
  return {
    url: `http://127.0.0.1:${listening.port}`,
    breakJob: (job) => {
      send({ kind: 'break', job });
      return Date.now();
    },
    repairJob: (job) => send({ kind: 'repair', job }),
    asked: async () => {
      const reply = nextReply(child, 'asked');
      send({ kind: 'asked' });
      return new Map((await reply).atMs);
    },
    stop: async () => {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

async function nextReply<K extends SourceReply['kind']>(
  child: ChildProcess,
  kind: K
): Promise<Extract<SourceReply, { kind: K }>> {
  const signal = AbortSignal.timeout(answerDeadlineMs);
  for (;;) {
    const [message] = (await once(child, 'message', { signal })) as [SourceReply];
    if (message.kind === kind) {
      return message as Extract<SourceReply, { kind: K }>;
    }
  }
}
