import type { Clock } from '../clock.ts';
import type { CalendarSpec, CalendarSummary } from '../contract/calendar.ts';
import { parseDurationMs } from '../contract/duration.ts';
import { AppError, messageOf } from '../errors.ts';
import { icalEvents } from './ical-events.ts';
import { readIcalFile, type IcalReader } from './ical-reader.ts';
import { occurrencesOf, type CalendarEvent, type Occurrence } from './occurrences.ts';
import { offsetOf, periodEvents, periodFaults } from './period-events.ts';

const dayMs = 86_400_000;
/** What lies ahead is found once a day, this far: a year and a month. */
const aheadMs = 396 * dayMs;
const shownNext = 5;
/** After a failed reading, so that an address that comes back is not missed for hours. */
const retryMs = 300_000;

interface Reading {
  readonly events: readonly CalendarEvent[];
  readonly etag: string | undefined;
  /** What is on from a day before it was found. */
  readonly ahead: readonly Occurrence[];
  readonly foundAtMs: number;
}

export interface CalendarDeps {
  readonly reader: IcalReader;
  readonly clock: Clock;
}

/** One calendar with the events of its latest reading that went well. */
export class Calendar {
  readonly spec: CalendarSpec;
  readonly origin: CalendarSummary['origin'];
  readonly #deps: CalendarDeps;
  #reading: Reading | undefined;
  #readAtMs: number | undefined;
  #nextReadAtMs = 0;
  #error: string | undefined;

  constructor(spec: CalendarSpec, origin: CalendarSummary['origin'], deps: CalendarDeps) {
    this.spec = spec;
    this.origin = origin;
    this.#deps = deps;
  }

  get error(): string | undefined {
    return this.#error;
  }

  isDue(nowMs: number): boolean {
    return nowMs >= this.#nextReadAtMs;
  }

  /** Reads its events. @throws AppError naming the cause; the events of the reading before stay */
  async read(signal: AbortSignal): Promise<void> {
    const nowMs = this.#deps.clock.nowMs();
    try {
      const { events, etag } = await this.#readEvents(signal);
      this.#reading = { events, etag, ...findAhead(events, nowMs) };
      this.#readAtMs = nowMs;
      this.#error = undefined;
      this.#nextReadAtMs = nowMs + (parseDurationMs(this.spec.refresh) ?? dayMs);
    } catch (error) {
      this.#error = messageOf(error);
      this.#nextReadAtMs = nowMs + retryMs;
      throw error;
    }
  }

  /** What touches [fromMs, toMs), in order of start. */
  occurrences(fromMs: number, toMs: number): readonly Occurrence[] {
    return this.#reading === undefined ? [] : occurrencesOf(this.#reading.events, fromMs, toMs);
  }

  /** What is on at an instant. */
  at(timeMs: number): Occurrence | undefined {
    const ahead = this.#ahead();
    const covered = timeMs >= ahead.foundAtMs - dayMs && timeMs < ahead.foundAtMs + aheadMs;
    const found = covered ? ahead.ahead : this.occurrences(timeMs, timeMs + 1);
    return found.find(({ startMs, endMs }) => startMs <= timeMs && timeMs < endMs);
  }

  summary(jobs: readonly string[]): CalendarSummary {
    const nowMs = this.#deps.clock.nowMs();
    const next = this.#ahead().ahead.filter(({ startMs }) => startMs > nowMs);
    return {
      spec: withoutKey(this.spec),
      origin: this.origin,
      readAtMs: this.#readAtMs ?? null,
      error: this.#error ?? null,
      now: this.at(nowMs) ?? null,
      next: next.slice(0, shownNext),
      jobs: [...jobs],
    };
  }

  #ahead(): Pick<Reading, 'ahead' | 'foundAtMs'> {
    const nowMs = this.#deps.clock.nowMs();
    const reading = this.#reading;
    if (reading === undefined) {
      return { ahead: [], foundAtMs: nowMs };
    }
    if (Math.abs(nowMs - reading.foundAtMs) <= dayMs) {
      return reading;
    }
    try {
      this.#reading = { ...reading, ...findAhead(reading.events, nowMs) };
    } catch (error) {
      // what was found before still holds; whoever looks at the calendar is told
      this.#error = messageOf(error);
      this.#reading = { ...reading, foundAtMs: nowMs };
    }
    return this.#reading;
  }

  async #readEvents(signal: AbortSignal): Promise<Pick<Reading, 'events' | 'etag'>> {
    const { spec } = this;
    if (spec.periods !== undefined) {
      const [fault] = periodFaults(spec);
      if (fault !== undefined) {
        throw new AppError('invalid_request', `periods.${fault.index}.${fault.key}: ${fault.message}`);
      }
      return { events: periodEvents(spec), etag: undefined };
    }
    if (spec.file !== undefined) {
      return { events: icalEvents(await readIcalFile(spec.file), offsetOf(spec.timeZone)), etag: undefined };
    }
    const known = this.#reading;
    const request = { url: spec.ical ?? '', etag: known?.etag, trusted: this.origin.kind === 'file' };
    const { text, etag } = await this.#deps.reader.read(request, signal);
    if (text === undefined) {
      return { events: known?.events ?? [], etag: etag ?? known?.etag };
    }
    return { events: icalEvents(text, offsetOf(spec.timeZone)), etag };
  }
}

function findAhead(events: readonly CalendarEvent[], nowMs: number): Pick<Reading, 'ahead' | 'foundAtMs'> {
  return { ahead: occurrencesOf(events, nowMs - dayMs, nowMs + aheadMs), foundAtMs: nowMs };
}

/** A password in an address is nobody's to read. */
function withoutKey(spec: CalendarSpec): CalendarSpec {
  if (spec.ical === undefined) {
    return spec;
  }
  const url = new URL(spec.ical);
  if (url.password === '') {
    return spec;
  }
  url.password = 'hidden';
  return { ...spec, ical: url.href };
}
