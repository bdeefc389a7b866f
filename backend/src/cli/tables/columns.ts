import type { Row } from './delimited.ts';
import { isMissing, parseCellNumber } from './numbers.ts';
import { TableError, UndecidedError } from './table-error.ts';
import { epochUnitOf, parseTimeText } from './times.ts';
import type { TableHints } from './understanding.ts';

export interface TableLayout {
  readonly header: readonly string[];
  /** Cells that the header row really has; the rest of `header` was numbered. */
  readonly headerWidth: number;
  /** Undefined when the first row is data already. */
  readonly headerLine: number | undefined;
  readonly rows: readonly Row[];
  readonly timeColumn: number;
  /** A column of clock times that belongs to a column of dates. */
  readonly clockColumn: number | undefined;
  /** Columns of numbers that may be forecast. */
  readonly valueColumns: readonly number[];
  /** Columns of text that tell series apart. */
  readonly labelColumns: readonly number[];
}

const timeNames =
  /^(?:_time|@?time(?:stamp)?|date(?:time)?|clock|ts|epoch|when|zeit(?:stempel)?|datum|fecha|heure|일시|시간|시각|날짜|日時|時間)\b|@timestamp/i;
const anyTimeName = /time|date|clock|stamp|zeit|datum|fecha|heure|일시|시간|시각|날짜|日時/i;
// Columns that tools add about the query, not about the metric.
const technical = /^(?:result|table|_start|_stop|_span|_spandays|_bkt|_cd|ns|itemid|index|row|id|#|)$/i;
const clockOnly = /^\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s*[ap]m)?$/i;
const sampleRows = 300;
const preambleRows = 30;

/** Whether a cell can be a time; a bare number only where it is a plausible epoch. */
function looksLikeTime(cell: string, name: string): boolean {
  const time = parseTimeText(cell);
  if (time?.kind !== 'epoch') {
    return time !== undefined;
  }
  const unit = epochUnitOf(time.value);
  return unit === 'spreadsheet days' ? anyTimeName.test(name) : unit !== undefined;
}

function share(rows: readonly Row[], column: number, is: (cell: string) => boolean): number {
  const filled = rows.map(({ cells }) => cells[column] ?? '').filter((cell) => !isMissing(cell));
  return filled.length === 0 ? 0 : filled.filter(is).length / filled.length;
}

const isNumber = (cell: string) => parseCellNumber(cell, '.') !== undefined || parseCellNumber(cell, ',') !== undefined;

interface Head {
  readonly header: readonly string[];
  readonly headerWidth: number;
  readonly headerLine: number | undefined;
  readonly rows: readonly Row[];
}

/** Finds where the data begins: the first row with a time in it; the row before it is the header. */
function splitHead(all: readonly Row[]): Head {
  const first = all
    .slice(0, preambleRows)
    .findIndex(({ cells }, i) => cells.some((cell, column) => looksLikeTime(cell, all[i - 1]?.cells[column] ?? '')));
  if (first < 0) {
    const [head, ...rows] = all;
    return { header: head?.cells ?? [], headerWidth: head?.cells.length ?? 0, headerLine: head?.line, rows };
  }
  const before = all[first - 1];
  const width = Math.max(...all.slice(first, first + 10).map(({ cells }) => cells.length));
  const header = Array.from({ length: width }, (_, i) => before?.cells[i] || `column ${i + 1}`);
  return { header, headerWidth: before?.cells.length ?? width, headerLine: before?.line, rows: all.slice(first) };
}

function named(header: readonly string[], name: string, flag: string): number {
  const exact = header.indexOf(name);
  const loose = header.findIndex((title) => title.toLowerCase() === name.toLowerCase());
  const column = exact >= 0 ? exact : loose;
  if (column < 0) {
    throw new UndecidedError(`there is no column "${name}" (${flag}); there are: ${quoted(header)}`);
  }
  return column;
}

/** Names for a message, at most 20. */
export function quoted(names: readonly string[]): string {
  const more = names.length > 20 ? `, and ${names.length - 20} more` : '';
  return `${names
    .slice(0, 20)
    .map((name) => `"${name}"`)
    .join(', ')}${more}`;
}

function findTimeColumn({ header, rows }: Head, hints: TableHints): number {
  if (hints.timeColumn !== undefined) {
    return named(header, hints.timeColumn, '--time-column');
  }
  const sample = rows.slice(0, sampleRows);
  const columns = header
    .map((name, column) => ({ column, name, share: share(sample, column, (cell) => looksLikeTime(cell, name)) }))
    .filter((candidate) => candidate.share >= 0.5 && !technical.test(candidate.name));
  const byName = columns.filter(({ name }) => timeNames.test(name));
  const textual = columns.filter(
    ({ column }) => share(sample, column, (cell) => parseTimeText(cell)?.kind !== 'epoch') > 0.5
  );
  const [best, rival] = byName.length > 0 ? byName : textual.length > 0 ? textual : columns;
  if (best === undefined) {
    throw new TableError(
      `no column holds times; the columns are ${quoted(header)}, and the first row is ${quoted(rows[0]?.cells ?? [])}`
    );
  }
  if (rival !== undefined) {
    throw new UndecidedError(
      `several columns hold times: ${quoted([best.name, rival.name])}; choose one with --time-column`
    );
  }
  return best.column;
}

/**
 * Which row is the header, and what each column is for.
 * @throws UndecidedError naming the flag when several columns could be the time; TableError when there is none
 */
export function findLayout(all: readonly Row[], hints: TableHints): TableLayout {
  const head = splitHead(all);
  if (head.rows.length === 0) {
    throw new TableError(`there is no row of data under the header ${quoted(head.header)}`);
  }
  const timeColumn = findTimeColumn(head, hints);
  const sample = head.rows.slice(0, sampleRows);
  const others = head.header.map((_, column) => column).filter((column) => column !== timeColumn);
  const clockColumn = others.find((column) => share(sample, column, (cell) => clockOnly.test(cell)) > 0.9);
  const rest = others.filter((column) => column !== clockColumn && !technical.test(head.header[column] ?? ''));
  const valueColumns = rest.filter((column) => share(sample, column, isNumber) >= 0.5);
  const isText = (column: number) => !valueColumns.includes(column) && share(sample, column, (cell) => cell !== '') > 0;
  const isOtherTime = (column: number) => share(sample, column, (cell) => looksLikeTime(cell, '')) > 0.5;
  const labelColumns = rest.filter((column) => isText(column) && !isOtherTime(column));
  return { ...head, timeColumn, clockColumn, valueColumns, labelColumns };
}
