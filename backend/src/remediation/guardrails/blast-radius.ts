import type { DecisionInput, PastRun } from './decision-input.ts';
import { leftText, pass, refuse, targetsOf, wait, type Ruling } from './guard-verdict.ts';

const hourMs = 3_600_000;

/** G7: so many hosts of the group within a time, by count and by share; the smaller of both counts. */
export function judgeBlastRadius(input: DecisionInput): Ruling {
  const { policy, target } = input;
  const { perMs } = policy.guard.targets;
  const group = policy.spec.target.group;
  const members = target.kind === 'resolved' ? target.members.length : 0;
  const limit = groupLimit(members, policy.guard.targets);
  return judgeReach(input, {
    limit,
    perMs,
    counts: (run) => run.group === group,
    where: `of group ${group}`,
    numbers: { members, limit },
  });
}

/** G7 over all groups: whatever goes wrong in the rules, it stays this small. */
export function judgeGlobalRadius(input: DecisionInput): Ruling {
  return judgeReach(input, {
    limit: input.limits.targetsPerHour,
    perMs: hourMs,
    counts: () => true,
    where: 'of all groups',
    numbers: { limit: input.limits.targetsPerHour },
  });
}

/** Most targets of a group within the window: a share rounds down, and one host may always be healed. */
export function groupLimit(members: number, targets: { readonly atMost: number; readonly share: number }): number {
  // 0.1 × 30 is 3 and not 2.9999…
  return Math.max(1, Math.min(targets.atMost, Math.floor(members * targets.share + 1e-9)));
}

interface Reach {
  readonly limit: number;
  readonly perMs: number;
  readonly counts: (run: PastRun) => boolean;
  readonly where: string;
  readonly numbers: Readonly<Record<string, number>>;
}

function judgeReach(input: DecisionInput, { limit, perMs, counts, where, numbers }: Reach): Ruling {
  const { names, lastMs } = reachedSince(input, input.nowMs - perMs, counts);
  const fresh = targetsOf(input).filter((name) => !names.includes(name));
  const counted = { ...numbers, reached: names.length, adds: fresh.length };
  const detail = `${names.length} of ${limit} targets ${where} in the last ${leftText(perMs)}`;
  if (fresh.length > limit) {
    return refuse(`${fresh.length} targets at once, at most ${limit} ${where} in ${leftText(perMs)}`, counted);
  }
  // Also for a host that was reached before: a group that shrank is over its limit already.
  if (names.length + fresh.length > limit) {
    const oldestFirst = lastMs.toSorted((a, b) => a - b);
    const freedMs = oldestFirst[names.length + fresh.length - limit - 1] ?? input.nowMs;
    return wait(detail, counted, freedMs + perMs);
  }
  return pass(detail, counted);
}

/** Hosts that were acted on since, and when each was last. Few, by the limits: a list is faster than a map. */
function reachedSince(
  { runs, runId, nowMs }: DecisionInput,
  fromMs: number,
  counts: Reach['counts']
): { readonly names: readonly string[]; readonly lastMs: readonly number[] } {
  const names: string[] = [];
  const lastMs: number[] = [];
  for (const run of runs) {
    const touchedMs = lastTouchedMs(run, nowMs);
    if (touchedMs > fromMs && run.id !== runId && counts(run)) {
      for (const name of run.targets) {
        const i = names.indexOf(name);
        if (i === -1) {
          names.push(name);
          lastMs.push(touchedMs);
        } else {
          lastMs[i] = Math.max(lastMs[i] ?? 0, touchedMs);
        }
      }
    }
  }
  return { names, lastMs };
}

/** While a run is open its hosts are being touched; one that never started touched nothing. */
function lastTouchedMs({ startedAtMs, endedAtMs }: PastRun, nowMs: number): number {
  if (endedAtMs === null) {
    return nowMs;
  }
  return startedAtMs === null ? -Infinity : endedAtMs;
}
