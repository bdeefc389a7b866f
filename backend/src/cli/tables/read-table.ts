import { findStepMs } from '../../timeseries/resample.ts';
import { formatDurationMs } from '../../contract/duration.ts';
import { quoted } from './columns.ts';
import { readDelimitedSeries, severalColumns } from './delimited-series.ts';
import { type FileText, readFileText } from './file-text.ts';
import { isGraphiteRaw, readGraphiteRaw } from './graphite-text.ts';
import { isInfluxCsv, plainInfluxCsv } from './influx-csv.ts';
import { isExposition, isPromtool, readExposition, readPromtool } from './prometheus-text.ts';
import { readJsonSeries } from './structured.ts';
import { TableError, UndecidedError } from './table-error.ts';
import type { BadRow, FileContent, FileSeries, TableHints } from './understanding.ts';

/** One series from a file, ready to be forecast, with what was understood on the way. */
export interface TableSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly unit: string | undefined;
  /** Strictly ascending. */
  readonly timestampsMs: readonly number[];
  readonly values: readonly number[];
  /** Name and text, in the order in which they are told. */
  readonly facts: ReadonlyArray<readonly [string, string]>;
}

// One row in twenty may be a footer, a broken line or a note; more mean that the file was understood wrongly.
const badRowShare = 0.05;
const namedBadRows = 5;

function readContent(text: string, hints: TableHints): FileContent {
  if (/^\s*[{[]/.test(text) && !/^\s*\{[^"\n]*\}\s*=>/.test(text) && !isPromtool(text)) {
    return readJsonSeries(text, hints);
  }
  if (/^\s*<(?:!doctype|html|\?xml)/i.test(text)) {
    throw new TableError('it is an HTML or XML page, not a table; was a login page saved instead of the export?');
  }
  if (isPromtool(text)) {
    return readPromtool(text);
  }
  if (isGraphiteRaw(text)) {
    return readGraphiteRaw(text);
  }
  if (isInfluxCsv(text)) {
    const read = readDelimitedSeries(plainInfluxCsv(text), hints);
    return { ...read, facts: [['format', 'InfluxDB annotated CSV'], ...read.facts.slice(1)] };
  }
  return isExposition(text) ? readExposition(text) : readDelimitedSeries(text, hints);
}

/** The first bad rows by line, and how many there are. */
function describeBadRows(bad: readonly BadRow[]): string {
  const named = bad.slice(0, namedBadRows).map(({ line, reason }) => `line ${line}: ${reason}`);
  const more = bad.length - named.length;
  return `${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

function refuseBadRows({ badRows, rowsRead }: FileContent): void {
  if (badRows.length > badRowShare * rowsRead) {
    throw new TableError(
      `${badRows.length} of ${rowsRead} rows can't be read, more than ${badRowShare * 100} %: ${describeBadRows(badRows)}`
    );
  }
}

function chooseSeries(all: readonly FileSeries[], column: string | undefined): FileSeries {
  const filled = all.filter(({ points }) => points.some(({ value }) => Number.isFinite(value)));
  const [only, second] = filled;
  if (only === undefined) {
    throw new TableError(all.length === 0 ? 'it holds no series' : 'it holds times but no values');
  }
  if (column === undefined) {
    if (second !== undefined) {
      throw severalColumns(filled.map(({ name }) => name));
    }
    return only;
  }
  const exact = filled.find(({ name }) => name === column);
  const part = filled.filter(({ name }) => name.toLowerCase().includes(column.toLowerCase()));
  const found = exact ?? (part.length === 1 ? part[0] : undefined);
  if (found === undefined) {
    const names = quoted((part.length > 1 ? part : filled).map(({ name }) => name));
    const what =
      part.length > 1
        ? `"${column}" (--column) fits several series`
        : `there is no series "${column}" (--column); there are`;
    throw new UndecidedError(`${what}: ${names}`);
  }
  return found;
}

interface Ordered {
  readonly timestampsMs: number[];
  readonly values: number[];
  readonly notes: string[];
}

/** Ascending, one sample for an instant: the last of the file wins. */
function inOrder({ points }: FileSeries): Ordered {
  const notes: string[] = [];
  const isAscending = points.every(({ ms }, i) => i === 0 || ms >= (points[i - 1]?.ms ?? ms));
  const isDescending = points.every(({ ms }, i) => i === 0 || ms <= (points[i - 1]?.ms ?? ms));
  if (!isAscending) {
    notes.push(isDescending ? 'newest first: turned round' : 'not in order of time: sorted');
  }
  const { byTime, conflicts } = lastOfEach(points);
  const repeated = points.length - byTime.size;
  if (repeated > 0) {
    const kept =
      conflicts > 0 ? `${conflicts} of them with another value: the last one counts` : 'all with the same value';
    notes.push(`${repeated} repeated ${repeated === 1 ? 'time' : 'times'}, ${kept}`);
  }
  const sorted = [...byTime.entries()].sort((a, b) => a[0] - b[0]);
  return { timestampsMs: sorted.map(([ms]) => ms), values: sorted.map(([, value]) => value), notes };
}

/** The last finite value of each instant, and how many instants had several. */
function lastOfEach(points: FileSeries['points']): { byTime: Map<number, number>; conflicts: number } {
  const byTime = new Map<number, number>();
  let conflicts = 0;
  for (const { ms, value } of points) {
    const known = byTime.get(ms) ?? NaN;
    conflicts += Number.isFinite(known) && Number.isFinite(value) && known !== value ? 1 : 0;
    byTime.set(ms, Number.isFinite(value) ? value : known);
  }
  return { byTime, conflicts };
}

const iso = (ms: number) => new Date(ms).toISOString().replace(/(?::00)?\.000Z$/, 'Z');

function describeRange({ timestampsMs, values }: Ordered, givenStepMs: number | undefined): string {
  const first = timestampsMs[0] ?? 0;
  const last = timestampsMs.at(-1) ?? 0;
  const stepMs = givenStepMs ?? findStepMs(timestampsMs);
  const steps = Math.round((last - first) / stepMs) + 1;
  const present = values.filter((value) => Number.isFinite(value)).length;
  const missing = Math.max(0, steps - present);
  const gaps = missing === 0 ? 'no gaps' : `${missing} of ${steps} values missing`;
  return `${iso(first)} to ${iso(last)}, step ${formatDurationMs(stepMs)}${givenStepMs === undefined ? ' (found)' : ' (given)'}, ${gaps}`;
}

function assemble(content: FileContent, hints: TableHints, stepMs: number | undefined, encoding: string): TableSeries {
  refuseBadRows(content);
  const series = chooseSeries(content.series, hints.column);
  const ordered = inOrder(series);
  const skipped =
    content.badRows.length === 0
      ? 'none skipped'
      : `${content.badRows.length} skipped: ${describeBadRows(content.badRows)}`;
  const others = content.series.length - 1;
  const facts: Array<readonly [string, string]> = [
    ...content.facts.map(([name, text]) =>
      name === 'format' ? ([name, `${text}, ${encoding}`] as const) : ([name, text] as const)
    ),
    [
      'value',
      `"${series.name}"${others > 0 ? ` (${others} other series left out)` : ''}${series.unit === undefined || series.unit === '' ? '' : `, converted to ${series.unit}`}`,
    ],
    ['range', describeRange(ordered, stepMs)],
    ['rows', `${content.rowsRead} read, ${skipped}`],
    ...ordered.notes.map((note) => ['order', note] as const),
  ];
  const { timestampsMs, values } = ordered;
  return { name: series.name, labels: series.labels, unit: series.unit, timestampsMs, values, facts };
}

/**
 * The one series of a text that is meant.
 * @param stepMs the spacing, when it was given
 * @throws TableError for a text that can't be used, UndecidedError for what only the person can decide
 */
export function readTableText({ text, encoding }: FileText, hints: TableHints, stepMs?: number): TableSeries {
  return assemble(readContent(text, hints), hints, stepMs, encoding);
}

/** As `readTableText`, from a file or from standard input (`-`). Errors begin with the file's name. */
export async function readTable(
  path: string,
  stdin: NodeJS.ReadableStream,
  hints: TableHints,
  stepMs?: number
): Promise<TableSeries> {
  const file = await readFileText(path, stdin);
  try {
    return readTableText(file, hints, stepMs);
  } catch (error) {
    const name = path === '-' ? 'standard input' : path;
    if (error instanceof UndecidedError) {
      throw new UndecidedError(`${name}: ${error.message}`);
    }
    throw error instanceof TableError ? new TableError(`${name}: ${error.message}`) : error;
  }
}
