import { globalTargetsPerHour, type DecisionInput, type PastRun } from './decision-input.ts';
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
    limit: globalTargetsPerHour,
    perMs: hourMs,
    counts: () => true,
    where: 'of all groups',
    numbers: { limit: globalTargetsPerHour },
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
  const fromMs = input.nowMs - perMs;
  /** Last instant at which each host was acted on. */
  const reached = new Map<string, number>();
  for (const run of input.runs) {
    const lastMs = lastTouchedMs(run, input.nowMs);
    if (lastMs > fromMs && run.id !== input.runId && counts(run)) {
      for (const name of run.targets) {
        reached.set(name, Math.max(reached.get(name) ?? 0, lastMs));
      }
    }
  }
  const fresh = targetsOf(input).filter((name) => !reached.has(name));
  const counted = { ...numbers, reached: reached.size, adds: fresh.length };
  const detail = `${reached.size} of ${limit} targets ${where} in the last ${leftText(perMs)}`;
  if (fresh.length > limit) {
    return refuse(`${fresh.length} targets at once, at most ${limit} ${where} in ${leftText(perMs)}`, counted);
  }
  // Also for a host that was reached before: a group that shrank is over its limit already.
  if (reached.size + fresh.length > limit) {
    const oldestFirst = [...reached.values()].sort((a, b) => a - b);
    const freedMs = oldestFirst[reached.size + fresh.length - limit - 1] ?? input.nowMs;
    return wait(detail, counted, freedMs + perMs);
  }
  return pass(detail, counted);
}

/** While a run is open its hosts are being touched; one that never started touched nothing. */
function lastTouchedMs({ startedAtMs, endedAtMs }: PastRun, nowMs: number): number {
  if (endedAtMs === null) {
    return nowMs;
  }
  return startedAtMs === null ? -Infinity : endedAtMs;
}
