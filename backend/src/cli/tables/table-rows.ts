import { findLayout, quoted, type TableLayout } from './columns.ts';
import { readDelimited, type Row } from './delimited.ts';
import { findDecimal } from './delimited-series.ts';
import { readFileText } from './file-text.ts';
import { isMissing, parseCellNumber } from './numbers.ts';
import { TableError, UndecidedError } from './table-error.ts';
import { readTimes } from './time-column.ts';
import type { TableHints } from './understanding.ts';

/** One value for each row of a table, in the order of the file. */
export interface TableRows {
  readonly values: Float64Array;
  /** NaN for a time that can't be read; undefined for a table without times. */
  readonly timesMs: Float64Array | undefined;
}

/** Columns that say what an expert thinks of a row: never what is to be forecast. */
const verdictName = /^(?:is[ _-]?)?(?:anomal(?:y|ous)|outlier|label|ground[ _-]?truth)s?$/i;
const valueName = /^values?$/i;
const badRowShare = 0.05;

type Columns = Pick<TableLayout, 'header' | 'rows' | 'valueColumns'> & { readonly timed: TableLayout | undefined };

/** Reads tables row by row; the last one is kept, since the same file is often asked for with more and more rows. */
export class TableReader {
  readonly #hints: TableHints;
  #last: { readonly path: string; readonly columns: Columns; readonly delimiter: string } | undefined;

  /** @param hints what holds for every file; times without a zone are UTC */
  constructor(hints: TableHints) {
    this.#hints = { ...hints, timeZone: hints.timeZone ?? 'UTC' };
  }

  /**
   * The first `count` rows of a file, all when undefined; cells without a number are NaN.
   * @throws TableError, UndecidedError that say what is wrong with the file, without its name
   */
  async read(path: string, count: number | undefined): Promise<TableRows> {
    if (this.#last?.path !== path) {
      this.#last = await this.#open(path);
    }
    const { columns, delimiter } = this.#last;
    const rows = columns.rows.slice(0, count);
    const column = chooseColumn(columns, this.#hints);
    const layout = { rows, header: columns.header };
    return {
      values: numbersOf(rows, column, findDecimal(layout, [column], delimiter, this.#hints)),
      timesMs: columns.timed === undefined ? undefined : timesOf({ ...columns.timed, rows }, this.#hints),
    };
  }

  async #open(path: string): Promise<{ path: string; columns: Columns; delimiter: string }> {
    const { text } = await readFileText(path);
    if (/^\s*[{[]/.test(text)) {
      throw new TableError('a batch reads tables of rows, such as CSV; this looks like JSON');
    }
    const { delimiter, rows } = readDelimited(text);
    return { path, columns: columnsOf(rows, this.#hints), delimiter };
  }
}

function columnsOf(rows: readonly Row[], hints: TableHints): Columns {
  if (rows.every(({ cells }) => cells.length === 1)) {
    return untimed(rows);
  }
  try {
    const timed = findLayout(rows, hints);
    return { ...timed, timed };
  } catch (error) {
    const plain = error instanceof TableError ? untimed(rows) : undefined;
    if (plain === undefined || plain.valueColumns.length === 0) {
      throw error;
    }
    return plain;
  }
}

const isNumber = (cell: string) => isMissing(cell) || parseCellNumber(cell, '.') !== undefined;

/** A table that is no more than values: the first row is its header when it holds a text. */
function untimed(all: readonly Row[]): Columns {
  const first = all[0]?.cells ?? [];
  const hasHeader = first.some((cell) => !isNumber(cell));
  const header = first.map((cell, i) => (hasHeader ? cell : `column ${i + 1}`));
  const rows = hasHeader ? all.slice(1) : all;
  const valueColumns = header.flatMap((_, i) =>
    rows.slice(0, 300).every(({ cells }) => isNumber(cells[i] ?? '')) ? [i] : []
  );
  return { header, rows, valueColumns, timed: undefined };
}

/** Whether a column only counts its rows: 0, 1, 2 … or 0, 300, 600 …, times that begin nowhere. */
function isCounting(rows: readonly Row[], column: number): boolean {
  const numbers = rows.slice(0, 300).map(({ cells }) => Number(cells[column] ?? NaN));
  const stride = (numbers[1] ?? NaN) - (numbers[0] ?? NaN);
  return stride > 0 && numbers.every((number, i) => i === 0 || number - (numbers[i - 1] ?? NaN) === stride);
}

function chooseColumn({ header, rows, valueColumns, timed }: Columns, { column }: TableHints): number {
  const nameOf = (i: number) => header[i] ?? '';
  if (column !== undefined) {
    const found = valueColumns.find((i) => nameOf(i).toLowerCase() === column.toLowerCase());
    if (found === undefined) {
      throw new UndecidedError(
        `there is no column "${column}" of numbers (--column); there are: ${quoted(valueColumns.map(nameOf))}`
      );
    }
    return found;
  }
  const measured = valueColumns.filter((i) => !verdictName.test(nameOf(i)));
  const uncounted = timed === undefined ? measured.filter((i) => !isCounting(rows, i)) : measured;
  const metrics = uncounted.length > 0 ? uncounted : measured;
  const [only, second] = metrics.some((i) => valueName.test(nameOf(i)))
    ? metrics.filter((i) => valueName.test(nameOf(i)))
    : metrics;
  if (only === undefined) {
    throw new TableError(`no column holds numbers; the columns are ${quoted(header)}`);
  }
  if (second !== undefined) {
    throw new UndecidedError(
      `it holds several columns of numbers: ${quoted(metrics.map(nameOf))}; choose one with --column`
    );
  }
  return only;
}

function numbersOf(rows: readonly Row[], column: number, decimal: '.' | ','): Float64Array {
  let bad = 0;
  let example = '';
  const values = Float64Array.from(rows, ({ cells, line }) => {
    const cell = cells[column] ?? '';
    const number = isMissing(cell) ? undefined : parseCellNumber(cell, decimal);
    if (number === undefined && !isMissing(cell)) {
      bad += 1;
      example = example === '' ? `line ${line}: "${cell.slice(0, 40)}"` : example;
    }
    // A division by zero is no value, but no broken row either.
    return Number.isFinite(number?.value) ? (number?.value ?? NaN) : NaN;
  });
  if (bad > badRowShare * rows.length) {
    throw new TableError(`${bad} of ${rows.length} rows hold no number (${example}), more than ${badRowShare * 100} %`);
  }
  return values;
}

function timesOf(layout: TableLayout, hints: TableHints): Float64Array {
  const { instantsMs, badRows } = readTimes(layout, hints);
  if (badRows.length > badRowShare * layout.rows.length) {
    const { line, reason } = badRows[0] ?? { line: 0, reason: '' };
    throw new TableError(`${badRows.length} of ${layout.rows.length} rows hold no time (line ${line}: ${reason})`);
  }
  return Float64Array.from(instantsMs, (ms) => ms ?? NaN);
}
