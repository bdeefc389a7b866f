import type { Clock } from '../../../clock.ts';
import { isAlive, processesOf, type ProcessIdentity, type RunProcess } from './process-table.ts';

/** How long each step of the ladder waits before the next one. */
export interface LadderTimes {
  readonly interruptMs: number;
  readonly terminateMs: number;
  readonly killMs: number;
}

/** Ansible ends by itself after an interrupt in 0.1 to 0.3 s; what hangs on a dead connection may need more. */
export const usualLadder: LadderTimes = { interruptMs: 10_000, terminateMs: 10_000, killMs: 5_000 };

const lookEveryMs = 50;

/**
 * Ends all processes of a run: interrupt, terminate, kill, each with its time.
 * @returns whether any was alive, and whether all are gone
 */
export async function endProcesses(
  run: { readonly leader: ProcessIdentity; readonly mark: string },
  deps: { readonly clock: Clock; readonly ladder: LadderTimes }
): Promise<{ readonly wasAlive: boolean; readonly allGone: boolean }> {
  const steps = [
    ['SIGINT', deps.ladder.interruptMs],
    ['SIGTERM', deps.ladder.terminateMs],
    ['SIGKILL', deps.ladder.killMs],
  ] as const;
  const known = new Map<string, RunProcess>();
  const living = () => {
    const sessions = new Set([...known.values()].map(({ session }) => session));
    processesOf(run, sessions).forEach((one) => known.set(`${one.pid}/${one.startTicks}`, one));
    return [...known.values()].filter(isAlive);
  };
  const wasAlive = living().length > 0;
  for (const [signal, waitMs] of steps) {
    const giveUpMs = deps.clock.nowMs() + waitMs;
    const told = new Set<number>();
    let left = living();
    while (left.length > 0 && deps.clock.nowMs() <= giveUpMs) {
      // A process that was born in between is told too.
      left.filter(({ pid }) => !told.has(pid)).forEach(({ pid }) => send(pid, signal));
      left.forEach(({ pid }) => told.add(pid));
      await deps.clock.sleep(lookEveryMs, new AbortController().signal);
      left = living();
    }
  }
  return { wasAlive, allGone: living().length === 0 };
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself, or runs as another user: then the step waits for it in vain and the next one follows.
  }
}
