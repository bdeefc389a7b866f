import { isAhead } from './plan-tick.ts';

/** Ticks of jobs are spread over so much of a step, at most: values shall not wait long for their score. */
const widestSpreadMs = 60_000;
const spreadShare = 0.9;

export interface DueQuestion {
  readonly name: string;
  readonly stepMs: number;
  readonly nowMs: number;
  /** Newest data of the source to leave alone. */
  readonly delayMs: number;
}

/**
 * When a job is to be scored next: each job has its own moment after the end of a step, so that a thousand of them do not
 * ask their source at once. Now when it is due.
 * @param doneMs newest step that was scored or tried
 */
export function dueAtMs({ name, stepMs, nowMs, delayMs }: DueQuestion, doneMs: number): number {
  const offsetMs = Math.floor(fraction(name) * spreadShare * Math.min(stepMs, widestSpreadMs));
  const newestMs = Math.floor((nowMs - delayMs - offsetMs) / stepMs) * stepMs;
  const isDue = newestMs > doneMs || isAhead(doneMs, newestMs, stepMs);
  return isDue ? nowMs : Math.floor(doneMs / stepMs) * stepMs + stepMs + delayMs + offsetMs;
}

/** A number in [0, 1) that is the same for the same name: FNV-1a, mixed so that job-1 and job-2 lie apart. */
function fraction(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
