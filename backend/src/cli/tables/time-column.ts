import type { TableLayout } from './columns.ts';
import { isMissing } from './numbers.ts';
import { UndecidedError } from './table-error.ts';
import {
  type DateOrder,
  dateOrderOf,
  type EpochUnit,
  epochUnitOf,
  isZone,
  parseTimeText,
  type ReadTime,
  type TimeReading,
  type TimeText,
  toInstant,
} from './times.ts';
import type { BadRow, TableHints } from './understanding.ts';

export interface TimeColumn {
  /** One entry a row; undefined for a bad row. */
  readonly instantsMs: ReadonlyArray<number | undefined>;
  readonly badRows: readonly BadRow[];
  /** For the person: unit or order, and zone. */
  readonly description: string;
}

const hourMs = 3_600_000;

function majority<T>(values: Iterable<T>): T | undefined {
  const tally = new Map<T, number>();
  for (const value of values) {
    tally.set(value, (tally.get(value) ?? 0) + 1);
  }
  return [...tally.entries()].sort((a, b) => b[1] - a[1])[0]?.[0];
}

function gapsMs(instants: readonly number[]): number[] {
  return instants.slice(1).map((ms, i) => ms - (instants[i] ?? ms));
}

/** Whether the rows follow each other as samples do: never back, and no gap of weeks between neighbours. */
function isSteady(times: readonly TimeText[], order: DateOrder): boolean {
  const instants = times.map((time) => toInstant(time, { epochUnit: undefined, order, zone: 'UTC' })?.ms);
  const gaps = gapsMs(instants.filter((ms) => ms !== undefined));
  const forward = gaps.every((gap) => gap >= 0) || gaps.every((gap) => gap <= 0);
  const sizes = gaps
    .map(Math.abs)
    .filter((gap) => gap > 0)
    .sort((a, b) => a - b);
  const median = sizes[Math.floor((sizes.length - 1) / 2)] ?? 0;
  return forward && (sizes.at(-1) ?? 0) <= Math.max(3 * median, 3 * 86_400_000);
}

/** Day or month first: by a number above 12, else by which reading makes consecutive rows consecutive. */
function findOrder(times: readonly TimeText[], hints: TableHints): { order: DateOrder; why: string } {
  const seen = dateOrderOf(times);
  if (hints.dateOrder !== undefined || seen === 'not-needed') {
    return { order: hints.dateOrder ?? 'day-first', why: seen === 'not-needed' ? '' : 'as given, ' };
  }
  if (seen !== 'undecided') {
    return { order: seen, why: `${seen.replace('-', ' ')}, ` };
  }
  const short = times.filter((time) => time.kind === 'short');
  const days = new Set(short.map(({ first, second }) => `${first}/${second}`));
  const steady = (['day-first', 'month-first'] as const).filter((order) => isSteady(short, order));
  const [only, other] = steady;
  if (days.size > 1 && only !== undefined && other === undefined) {
    return { order: only, why: `${only.replace('-', ' ')} (else the rows would not follow each other), ` };
  }
  const [day] = short;
  const example = day === undefined ? '' : `${day.first}${day.mark}${day.second}${day.mark}${day.year}`;
  throw new UndecidedError(
    `dates such as ${example} can be read in two ways; say which: --date-order day-first or --date-order month-first`
  );
}

/** An hour lived twice or left out, in local times: without the zone nobody can tell which instants are meant. */
function refuseClockChange(instants: readonly number[]): void {
  const gaps = gapsMs(instants);
  const steps = gaps.filter((gap) => gap > 0).sort((a, b) => a - b);
  const stepMs = steps[Math.floor(steps.length / 2)] ?? 0;
  const backwards = gaps.filter((gap) => gap <= 0).length;
  const at = gaps.findIndex((gap, i) => {
    const [before, after] = [new Date(instants[i] ?? 0), new Date(instants[i + 1] ?? 0)];
    // Clocks change on Sundays before four in the morning, in March, April, September, October or November.
    const isChangeNight =
      after.getUTCDay() === 0 && after.getUTCHours() <= 4 && [2, 3, 8, 9, 10].includes(before.getUTCMonth());
    const repeats = backwards <= 2 && gap === stepMs - hourMs && gap <= 0;
    return isChangeNight && stepMs > 0 && stepMs <= hourMs && (repeats || gap === stepMs + hourMs);
  });
  if (at >= 0) {
    const when = new Date(instants[at] ?? 0).toISOString().slice(0, 16).replace('T', ' ');
    throw new UndecidedError(
      `the times have no zone, and the clocks seem to change after ${when}; say where they were written: --time-zone Europe/Berlin, or --time-zone UTC`
    );
  }
}

/** In the repeated hour of autumn the later of both instants is meant once the earlier ones are used up. */
function settleRepeats(read: ReadonlyArray<ReadTime | undefined>): Array<number | undefined> {
  let last = -Infinity;
  return read.map((time) => {
    const ms = time?.repeatedMs !== undefined && time.ms <= last ? time.repeatedMs : time?.ms;
    last = ms ?? last;
    return ms;
  });
}

function zoneOf(hints: TableHints): string {
  if (hints.timeZone !== undefined && !isZone(hints.timeZone)) {
    throw new UndecidedError(
      `"${hints.timeZone}" is no time zone (--time-zone); expected a name such as Europe/Berlin, UTC, or an offset such as +09:00`
    );
  }
  return hints.timeZone ?? 'UTC';
}

function describe(
  times: readonly TimeText[],
  epochUnit: EpochUnit | undefined,
  why: string,
  hints: TableHints
): string {
  if (epochUnit !== undefined && epochUnit !== 'spreadsheet days') {
    return `epoch ${epochUnit}`;
  }
  const withZone = times.some((time) => time.kind !== 'epoch' && time.offsetMinutes !== undefined);
  const zone = withZone
    ? 'zone in the text'
    : hints.timeZone === undefined
      ? 'no zone: read as UTC (if they are local, give --time-zone)'
      : `in ${hints.timeZone}`;
  return `${epochUnit ?? ''}${epochUnit === undefined ? '' : ', '}${why}${zone}`;
}

/**
 * The instants of all rows, settled over the whole column: unit of epochs, day or month first, zone.
 * @throws UndecidedError naming the flag for what the column can't say
 */
export function readTimes(layout: TableLayout, hints: TableHints): TimeColumn {
  const { rows, timeColumn, clockColumn } = layout;
  const cells = rows.map((row) =>
    [row.cells[timeColumn] ?? '', clockColumn === undefined ? '' : (row.cells[clockColumn] ?? '')].join(' ').trim()
  );
  const texts = cells.map((cell) => (isMissing(cell) ? undefined : parseTimeText(cell)));
  const known = texts.filter((time) => time !== undefined);
  const epochs = known.filter((time) => time.kind === 'epoch');
  const epochUnit = majority(epochs.map(({ value }) => epochUnitOf(value)).filter((unit) => unit !== undefined));
  const { order, why } = findOrder(known, hints);
  const zone = zoneOf(hints);
  const reading: TimeReading = { epochUnit, order, zone };
  const read = texts.map((time) => (time === undefined ? undefined : toInstant(time, reading)));
  const isLocal = known.some((time) => time.kind !== 'epoch' && time.offsetMinutes === undefined);
  if (isLocal && hints.timeZone === undefined) {
    refuseClockChange(read.flatMap((time) => (time === undefined ? [] : [time.ms])));
  }
  const badRows = rows.flatMap(({ line }, i) =>
    read[i] === undefined ? [{ line, reason: `"${(cells[i] ?? '').slice(0, 40)}" is not a time` }] : []
  );
  return { instantsMs: settleRepeats(read), badRows, description: describe(known, epochUnit, why, hints) };
}
