import { findLayout, quoted, type TableLayout } from './columns.ts';
import { delimiterName, readDelimited, type Row } from './delimited.ts';
import { type DecimalMark, decimalStyle, isMissing, parseCellNumber } from './numbers.ts';
import { TableError, UndecidedError } from './table-error.ts';
import { readTimes, type TimeColumn } from './time-column.ts';
import type { BadRow, FileContent, FileSeries, TableHints } from './understanding.ts';

interface Growing {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly points: Array<{ ms: number; value: number }>;
  unit: string | undefined;
}

function* cellsOf(rows: readonly Row[], columns: readonly number[]): Generator<string> {
  for (const { cells } of rows) {
    for (const column of columns) {
      yield cells[column] ?? '';
    }
  }
}

/** Which mark comes before the fraction, from the hint or from the cells. @throws UndecidedError when they leave it open */
export function findDecimal(
  layout: Pick<TableLayout, 'rows'>,
  columns: readonly number[],
  delimiter: string,
  hints: TableHints
): DecimalMark {
  if (hints.decimal !== undefined) {
    return hints.decimal;
  }
  const style = decimalStyle(cellsOf(layout.rows, columns), delimiter === ',');
  if (style.evidence === 'ambiguous') {
    const example = [...cellsOf(layout.rows, columns)].find((cell) => /\d[.,]\d{3}/.test(cell)) ?? '';
    throw new UndecidedError(
      `numbers such as ${example} can be read in two ways, and no number in the file decides; say which mark comes before the fraction: --decimal . or --decimal ,`
    );
  }
  return style.decimal;
}

/** The value columns that are meant: all when there is no choice, one when it was named. */
function chooseColumns(layout: TableLayout, hints: TableHints): readonly number[] {
  const { header, valueColumns, labelColumns } = layout;
  if (valueColumns.length === 0) {
    throw new TableError(`no column holds numbers; the columns are ${quoted(header)}`);
  }
  const wanted = hints.column?.toLowerCase();
  const found = valueColumns.find((column) => header[column]?.toLowerCase() === wanted);
  if (found !== undefined) {
    return [found];
  }
  if (valueColumns.length > 1 && labelColumns.length > 0 && wanted === undefined) {
    throw severalColumns(valueColumns.map((column) => header[column] ?? ''));
  }
  return valueColumns;
}

/** Asks which of several columns is meant. */
export function severalColumns(names: readonly string[]): UndecidedError {
  return new UndecidedError(`the file holds ${names.length} series: ${quoted(names)}; choose one with --column`);
}

function seriesKey(layout: TableLayout, { cells }: Row): Record<string, string> {
  const entries = layout.labelColumns.map((column) => [layout.header[column] ?? '', cells[column] ?? ''] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}

function seriesName(column: string, labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return pairs.length === 0 ? column : `${column}{${pairs.join(', ')}}`;
}

/** Puts the cells of each row where they belong, and notes what can't be read. */
class Collector {
  readonly bad: BadRow[] = [];
  readonly #series = new Map<string, Growing>();
  readonly #layout: TableLayout;
  readonly #decimal: DecimalMark;

  constructor(layout: TableLayout, decimal: DecimalMark) {
    this.#layout = layout;
    this.#decimal = decimal;
  }

  add(row: Row, ms: number, columns: readonly number[]): void {
    const labels = seriesKey(this.#layout, row);
    for (const column of columns) {
      const series = this.#at(column, labels);
      const reason = this.#put(series, row.cells[column] ?? '', ms);
      if (reason !== undefined) {
        this.bad.push({ line: row.line, reason });
        return;
      }
    }
  }

  series(): FileSeries[] {
    return [...this.#series.values()];
  }

  #at(column: number, labels: Record<string, string>): Growing {
    const name = seriesName(this.#layout.header[column] ?? '', labels);
    const known = this.#series.get(name) ?? { name, labels, points: [], unit: undefined };
    this.#series.set(name, known);
    return known;
  }

  #put(series: Growing, cell: string, ms: number): string | undefined {
    if (isMissing(cell)) {
      series.points.push({ ms, value: NaN });
      return undefined;
    }
    const number = parseCellNumber(cell, this.#decimal);
    if (number === undefined) {
      return `"${cell.slice(0, 40)}" is not a number with the decimal mark ${this.#decimal}`;
    }
    const unit = number.unit?.base;
    if (unit !== undefined && series.unit !== undefined && series.unit !== unit) {
      return `"${cell.slice(0, 40)}" has another unit than the rows before (${series.unit === '' ? 'none' : series.unit})`;
    }
    series.unit = unit ?? series.unit;
    series.points.push({ ms, value: number.value });
    return undefined;
  }
}

/** Rows that have more cells than the header, when most do: decimal commas in a file separated by commas. */
function refuseSplitNumbers(layout: TableLayout, delimiter: string): void {
  const { headerWidth, rows } = layout;
  const sample = rows.slice(0, 300);
  const wide = sample.filter(({ cells }) => cells.slice(headerWidth).some((cell) => cell !== ''));
  if (delimiter === ',' && wide.length > sample.length / 2) {
    throw new TableError(
      `line ${wide[0]?.line} has more cells than the header: are these decimal commas in a file separated by commas? Save it with ; or quote the numbers`
    );
  }
}

function facts(layout: TableLayout, times: TimeColumn, delimiter: string, decimal: DecimalMark): FileContent['facts'] {
  const head = layout.headerLine === undefined ? 'no header' : `header in line ${layout.headerLine}`;
  const labels = layout.labelColumns.map((column) => layout.header[column] ?? '');
  return [
    ['format', `table separated by ${delimiterName(delimiter)}, ${head}`],
    ['time', `column "${layout.header[layout.timeColumn]}", ${times.description}`],
    ...(decimal === ',' ? ([['numbers', 'decimal comma']] as const) : []),
    ...(labels.length > 0 ? ([['labels', quoted(labels)]] as const) : []),
  ];
}

/** Series of a table whose cells were split already. */
export function readRows(rows: readonly Row[], delimiter: string, hints: TableHints): FileContent {
  const layout = findLayout(rows, hints);
  refuseSplitNumbers(layout, delimiter);
  const columns = chooseColumns(layout, hints);
  const decimal = findDecimal(layout, columns, delimiter, hints);
  const times = readTimes(layout, hints);
  const collector = new Collector(layout, decimal);
  layout.rows.forEach((row, i) => {
    const ms = times.instantsMs[i];
    if (ms !== undefined) {
      collector.add(row, ms, columns);
    }
  });
  const badRows = [...times.badRows, ...collector.bad].sort((a, b) => a.line - b.line);
  return {
    series: collector.series(),
    facts: facts(layout, times, delimiter, decimal),
    rowsRead: layout.rows.length,
    badRows,
  };
}

/** Series of a CSV-like text of any separator and locale. */
export function readDelimitedSeries(text: string, hints: TableHints): FileContent {
  const { delimiter, rows } = readDelimited(text);
  return readRows(rows, delimiter, hints);
}
