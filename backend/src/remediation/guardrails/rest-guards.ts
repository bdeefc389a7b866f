import type { DecisionInput, PastRun } from './decision-input.ts';
import { leftText, pass, refuse, targetsOf, wait, type Ruling } from './guard-verdict.ts';

/** G10: an alert that opens again and again is left alone until it kept still for as long as that was counted over. */
export function judgeFlap({ opensMs, policy, nowMs }: DecisionInput): Ruling {
  const { atMost, perMs } = policy.guard.flap;
  const { heldUntilMs, count } = flapState(opensMs, { atMost, perMs, nowMs });
  const numbers = { opened: count, atMost, perMs };
  const detail = `it opened ${count} times within ${leftText(perMs)}`;
  if (nowMs < heldUntilMs) {
    return wait(`${detail}; left alone until it keeps still for as long`, numbers, heldUntilMs);
  }
  return pass(`${detail}; from ${atMost} on it is left alone`, numbers);
}

interface FlapState {
  /** In the past when it is not held. */
  readonly heldUntilMs: number;
  /** Most openings within one window since it last kept still. */
  readonly count: number;
}

function flapState(
  opensMs: readonly number[],
  { atMost, perMs, nowMs }: { readonly atMost: number; readonly perMs: number; readonly nowMs: number }
): FlapState {
  const opens = opensMs.filter((openMs) => openMs <= nowMs).sort((a, b) => a - b);
  let count = 0;
  let first = 0;
  let lastMs = -Infinity;
  opens.forEach((openMs, i) => {
    count = openMs - lastMs >= perMs ? 0 : count;
    while ((opens[first] ?? openMs) <= openMs - perMs) {
      first++;
    }
    count = Math.max(count, i - first + 1);
    lastMs = openMs;
  });
  if (nowMs - lastMs >= perMs) {
    return { heldUntilMs: -Infinity, count: 0 };
  }
  return { heldUntilMs: count >= atMost ? lastMs + perMs : -Infinity, count };
}

/** G3: after a run of this policy on this target, however it ended, it gets time to take effect. */
export function judgeCooldown(input: DecisionInput): Ruling {
  const { policy, nowMs, runId } = input;
  const { cooldownMs } = policy.guard;
  const targets = targetsOf(input);
  let lastMs = -Infinity;
  for (const run of input.runs) {
    if (run.id !== runId && run.startedAtMs !== null && isOn(run, policy.name, targets)) {
      lastMs = Math.max(lastMs, run.endedAtMs ?? nowMs);
    }
  }
  const restedMs = nowMs - lastMs;
  if (restedMs < cooldownMs) {
    const detail = `the last run here ended ${leftText(restedMs)} ago; it rests for ${leftText(cooldownMs)}`;
    return wait(detail, { restedMs, cooldownMs }, lastMs + cooldownMs);
  }
  return lastMs === -Infinity
    ? pass(`no run of this policy on the target in the last ${leftText(cooldownMs)}`, { cooldownMs })
    : pass(`the last run here ended ${leftText(restedMs)} ago`, { restedMs, cooldownMs });
}

/**
 * G4: so many runs for one outage, then a person. An alert that comes back soon continues the outage before it: otherwise
 * a restart that helps for a minute would be repeated for ever.
 */
export function judgeAttempts(input: DecisionInput): Ruling {
  const { policy, episode, runId } = input;
  const { attempts, relapseMs } = policy.guard;
  const targets = targetsOf(input);
  const started = input.runs.filter(
    (run) => run.id !== runId && run.startedAtMs !== null && run.policy === policy.name
  );
  const ofEpisode = started.filter(({ episodeId }) => episodeId === episode.id).length;
  const others = started.filter((run) => run.episodeId !== episode.id && isOn(run, policy.name, targets));
  const beganMs = outageBeganMs([...input.opensMs, episode.openedAtMs], episode.openedAtMs, relapseMs);
  const relapses = runsOfOutage(others, beganMs, relapseMs);
  const used = ofEpisode + relapses;
  const numbers = { used, attempts, ofEpisode, relapses };
  if (used >= attempts) {
    const why = relapses > 0 ? `, ${relapses} of them before it came back` : '';
    return refuse(`${used} of ${attempts} attempts are used${why}; a person has to look`, numbers);
  }
  return pass(`${used} of ${attempts} attempts are used`, numbers);
}

/** The first of the openings that follow each other without a rest of `relapseMs` up to this one. */
function outageBeganMs(opensMs: readonly number[], openedAtMs: number, relapseMs: number): number {
  let beganMs = openedAtMs;
  for (const openMs of opensMs.filter((one) => one <= openedAtMs).sort((a, b) => b - a)) {
    beganMs = beganMs - openMs <= relapseMs ? openMs : beganMs;
  }
  return beganMs;
}

/** Runs since then, and those that ended so shortly before that the outage was still theirs. */
function runsOfOutage(runs: readonly PastRun[], beganMs: number, relapseMs: number): number {
  const newestFirst = runs
    .map((run) => ({ startMs: run.startedAtMs ?? 0, endMs: run.endedAtMs ?? Infinity }))
    .sort((a, b) => b.startMs - a.startMs);
  let nextMs = beganMs;
  let count = 0;
  for (const { startMs, endMs } of newestFirst) {
    if (nextMs - endMs <= relapseMs) {
      count++;
      nextMs = Math.min(nextMs, startMs);
    }
  }
  return count;
}

function isOn(run: PastRun, policy: string, targets: readonly string[]): boolean {
  return run.policy === policy && run.targets.some((target) => targets.includes(target));
}
