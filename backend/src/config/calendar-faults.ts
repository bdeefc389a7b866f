import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { icalEvents } from '../calendars/ical-events.ts';
import { offsetOf, periodFaults } from '../calendars/period-events.ts';
import type { CalendarSpec } from '../contract/calendar.ts';
import { AppError } from '../errors.ts';
import type { ConfigProblem } from './problems.ts';
import type { YamlFile } from './yaml-file.ts';

/** What is wrong with calendars beyond the shape of their keys: periods that can't be, and files that hold no calendar. */
export function calendarFaults(
  file: YamlFile,
  calendars: readonly CalendarSpec[],
  folder: string
): readonly ConfigProblem[] {
  return calendars.flatMap((calendar, index) => {
    const inCalendar = (path: readonly PropertyKey[], message: string): ConfigProblem => ({
      where: file.file,
      ...file.positionOf(['calendars', index, ...path]),
      message: `calendar "${calendar.name}": ${message}`,
    });
    const periods = periodFaults(calendar).map((fault) =>
      inCalendar(['periods', fault.index, fault.key], `${fault.key}: ${fault.message}`)
    );
    const unreadable = calendar.file === undefined ? undefined : fileFault(resolve(folder, calendar.file), calendar);
    return unreadable === undefined ? periods : [...periods, inCalendar(['file'], unreadable)];
  });
}

/** A file that is not there is told with the other files that are not. */
function fileFault(path: string, { timeZone }: CalendarSpec): string | undefined {
  try {
    icalEvents(readFileSync(path, 'utf8'), offsetOf(timeZone));
    return undefined;
  } catch (error) {
    return error instanceof AppError ? `${path}: ${error.message}` : undefined;
  }
}
