import { AppError } from '../errors.ts';
import { wallStarts } from './rules.ts';
import { instantOfWall, wallOfInstant, type OffsetMs } from './wall-time.ts';

/** A time in which a calendar has something on: `startMs` is in it, `endMs` is not. */
export interface Occurrence {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** Something that a calendar holds, once or again and again. */
export interface CalendarEvent {
  readonly name: string;
  /** Wall time of its first start. */
  readonly startWallMs: number;
  /** On the wall clock: an event from 22:00 to 06:00 ends at 06:00 also in the night of a clock change. */
  readonly lengthMs: number;
  readonly offset: OffsetMs;
  /** RFC 5545 rules without `RRULE:`, checked; none: it is on once. */
  readonly rules: readonly string[];
  /** Instants of further starts. */
  readonly alsoMs: readonly number[];
  /** Instants of starts that are called off or moved. */
  readonly exceptMs: ReadonlySet<number>;
}

/** Offsets reach from −12 to +14 hours, and a clock change moves an end by hours at most. */
const marginMs = 38 * 3_600_000;
const maxOccurrences = 20_000;

/**
 * All occurrences that touch [fromMs, toMs), in the order of their starts.
 * @throws AppError `invalid_request` when there are more of them than can be worked with
 */
export function occurrencesOf(events: readonly CalendarEvent[], fromMs: number, toMs: number): Occurrence[] {
  const found: Occurrence[] = [];
  for (const event of events) {
    for (const startMs of startsOf(event, fromMs, toMs)) {
      const endMs = endOf(event, startMs);
      if (startMs < toMs && endMs > fromMs) {
        found.push({ name: event.name, startMs, endMs });
      }
    }
    if (found.length > maxOccurrences) {
      const message = `"${event.name}" and what is before it are on more than ${maxOccurrences} times; repeat less often`;
      throw new AppError('invalid_request', message);
    }
  }
  return found.sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs);
}

function startsOf(event: CalendarEvent, fromMs: number, toMs: number): readonly number[] {
  const { offset, startWallMs, rules, alsoMs, exceptMs, lengthMs } = event;
  const wallOf = (instantMs: number) => wallOfInstant(instantMs, offset);
  const first = fromMs - lengthMs - marginMs;
  const last = toMs + marginMs;
  const walls =
    rules.length === 0
      ? [startWallMs]
      : startWallMs > last
        ? []
        : rules.flatMap((rule) => wallStarts({ rule, startWallMs, wallOf }, first, last));
  const starts = new Set([...walls.map((wallMs) => instantOfWall(wallMs, offset)), ...alsoMs]);
  return [...starts].filter((startMs) => !exceptMs.has(startMs));
}

function endOf({ lengthMs, offset }: CalendarEvent, startMs: number): number {
  return Math.max(startMs, instantOfWall(wallOfInstant(startMs, offset) + lengthMs, offset));
}
