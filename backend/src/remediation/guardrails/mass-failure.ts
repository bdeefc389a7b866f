import { rearmMs, type DecisionInput, type GroupFailure } from './decision-input.ts';
import { leftText, pass, percent, refuse, type Ruling } from './guard-verdict.ts';

/**
 * G8: when much of a group fails within minutes, the cause is not in the hosts: nothing is done to any of them until
 * it is over for a quarter of an hour.
 */
export function judgeMassFailure(input: DecisionInput): Ruling {
  const { policy, target, hiddenFailures, nowMs } = input;
  const { share, atLeast, withinMs } = policy.guard.massFailure;
  const members = target.kind === 'resolved' ? target.members.length : 0;
  const found = rememberedMass(input.groupFailures, { share, atLeast, withinMs, members, hidden: hiddenFailures });
  const untilMs = found.overMs + rearmMs;
  const window = leftText(withinMs);
  if (found.worst > 0 && nowMs < untilMs) {
    const numbers = { failing: found.worst, hidden: hiddenFailures, members, share, atLeast };
    const more = hiddenFailures > 0 ? ` and ${hiddenFailures} that were cut off` : '';
    const detail = `${found.worst} of ${members} members${more} failed within ${window}: the cause is shared`;
    return refuse(detail, untilMs === Infinity ? numbers : { ...numbers, untilMs });
  }
  const failing = found.newestMs > nowMs - withinMs ? found.newest : 0;
  return pass(
    `${failing} of ${members} members failed within ${window}; more than ${percent(share)} is a mass failure`,
    { failing, hidden: hiddenFailures, members, share, atLeast }
  );
}

interface MassNumbers {
  readonly share: number;
  readonly atLeast: number;
  readonly withinMs: number;
  readonly members: number;
  readonly hidden: number;
}

interface MassFailure {
  /** Most hosts that began to fail within one window of a mass failure; 0 when there was none. */
  readonly worst: number;
  /** When the last episode of a mass failure closed; Infinity while one is open. */
  readonly overMs: number;
  /** Hosts within the window that ends with the newest opening, and when that was. */
  readonly newest: number;
  readonly newestMs: number;
}

// A storm asks for the same failures ten thousand times.
const memory = new WeakMap<readonly GroupFailure[], { readonly numbers: MassNumbers; readonly found: MassFailure }>();

function rememberedMass(failures: readonly GroupFailure[], numbers: MassNumbers): MassFailure {
  const known = memory.get(failures);
  if (known !== undefined && isSame(known.numbers, numbers)) {
    return known.found;
  }
  const found = findMass(failures, numbers);
  memory.set(failures, { numbers, found });
  return found;
}

function isSame(a: MassNumbers, b: MassNumbers): boolean {
  return (
    a.withinMs === b.withinMs &&
    a.share === b.share &&
    a.atLeast === b.atLeast &&
    a.members === b.members &&
    a.hidden === b.hidden
  );
}

/** Slides the window over all openings, counting different hosts. */
function findMass(failures: readonly GroupFailure[], numbers: MassNumbers): MassFailure {
  const byTime = failures.toSorted((a, b) => a.openedAtMs - b.openedAtMs);
  const inWindow = new Map<string, number>();
  let first = 0;
  let counted = 0;
  let worst = 0;
  let overMs = -Infinity;
  byTime.forEach((failure, i) => {
    inWindow.set(failure.target, (inWindow.get(failure.target) ?? 0) + 1);
    for (; isBefore(byTime[first], failure.openedAtMs - numbers.withinMs); first++) {
      leave(inWindow, byTime[first]?.target ?? '');
    }
    if (isMass(inWindow.size, numbers)) {
      worst = Math.max(worst, inWindow.size);
      for (counted = Math.max(counted, first); counted <= i; counted++) {
        overMs = Math.max(overMs, byTime[counted]?.closedAtMs ?? Infinity);
      }
    }
  });
  return { worst, overMs, newest: inWindow.size, newestMs: byTime.at(-1)?.openedAtMs ?? -Infinity };
}

function isBefore(failure: GroupFailure | undefined, timeMs: number): boolean {
  return failure !== undefined && failure.openedAtMs <= timeMs;
}

function leave(inWindow: Map<string, number>, target: string): void {
  const left = (inWindow.get(target) ?? 0) - 1;
  if (left > 0) {
    inWindow.set(target, left);
  } else {
    inWindow.delete(target);
  }
}

/** One host alone is never a mass failure, however small its group is. */
function isMass(failing: number, { share, atLeast, members, hidden }: MassNumbers): boolean {
  const all = failing + hidden;
  return all >= 2 && (all > members * share + 1e-9 || all >= atLeast);
}
