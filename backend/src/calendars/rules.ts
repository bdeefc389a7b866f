import ICAL from 'ical.js';
import { RRuleTemporal } from 'rrule-temporal';
import { AppError, messageOf } from '../errors.ts';

const dayMs = 86_400_000;
/** Steps of one rule. A daily rule with COUNT is walked from its start: it reaches 5,000 days. */
const maxIterations = 5_000;
const maxCandidates = 50_000;

const parts: ReadonlySet<string> = new Set([
  ...['FREQ', 'UNTIL', 'COUNT', 'INTERVAL', 'BYSECOND', 'BYMINUTE', 'BYHOUR', 'BYDAY', 'BYMONTHDAY', 'BYYEARDAY'],
  ...['BYWEEKNO', 'BYMONTH', 'BYSETPOS', 'WKST'],
]);

/** A rule and what it needs to be walked on the wall clock, which runs as a clock in UTC does. */
export interface WallRule {
  /** RFC 5545, without `RRULE:`. */
  readonly rule: string;
  readonly startWallMs: number;
  /** Wall time of an instant: UNTIL is one. */
  readonly wallOf: (instantMs: number) => number;
}

/**
 * Wall times in [fromMs, toMs] at which a rule starts.
 * @throws AppError `invalid_request` for a rule that can't be read, or that repeats more often than can be worked with
 */
export function wallStarts({ rule, startWallMs, wallOf }: WallRule, fromMs: number, toMs: number): number[] {
  const limits = { maxIterations, maxCandidateEvaluations: maxCandidates, cache: false, strict: true };
  try {
    const rruleString = `DTSTART:${stamp(startWallMs)}\nRRULE:${withWallUntil(rule, wallOf)}`;
    const repeat = new RRuleTemporal({ rruleString, ...limits });
    const starts = repeat.between(new Date(Math.max(fromMs, startWallMs)), new Date(toMs), true);
    return starts.map(({ epochMilliseconds }) => epochMilliseconds);
  } catch (cause) {
    throw ruleError(rule, messageOf(cause), cause);
  }
}

/** @throws AppError `invalid_request` naming what is wrong with a rule */
export function checkRule(rule: string, startWallMs: number): void {
  const unknown = rule.split(';').find((part) => !parts.has(part.split('=')[0]?.toUpperCase() ?? ''));
  if (unknown !== undefined) {
    throw ruleError(rule, `"${unknown}" is no part of a rule`, undefined);
  }
  try {
    ICAL.Recur.fromString(rule);
  } catch (cause) {
    throw ruleError(rule, messageOf(cause), cause);
  }
  wallStarts({ rule, startWallMs, wallOf: (instantMs) => instantMs }, startWallMs, startWallMs + dayMs);
}

function ruleError(rule: string, said: string, cause: unknown): AppError {
  const why = said.startsWith('Maximum') ? 'it repeats too often' : said;
  const message = `the rule "${rule.slice(0, 200)}" can't be used: ${why}; write an RFC 5545 rule such as FREQ=WEEKLY;BYDAY=SU`;
  return new AppError('invalid_request', message, { cause });
}

/** UNTIL in UTC is an instant, one without Z a wall time, and one without a time a whole day. */
function withWallUntil(rule: string, wallOf: (instantMs: number) => number): string {
  return rule.replace(/\bUNTIL=(\d{8})(?:T(\d{6})(Z?))?/i, (_all, day: string, time?: string, utc?: string) => {
    const text = `${day}${time ?? '000000'}`.replace(/^(....)(..)(..)(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6Z');
    const clockMs = Date.parse(text) + (time === undefined ? dayMs - 1_000 : 0);
    if (Number.isNaN(clockMs)) {
      throw new Error('UNTIL is not a time');
    }
    return `UNTIL=${stamp(utc === 'Z' ? wallOf(clockMs) : clockMs)}`;
  });
}

function stamp(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '');
}
