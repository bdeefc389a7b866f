import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../../clock.ts';
import { AppError, messageOf } from '../../../errors.ts';
import type { EngineHandle, EngineOutcome, RunListener } from '../automation-engine.ts';
import type { SafeText } from '../secret-text.ts';
import { endProcesses, type LadderTimes } from './end-processes.ts';
import type { Command } from './inventory-reader.ts';
import { judgeOutcome } from './judge-outcome.ts';
import { PlayRecord } from './play-record.ts';
import { bootId, identityOf, type ProcessIdentity } from './process-table.ts';

export interface Play {
  readonly command: Command;
  readonly mark: string;
  readonly targets: readonly string[];
  readonly timeoutMs: number;
}

export interface PlayDeps {
  readonly clock: Clock;
  readonly ladder: LadderTimes;
  readonly safeText: SafeText;
  readonly listener: RunListener;
}

interface Leader extends ProcessIdentity {
  readonly child: ChildProcess;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

// What a finished process said lies in the pipe already; a child that it left behind may hold the pipe open for ever.
const drainMs = 2_000;

/**
 * Runs ansible-playbook from start to end. The play begins only after `listener.started` has resolved.
 * @throws AppError `engine_unavailable`, what `started` threw, or the signal's reason: no play has begun then
 */
export async function runPlay(play: Play, deps: PlayDeps, signal: AbortSignal): Promise<EngineOutcome> {
  const leader = await startLeader(play.command);
  const record = new PlayRecord(deps);
  record.listen(leader.child);
  const over = new AbortController();
  try {
    const limits = { signal, timeoutMs: play.timeoutMs, over: over.signal };
    const reasonToEnd = whyToEnd(limits, deps.clock);
    await begin(leader, play, { ...deps, reasonToEnd });
    const ended = await Promise.race([leader.exited.then(() => undefined), reasonToEnd]);
    return await conclude({ leader, record, ended }, play, deps);
  } finally {
    over.abort();
  }
}

async function startLeader({ name, args, env, cwd }: Command): Promise<Leader> {
  const child = spawn(name, [...args], {
    ...{ cwd, env: { ...env }, shell: false, detached: true },
    // The fourth is the event channel: a pair of sockets, read and written by both sides.
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit').then(([code, signal]) => {
    return { code: code as number | null, signal: signal as string | null };
  });
  exited.catch(() => undefined);
  try {
    await once(child, 'spawn');
  } catch (error) {
    throw new AppError('engine_unavailable', `${name} could not be started: ${messageOf(error)}`, { cause: error });
  }
  const identity = identityOf(child.pid ?? 0);
  return { pid: child.pid ?? 0, startTicks: identity?.startTicks ?? 0, child, exited };
}

/** Resolves with the reason when the run has to end; never when it is over before. */
async function whyToEnd(
  limits: { readonly signal: AbortSignal; readonly timeoutMs: number; readonly over: AbortSignal },
  clock: Clock
): Promise<string> {
  const { signal, timeoutMs, over } = limits;
  const cancelled = new Promise<string>((resolve) => {
    const tell = () => resolve(`cancelled (${messageOf(signal.reason)}), effect unknown`);
    signal.addEventListener('abort', tell, { once: true, signal: over });
    if (signal.aborted) {
      tell();
    }
  });
  const timedOut = clock.sleep(timeoutMs, over).then(
    () => `timed out after ${timeoutMs / 1_000} s, effect unknown`,
    async () => new Promise<never>(() => undefined)
  );
  return Promise.race([cancelled, timedOut]);
}

/** Lets the play begin once its handle is stored; what was asked to end before never begins. */
async function begin(
  leader: Leader,
  play: Play,
  deps: PlayDeps & { readonly reasonToEnd: Promise<string> }
): Promise<void> {
  const { pid, startTicks } = leader;
  const handle: EngineHandle = { pid, startTicks, bootId: bootId(), mark: play.mark };
  const channel = leader.child.stdio[3] as Duplex;
  try {
    const early = await Promise.race([
      deps.listener.started(handle).then(() => undefined),
      deps.reasonToEnd.then((reason) => new AppError('conflict', `nothing was started: ${reason}`)),
    ]);
    if (early !== undefined) {
      throw early;
    }
  } catch (error) {
    // Without its sign to go the leader ends by itself when the channel closes; the kill only makes that sure.
    channel.destroy();
    const ladder = { ...deps.ladder, interruptMs: 0, terminateMs: 0 };
    await endProcesses({ leader, mark: play.mark }, { clock: deps.clock, ladder });
    throw error;
  }
  channel.write('g');
}

async function conclude(
  run: { readonly leader: Leader; readonly record: PlayRecord; readonly ended: string | undefined },
  play: Play,
  deps: PlayDeps
): Promise<EngineOutcome> {
  const { leader, record, ended } = run;
  let areAllGone = true;
  if (ended !== undefined) {
    record.note(`${ended}: telling it to end`);
    ({ allGone: areAllGone } = await endProcesses({ leader, mark: play.mark }, deps));
  }
  const exit = areAllGone ? await leader.exited : { code: null, signal: null };
  await record.drained(drainMs);
  if (record.stats === undefined && ended === undefined) {
    // It died: what it had started goes on without it.
    ({ allGone: areAllGone } = await endProcesses({ leader, mark: play.mark }, deps));
  }
  if (!areAllGone) {
    record.note('some of its processes could not be ended');
  }
  const { stats, isBroken, said } = record;
  return judgeOutcome({ exit, stats, targets: play.targets, ended, isChannelBroken: isBroken, said });
}
