import { figure, roundedDuration } from '../detection/kinds/finding.ts';
import type { Rhythm } from './resets.ts';

type Reason =
  | { readonly kind: 'silent' | 'too-short' }
  | { readonly kind: 'constant'; readonly now: number }
  | { readonly kind: 'crossed'; readonly now: number; readonly limit: number }
  | {
      readonly kind: 'rising' | 'flat' | 'falling';
      readonly etaMs: number | null;
      readonly etaLowMs: number | null;
      readonly etaHighMs: number | null;
      readonly growthPerDay: number;
      readonly limit: number;
      readonly horizonMs: number;
      readonly rhythm: Rhythm | undefined;
      readonly bucketMs: number;
    };

/** Why an estimate says what it says, or why it claims nothing. */
export function reasonOf(about: Reason): string {
  switch (about.kind) {
    case 'silent':
      return 'There has been no value for too long to say anything.';
    case 'too-short':
      return 'There are too few values to tell growth from noise.';
    case 'constant':
      return `It has always been ${figure(about.now)}, so no date is claimed.`;
    case 'crossed':
      return `It is across the limit now: ${figure(about.now)} against ${figure(about.limit)}.`;
    case 'flat':
      return about.rhythm === undefined
        ? 'It does not surely grow towards the limit, so no date is claimed.'
        : `${rhythmText(about.rhythm, about.bucketMs)}, and what is left then does not surely grow; no date is claimed.`;
    case 'falling':
      return `It moves away from the limit, by ${figure(Math.abs(about.growthPerDay))} a day.`;
    case 'rising':
      return risingText(about);
  }
}

function risingText(about: Extract<Reason, { kind: 'rising' | 'flat' | 'falling' }>): string {
  const pace = `At ${figure(Math.abs(about.growthPerDay))} a day`;
  const resets = about.rhythm === undefined ? '' : ` (${lowerFirst(rhythmText(about.rhythm, about.bucketMs))})`;
  if (about.etaMs === null) {
    return `${pace}${resets} it does not reach ${figure(about.limit)} within ${roundedDuration(about.horizonMs)}.`;
  }
  const until = about.etaHighMs === null ? 'beyond what can be said' : minuteOf(about.etaHighMs);
  const from = minuteOf(about.etaLowMs ?? about.etaMs);
  return `${pace}${resets} it reaches ${figure(about.limit)} on ${minuteOf(about.etaMs)} (80 % range: ${from} to ${until}).`;
}

function rhythmText(rhythm: Rhythm, bucketMs: number): string {
  return rhythm.kind === 'periodic'
    ? `It is cleaned up about every ${roundedDuration(rhythm.everyBuckets * bucketMs)}`
    : `It is cleaned up each time it nears the same level`;
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

const minuteOf = (timeMs: number) => `${new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
