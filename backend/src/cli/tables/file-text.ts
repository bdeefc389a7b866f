import { readFile, stat } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { errorCodeOf } from '../../datasources/source-errors.ts';
import { TableError } from './table-error.ts';

// Two million rows; a larger file would not be forecast any better.
const maxFileBytes = 128 * 1_048_576;

const systemCauses: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; check the path',
  EACCES: 'it may not be read; check its permissions',
  EISDIR: 'it is a directory; name a file in it',
};

async function readBytes(path: string, stdin: NodeJS.ReadableStream | undefined): Promise<Buffer> {
  if (path === '-' && stdin !== undefined) {
    return await buffer(stdin);
  }
  try {
    const { size } = await stat(path);
    if (size > maxFileBytes) {
      throw tooLarge(path);
    }
    return await readFile(path);
  } catch (error) {
    const cause = systemCauses[errorCodeOf(error) ?? ''];
    throw cause === undefined ? error : new TableError(`${path}: ${cause}`);
  }
}

function tooLarge(path: string): TableError {
  return new TableError(
    `${path}: it is larger than ${maxFileBytes / 1_048_576} MiB; cut it to the series and time that matter`
  );
}

function unpacked(bytes: Buffer, path: string): Buffer {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) {
    return bytes;
  }
  try {
    return gunzipSync(bytes, { maxOutputLength: maxFileBytes });
  } catch (error) {
    const isSize = errorCodeOf(error) === 'ERR_BUFFER_TOO_LARGE';
    throw isSize ? tooLarge(path) : new TableError(`${path}: it begins like a gzip file but is broken or cut off`);
  }
}

/** UTF-16 has a zero in every other byte of western text, also without its mark. */
function encodingOf(bytes: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] !== 0 && bytes[1] === 0 && bytes[3] === 0)) {
    return 'utf-16le';
  }
  return (bytes[0] === 0xfe && bytes[1] === 0xff) || (bytes[0] === 0 && bytes[2] === 0) ? 'utf-16be' : 'utf-8';
}

const signatures: ReadonlyArray<readonly [string, string]> = [
  ['PK\u0003\u0004', 'a zip or spreadsheet file (xlsx, ods); save the sheet as CSV'],
  ['%PDF', 'a PDF'],
  ['PAR1', 'a Parquet file; export it as CSV'],
  ['SQLite format 3', 'an SQLite database'],
  ['\u00d0\u00cf\u0011\u00e0', 'an old Excel file (xls); save the sheet as CSV'],
  ['\u0089PNG', 'a picture'],
];

function refuseBinary(bytes: Buffer, text: string, path: string): void {
  const start = bytes.subarray(0, 16).toString('latin1');
  const known = signatures.find(([signature]) => start.startsWith(signature))?.[1];
  if (known !== undefined) {
    throw new TableError(`${path}: it is ${known}`);
  }
  if (text.slice(0, 100_000).includes('\0')) {
    throw new TableError(`${path}: it is a binary file; expected CSV, promtool output, OpenMetrics or JSON`);
  }
}

export interface FileText {
  readonly text: string;
  readonly encoding: string;
}

/**
 * The text of a file or, where it is given, of standard input (`-`): gzip, UTF-8, UTF-16 with or without mark, Latin-1 where UTF-8 does not fit.
 * @throws TableError that says what is wrong with the file
 */
export async function readFileText(path: string, stdin?: NodeJS.ReadableStream): Promise<FileText> {
  const raw = await readBytes(path, stdin);
  const bytes = unpacked(raw, path);
  const gzip = bytes === raw ? '' : ', gzip';
  const encoding = encodingOf(bytes);
  let text: string;
  let name = encoding.toUpperCase();
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    text = new TextDecoder('windows-1252').decode(bytes);
    name = 'WINDOWS-1252';
  }
  refuseBinary(bytes, text, path);
  if (text.trim() === '') {
    throw new TableError(`${path}: it is empty`);
  }
  return { text, encoding: `${name}${gzip}` };
}
