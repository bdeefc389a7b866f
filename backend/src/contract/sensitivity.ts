import { z } from 'zod';

/** A month is four weeks: the sixth of a day between that and the calendar's is far below what can be measured. */
const unitWeeks = { day: 1 / 7, week: 1, month: 4 } as const;
const pattern = /^(\d+(?:\.\d+)?) alerts? (?:per|a) (day|week|month)$/;
/** One alert in two years is about never, one an hour is no alert any more. */
const leastPerWeek = 0.01;
const mostPerWeek = 168;

/** `2 alerts per day` as a number of alerts a week; undefined when it does not say that. */
export function parseAlertsPerWeek(text: string): number | undefined {
  const match = pattern.exec(text.trim());
  const unit = match?.[2] as keyof typeof unitWeeks | undefined;
  return match === null || unit === undefined ? undefined : Number(match[1]) / unitWeeks[unit];
}

/** How many alerts a week one series may raise: `1 alert per week` or the number, kept as the number. */
export const Sensitivity = z
  .union([
    z.number(),
    z.string().refine((text) => parseAlertsPerWeek(text) !== undefined, {
      error: 'expected alerts in a time, such as 1 alert per week, 2 alerts per day or 1 alert per month',
    }),
  ])
  .transform((given) => (typeof given === 'number' ? given : (parseAlertsPerWeek(given) ?? NaN)))
  .pipe(
    z
      .number()
      .min(leastPerWeek, { error: `expected at least ${leastPerWeek} alerts per week` })
      .max(mostPerWeek, { error: `expected at most ${mostPerWeek} alerts per week` })
  );
