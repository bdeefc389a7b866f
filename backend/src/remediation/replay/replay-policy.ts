import type { Episode } from '../../contract/remediation/episode.ts';
import type { ReplayReport } from '../../contract/remediation/policy.ts';
import type { GuardVerdict } from '../../contract/remediation/verdict.ts';
import type { Inventory, Tier } from '../engines/automation-engine.ts';
import { closedBreaker } from '../guardrails/breaker.ts';
import { conclude, decide, type Conclusion } from '../guardrails/decide.ts';
import {
  lookbackMs,
  type CalendarNow,
  type DecisionInput,
  type GlobalLimits,
  type PastRun,
} from '../guardrails/decision-input.ts';
import { createPacer, type Pacer } from '../../pacer.ts';
import { matchPolicy, type Policy } from '../policies/policy.ts';
import { targetOf } from '../policies/target.ts';
import { ReplayedPast } from './replayed-past.ts';

/** What a replay takes from the world as it is today. */
export interface ReplayWorld {
  readonly inventory: Inventory;
  readonly tier: Tier;
  /** How long a run of the action usually takes. */
  readonly takesMs: number;
  readonly selfHosts: ReadonlySet<string>;
  readonly limits: GlobalLimits;
  readonly calendarsAt: (timeMs: number) => readonly CalendarNow[];
}

/** A decision that was taken, or is taken once something is over. */
interface Look {
  readonly episode: Episode;
  readonly atMs: number;
  readonly looks: number;
}

interface Judged {
  readonly episode: Episode;
  readonly target: string | null;
  readonly verdicts: readonly GuardVerdict[];
  readonly conclusion: Conclusion;
}

/** An alert that stays is looked at again when a wait is over, but not for ever. */
const mostLooks = 10;
/** Items of a report: enough to see why, and no answer of a hundred megabytes. */
const mostItems = 200;

/**
 * What a policy would have done on recorded episodes, through the same guards as a live decision. What nobody recorded
 * is taken at its best: each run works, the floor of healthy members holds, nothing is silenced or switched off.
 * Lets other work run in between.
 * @param past.episodes oldest first; those that opened before `fromMs` only count as the past
 */
export async function replayPolicy(
  policy: Policy,
  past: { readonly episodes: readonly Episode[]; readonly fromMs: number; readonly days: number },
  world: ReplayWorld,
  signal: AbortSignal
): Promise<ReplayReport> {
  const { episodes, fromMs, days } = past;
  const shown = episodes.filter(({ openedAtMs }) => openedAtMs >= fromMs);
  const matched = shown.filter((episode) => matchPolicy(policy, episode));
  const judged = await lookAtAll(policy, matched, { episodes, world, pacer: createPacer(signal) });
  const refusedBy: Record<string, number> = {};
  for (const { conclusion } of judged) {
    const guard = conclusion.kind === 'allowed' ? undefined : guardOf(conclusion);
    if (guard !== undefined) {
      refusedBy[guard] = (refusedBy[guard] ?? 0) + 1;
    }
  }
  return {
    days,
    episodes: shown.length,
    matched: matched.length,
    wouldRun: judged.filter(({ conclusion }) => conclusion.kind === 'allowed').length,
    refusedBy,
    items: judged
      .toSorted((a, b) => b.episode.openedAtMs - a.episode.openedAtMs)
      .slice(0, mostItems)
      .map(itemOf),
  };
}

function guardOf(conclusion: Exclude<Conclusion, { kind: 'allowed' }>): string {
  return conclusion.kind === 'refused' ? conclusion.by.name : conclusion.on.name;
}

function itemOf({ episode, target, verdicts, conclusion }: Judged): ReplayReport['items'][number] {
  return {
    episodeId: episode.id,
    alertname: episode.alertname,
    openedAtMs: episode.openedAtMs,
    target,
    outcome: conclusion.kind === 'allowed' ? 'would-run' : 'refused',
    verdicts: [...verdicts],
  };
}

/** Goes through time; each episode is looked at until it is decided, or over. */
async function lookAtAll(
  policy: Policy,
  matched: readonly Episode[],
  given: { readonly episodes: readonly Episode[]; readonly world: ReplayWorld; readonly pacer: Pacer }
): Promise<readonly Judged[]> {
  const { episodes, world, pacer } = given;
  const past = new ReplayedPast(policy, episodes, { matched, inventory: world.inventory });
  const queue = matched.map((episode): Look => ({ episode, atMs: episode.openedAtMs, looks: 1 }));
  queue.sort(byTimeDescending);
  // Verdicts of a whole storm would fill the memory.
  const kept = new Set(matched.slice(-mostItems).map(({ id }) => id));
  const judged: Judged[] = [];
  for (let look = queue.pop(); look !== undefined; look = queue.pop()) {
    if (pacer.due()) {
      await pacer.pause();
    }
    const input = inputOf(policy, look, { past, world });
    const verdicts = decide(input);
    const conclusion = conclude(verdicts);
    const nextMs = conclusion.kind === 'waiting' ? nextLookMs(look, conclusion, past) : undefined;
    if (nextMs !== undefined) {
      insert(queue, { ...look, atMs: nextMs, looks: look.looks + 1 });
      continue;
    }
    const target = targetsText(input);
    judged.push({ episode: look.episode, target, verdicts: kept.has(look.episode.id) ? verdicts : [], conclusion });
    if (conclusion.kind === 'allowed') {
      past.addRun(runOf(policy, input, world));
    }
  }
  return judged;
}

function targetsText({ target }: DecisionInput): string | null {
  return target.kind === 'resolved' ? target.targets.join(', ') : null;
}

/** When a wait is over, if the episode was still open then. */
function nextLookMs(
  { episode, atMs, looks }: Look,
  { untilMs }: Extract<Conclusion, { kind: 'waiting' }>,
  past: ReplayedPast
): number | undefined {
  const nextMs = untilMs ?? past.nextRunEndMs(atMs);
  const isOpen = nextMs !== undefined && nextMs > atMs && nextMs < (episode.closedAtMs ?? Infinity);
  return isOpen && looks < mostLooks ? nextMs : undefined;
}

function inputOf(
  policy: Policy,
  { episode, atMs }: Look,
  { past, world }: { readonly past: ReplayedPast; readonly world: ReplayWorld }
): DecisionInput {
  past.goTo(atMs);
  const target = targetOf(policy, episode, world.inventory);
  const members = target.kind === 'resolved' ? target.members.length : 0;
  return {
    ...{ policy, target, tier: world.tier, nowMs: atMs, phase: 'decide', runId: null, requestedBy: null },
    episode: { ...episode, closedAtMs: null, closeReason: null },
    killSwitches: [],
    runs: past.runs(lookbackMs(policy), episode.id),
    rivals: past.rivals(episode),
    calendars: world.calendarsAt(atMs),
    silence: { kind: 'none' },
    opensMs: past.opens(episode),
    groupFailures: past.failures(),
    hiddenFailures: 0,
    healthy: { kind: 'measured', healthy: members, of: members },
    breaker: closedBreaker,
    locks: [],
    selfHosts: world.selfHosts,
    limits: world.limits,
    dryRun: { digestKnown: true, outcome: 'none' },
    ...{ approval: null, plannedHash: null, currentHash: null },
  };
}

function runOf(policy: Policy, { target, episode, nowMs }: DecisionInput, { takesMs }: ReplayWorld): PastRun {
  return {
    id: `replay of ${episode.id}`,
    policy: policy.name,
    episodeId: episode.id,
    group: policy.spec.target.group,
    targets: target.kind === 'resolved' ? target.targets : [],
    createdAtMs: nowMs,
    startedAtMs: nowMs,
    endedAtMs: nowMs + takesMs,
  };
}

/** The earliest at the end, where it is taken from; of one instant, the one that opened first. */
function byTimeDescending(a: Look, b: Look): number {
  return b.atMs - a.atMs || b.episode.openedAtMs - a.episode.openedAtMs || (a.episode.id < b.episode.id ? 1 : -1);
}

function insert(queue: Look[], look: Look): void {
  let [low, high] = [0, queue.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = queue[middle];
    if (other !== undefined && byTimeDescending(other, look) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  queue.splice(low, 0, look);
}
