import type { VerificationSample } from '../../contract/remediation/run.ts';

export interface HoldRule {
  /** How long it must be healthy without a break. */
  readonly forMs: number;
  /** Time between two looks. */
  readonly everyMs: number;
}

export interface Hold {
  /** Whether it held long enough. */
  readonly held: boolean;
  /** First value of the unbroken healthy stretch at the end; null when the newest look was not healthy. */
  readonly sinceMs: number | null;
}

/** One look more or less is chance. */
const leastLooks = 3;
const leastValues = 2;

/**
 * Whether the newest looks were healthy for long enough: at least three of them without a break, over `forMs`, on at
 * least two different values. The values must span it too but for one look: between two scrapes the same value is seen
 * again and again, which proves nothing.
 * @param samples in the order of time
 */
export function judgeSamples(samples: readonly VerificationSample[], { forMs, everyMs }: HoldRule): Hold {
  const broken = samples.findLastIndex(({ healthy }) => healthy !== 'yes');
  const stretch = samples.slice(broken + 1);
  const [first] = stretch;
  const last = stretch.at(-1);
  if (first === undefined || last === undefined) {
    return { held: false, sinceMs: null };
  }
  const times = stretch.map(({ sampleMs }) => sampleMs).filter((ms) => ms !== null);
  const spanMs = Math.max(...times) - Math.min(...times);
  const held =
    stretch.length >= leastLooks &&
    new Set(times).size >= leastValues &&
    last.atMs - first.atMs >= forMs &&
    spanMs >= forMs - everyMs;
  return { held, sinceMs: first.sampleMs };
}

export type UnheldOutcome = 'not-recovered' | 'inconclusive';

/**
 * What a window without a recovery came to. Whether it is bad or only not known matters: what is not known is for a
 * person, and no reason to roll anything back. It is not known when the newest looks saw nothing, or no look ever saw
 * it unhealthy.
 */
export function outcomeWithoutHold(samples: readonly VerificationSample[]): UnheldOutcome {
  const newest = samples.slice(-leastLooks);
  const blind = newest.every(({ healthy }) => healthy === 'no-data' || healthy === 'error');
  const bad = samples.some(({ healthy }) => healthy === 'no');
  return bad && !blind ? 'not-recovered' : 'inconclusive';
}
