import type { CalendarPeriod, CalendarSpec } from '../contract/calendar.ts';
import { AppError } from '../errors.ts';
import type { CalendarEvent } from './occurrences.ts';
import { checkRule } from './rules.ts';
import { instantOfWall, zoneOffset, type OffsetMs } from './wall-time.ts';

/** A fault of one period: where in the list, at which key, and why. */
export interface PeriodFault {
  readonly index: number;
  readonly key: 'from' | 'to' | 'repeat';
  readonly message: string;
}

/** What is wrong with the periods of a calendar beyond the shape of each text; empty when they can be worked with. */
export function periodFaults({ periods = [], timeZone }: CalendarSpec): PeriodFault[] {
  const offset = offsetOf(timeZone);
  return periods.flatMap((period, index) => {
    const fault = periodFault(period, offset);
    return fault === undefined ? [] : [{ index, ...fault }];
  });
}

function periodFault({ from, to, repeat }: CalendarPeriod, offset: OffsetMs): Omit<PeriodFault, 'index'> | undefined {
  const [startWallMs, endWallMs] = [wallMsOf(from), wallMsOf(to)];
  if (startWallMs === undefined || endWallMs === undefined) {
    const [key, text] = startWallMs === undefined ? (['from', from] as const) : (['to', to] as const);
    return { key, message: `there is no ${text} in the calendar: check day and hour` };
  }
  if (instantOfWall(startWallMs, offset) >= instantOfWall(endWallMs, offset)) {
    return { key: 'to', message: 'the clock change leaves nothing between from and to' };
  }
  if (repeat === undefined) {
    return undefined;
  }
  try {
    checkRule(repeat, startWallMs);
    return undefined;
  } catch (error) {
    if (error instanceof AppError) {
      return { key: 'repeat', message: error.message };
    }
    throw error;
  }
}

/** The periods of a calendar whose faults were looked for. */
export function periodEvents({ periods = [], timeZone }: CalendarSpec): CalendarEvent[] {
  const offset = offsetOf(timeZone);
  return periods.map(({ name, from, to, repeat }) => {
    const startWallMs = wallMsOf(from) ?? NaN;
    return {
      name,
      startWallMs,
      lengthMs: (wallMsOf(to) ?? NaN) - startWallMs,
      offset,
      rules: repeat === undefined ? [] : [repeat],
      alsoMs: [],
      exceptMs: new Set<number>(),
    };
  });
}

/** Offsets of a zone that the contract has checked. @throws AppError `invalid_request` for one that is unknown */
export function offsetOf(timeZone: string): OffsetMs {
  const offset = zoneOffset(timeZone);
  if (offset === undefined) {
    throw new AppError('invalid_request', `timeZone: "${timeZone}" is not known here; write one such as Asia/Seoul`);
  }
  return offset;
}

/** `2026-12-24` or `2026-12-24T18:30`; undefined for a day that does not exist, such as 31 June. */
function wallMsOf(text: string): number | undefined {
  const full = text.length === 10 ? `${text}T00:00` : text;
  const ms = Date.parse(`${full}Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(full) ? ms : undefined;
}
