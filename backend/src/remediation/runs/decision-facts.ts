import type { Episode } from '../../contract/remediation/episode.ts';
import type { Approval } from '../../contract/remediation/run.ts';
import type { KillSwitch } from '../../contract/remediation/control.ts';
import type {
  CalendarNow,
  DecisionInput,
  DryRunNow,
  GlobalLimits,
  GroupFailure,
  HealthyNow,
  SilenceNow,
} from '../guardrails/decision-input.ts';
import type { Policy } from '../policies/policy.ts';
import { hostOf } from '../policies/target.ts';
import type { Aim } from '../plans/planner.ts';
import { breakerOf, type DecisionContext } from './decision-context.ts';

/** What is asked of the world around for one decision. */
export interface WorldNow {
  readonly killSwitches: readonly KillSwitch[];
  readonly calendars: readonly CalendarNow[];
  readonly silence: SilenceNow;
  readonly healthy: HealthyNow;
  readonly dryRun: DryRunNow;
  readonly selfHosts: ReadonlySet<string>;
  readonly limits: GlobalLimits;
}

/** The run that is decided about; each null before there is one. */
export interface DecidedRun {
  readonly runId: string | null;
  readonly requestedBy: string | null;
  readonly approval: Approval | null;
  readonly plannedHash: string | null;
  readonly currentHash: string | null;
}

export const noRun: DecidedRun = {
  runId: null,
  requestedBy: null,
  approval: null,
  plannedHash: null,
  currentHash: null,
};

/** Puts together what the guards look at. */
export function decisionInput(facts: {
  readonly policy: Policy;
  readonly episode: Episode;
  readonly aim: Aim;
  readonly context: DecisionContext;
  readonly world: WorldNow;
  readonly run: DecidedRun;
  readonly phase: DecisionInput['phase'];
}): DecisionInput {
  const { policy, episode, aim, context, world, run, phase } = facts;
  const host = hostOf(policy.spec.target, episode.labels);
  const failures = failuresOf(policy, aim, context);
  return {
    ...{ policy, episode, phase, ...world, ...run, nowMs: context.nowMs },
    target: aim.target,
    tier: aim.manifest.tier,
    runs: context.runs,
    rivals: context.rivalsOf(policy, episode, host),
    opensMs: context.opensOf(episode),
    groupFailures: failures.seen,
    hiddenFailures: failures.hidden,
    breaker: breakerOf(context, policy.name),
    locks: context.locks,
  };
}

interface Failures {
  readonly seen: readonly GroupFailure[];
  readonly hidden: number;
}

const memo = new WeakMap<DecisionContext, Map<string, Failures>>();

/** Failures of members of the policy's group; found once for a pass, since every episode of a storm asks for them. */
function failuresOf(policy: Policy, aim: Aim, context: DecisionContext): Failures {
  const known = memo.get(context) ?? new Map<string, Failures>();
  memo.set(context, known);
  const found = known.get(policy.name) ?? findFailures(policy, aim, context);
  known.set(policy.name, found);
  return found;
}

function findFailures(policy: Policy, aim: Aim, context: DecisionContext): Failures {
  const members = new Set(aim.members);
  let hidden = 0;
  const seen = context.recent.flatMap(({ labels, openedAtMs, closedAtMs, truncated }) => {
    const host = hostOf(policy.spec.target, labels);
    if (host === undefined || !members.has(host)) {
      return [];
    }
    hidden = Math.max(hidden, truncated);
    return [{ target: host, openedAtMs, closedAtMs }];
  });
  return { seen, hidden };
}
