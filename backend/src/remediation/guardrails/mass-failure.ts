import { rearmMs, type DecisionInput, type GroupFailure } from './decision-input.ts';
import { leftText, pass, percent, refuse, type Ruling } from './guard-verdict.ts';

/**
 * G8: when much of a group fails within minutes, the cause is not in the hosts: nothing is done to any of them until
 * it is over for a quarter of an hour.
 */
export function judgeMassFailure({ policy, target, groupFailures, hiddenFailures, nowMs }: DecisionInput): Ruling {
  const { share, atLeast, withinMs } = policy.guard.massFailure;
  const members = target.kind === 'resolved' ? target.members.length : 0;
  const isMass = (failing: number) => failing >= 2 && (failing > members * share + 1e-9 || failing >= atLeast);
  const waves = wavesOf(groupFailures, withinMs);
  const mass = waves.filter((wave) => isMass(wave.targets + hiddenFailures));
  const worst = Math.max(0, ...mass.map(({ targets }) => targets));
  const newest = Math.max(0, ...waves.filter(({ endMs }) => endMs > nowMs - withinMs).map(({ targets }) => targets));
  const numbers = { failing: Math.max(worst, newest), hidden: hiddenFailures, members, share, atLeast };
  const last = mass.toSorted((a, b) => (b.overMs ?? Infinity) - (a.overMs ?? Infinity))[0];
  const untilMs = last === undefined ? -Infinity : last.overMs === null ? Infinity : last.overMs + rearmMs;
  if (last !== undefined && nowMs < untilMs) {
    const more = hiddenFailures > 0 ? ` and ${hiddenFailures} that were cut off` : '';
    const detail = `${worst} of ${members} members${more} failed within ${leftText(withinMs)}: the cause is shared`;
    return refuse(detail, untilMs === Infinity ? numbers : { ...numbers, untilMs });
  }
  return pass(
    `${numbers.failing} of ${members} members failed within ${leftText(withinMs)}; more than ${percent(share)} is a mass failure`,
    numbers
  );
}

interface Wave {
  /** Different hosts that began to fail within the window. */
  readonly targets: number;
  /** Its newest opening. */
  readonly endMs: number;
  /** When the last of its episodes closed; null while one is open. */
  readonly overMs: number | null;
}

/** For each opening: all that opened within the window that ends with it. */
function wavesOf(failures: readonly GroupFailure[], withinMs: number): readonly Wave[] {
  const byTime = failures.toSorted((a, b) => a.openedAtMs - b.openedAtMs);
  let first = 0;
  return byTime.map((failure, i) => {
    while ((byTime[first]?.openedAtMs ?? Infinity) <= failure.openedAtMs - withinMs) {
      first++;
    }
    const wave = byTime.slice(first, i + 1);
    const isOpen = wave.some(({ closedAtMs }) => closedAtMs === null);
    return {
      targets: new Set(wave.map(({ target }) => target)).size,
      endMs: failure.openedAtMs,
      overMs: isOpen ? null : Math.max(...wave.map(({ closedAtMs }) => closedAtMs ?? 0)),
    };
  });
}
