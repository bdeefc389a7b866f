import type { EngineOutcome, HostResult } from '../automation-engine.ts';
import type { HostCounts } from './event-lines.ts';

/** What is known of a run of ansible-playbook when it is over. */
export interface RunEvidence {
  readonly exit: { readonly code: number | null; readonly signal: string | null };
  /** Counts of each host; undefined when the play did not get to its end. */
  readonly stats: Readonly<Record<string, HostCounts>> | undefined;
  readonly targets: readonly string[];
  /** Why we told it to end; undefined when we did not. */
  readonly ended: string | undefined;
  /** Events came twice, out of order or not at all. */
  readonly isChannelBroken: boolean;
  /** Last lines of its own messages. */
  readonly said: string;
}

/**
 * Judges by the statistics of the play, not by the exit code: 0 is also the code of a play without hosts, and 2 and 4
 * are those of faults in files too. Without statistics nobody knows what was done.
 */
export function judgeOutcome(evidence: RunEvidence): EngineOutcome {
  const { exit, stats, targets, ended } = evidence;
  const hosts = Object.entries(stats ?? {})
    .map(([host, counts]) => hostResult(host, counts))
    .toSorted((a, b) => (a.host < b.host ? -1 : 1));
  const because = ended === undefined ? '' : `${ended}; `;
  const said = evidence.said === '' ? '' : `: ${evidence.said}`;
  if (stats === undefined) {
    return { kind: 'unknown', reason: `${because}it ended without statistics (${exitText(exit)})${said}`, hosts };
  }
  if (evidence.isChannelBroken) {
    return { kind: 'unknown', reason: `${because}its events are not in order, so that they prove nothing`, hosts };
  }
  const strangers = hosts.filter(({ host }) => !targets.includes(host)).map(({ host }) => host);
  if (strangers.length > 0) {
    return { kind: 'failed', reason: `it ran on hosts that were not meant: ${strangers.join(', ')}`, hosts };
  }
  const faults = targets.flatMap((target) => hostFault(target, stats[target]) ?? []);
  if (exit.code === 0 && faults.length === 0) {
    return { kind: 'ok', hosts };
  }
  const reason = faults.length > 0 ? faults.join('; ') : `${exitText(exit)}${said}`;
  // Told to end in the middle of a step, a host may count as failed and yet have done all of it.
  return { kind: ended === undefined ? 'failed' : 'unknown', reason: `${because}${reason}`, hosts };
}

function hostResult(host: string, counts: HostCounts): HostResult {
  const { ok, changed, failures, unreachable, skipped, rescued, ignored } = counts;
  return { host, ok, changed, failed: failures, unreachable, skipped, rescued, ignored };
}

function hostFault(host: string, counts: HostCounts | undefined): string | undefined {
  if (counts === undefined) {
    return `${host}: the play did not reach it`;
  }
  if (counts.unreachable > 0 || counts.failures > 0) {
    return `${host}: ${counts.unreachable > 0 ? 'unreachable' : `${counts.failures} failed`}`;
  }
  return counts.ok > 0 ? undefined : `${host}: nothing was done, every task was skipped`;
}

const codeTexts: Readonly<Record<number, string>> = {
  1: 'an error, such as a playbook, a limit or a file that is not there',
  2: 'a host failed, or the arguments were wrong',
  4: 'a host was unreachable, or a file could not be parsed',
  5: 'wrong options',
  75: 'it was not told to go',
  99: 'interrupted',
  250: 'an unexpected fault of Ansible',
};

function exitText({ code, signal }: RunEvidence['exit']): string {
  if (code === null) {
    return `ended by ${signal ?? 'a signal'}`;
  }
  const text = codeTexts[code];
  return text === undefined ? `exit code ${code}` : `exit code ${code}: ${text}`;
}
