import { CsvError, parse } from 'csv-parse/sync';
import { TableError } from './table-error.ts';

export interface Row {
  /** Line in the file, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface DelimitedText {
  readonly delimiter: string;
  readonly rows: readonly Row[];
}

const delimiters = ['\t', ';', '|', ','] as const;
const names: Readonly<Record<string, string>> = { '\t': 'tab', ' ': 'space' };

/** How people call a delimiter. */
export function delimiterName(delimiter: string): string {
  return names[delimiter] ?? `"${delimiter}"`;
}

/** Separators in a line, those in quotes left out. */
function countOutsideQuotes(line: string, delimiter: string): number {
  return line.replace(/"(?:[^"]|"")*"/g, '').split(delimiter).length - 1;
}

/**
 * The separator that the lines agree on. A comma that is really a decimal mark stands in the data but not in the
 * header, so the first line has a say in every vote.
 */
function sniffDelimiter(text: string): string {
  const lines = text.split(/\r\n|\n|\r/, 200).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const sample = lines.slice(0, 100);
  const agreed = delimiters.map((delimiter) => {
    const counts = sample.map((line) => countOutsideQuotes(line, delimiter));
    const tally = new Map<number, number>();
    counts.filter((count) => count > 0).forEach((count) => tally.set(count, (tally.get(count) ?? 0) + 1));
    const [most = 0] = [...tally.values()].sort((a, b) => b - a);
    return { delimiter, share: most / Math.max(1, sample.length), isInFirst: (counts[0] ?? 0) > 0 };
  });
  const likely = agreed.filter(({ share }) => share >= 0.5).sort((a, b) => b.share - a.share);
  const best = likely.find(({ isInFirst }) => isInFirst) ?? likely[0];
  const nearlyAsGood = likely.find(
    ({ share, isInFirst }) => isInFirst === best?.isInFirst && share >= (best?.share ?? 1) - 0.1
  );
  const strict = delimiters.find((delimiter) => delimiter === best?.delimiter || delimiter === nearlyAsGood?.delimiter);
  if (strict !== undefined) {
    return strict;
  }
  return sample.every((line) => /^\S+ +\S+$/.test(line.trim())) ? ' ' : ',';
}

interface Parsed {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

/** Splits a text into rows of cells; comment lines (`#`) and empty lines are left out. @throws TableError for an open quote */
export function readDelimited(text: string): DelimitedText {
  const declared = /^sep=(.)\r?\n/i.exec(text)?.[1]; // Excel's own hint, which Grafana writes too
  const body = declared === undefined ? text : text.replace(/^.*\n/, '\n');
  const delimiter = declared ?? sniffDelimiter(body);
  try {
    const parsed = parse(body, {
      delimiter,
      info: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      comment: '#',
      comment_no_infix: true,
      trim: true,
    }) as unknown as Parsed[];
    return { delimiter, rows: parsed.map(({ record, info }) => ({ line: info.lines, cells: record })) };
  } catch (error) {
    if (error instanceof CsvError) {
      throw new TableError(`the quotes do not match: ${error.message}; repair the line or save the file again`);
    }
    throw error;
  }
}
