import { z } from 'zod';
import { canonicalJson, type JsonValue } from './canonical-json.ts';
import { type ChainEntry, exportLine } from './chain.ts';

/** Longer than any entry that is written. */
const longestLine = 2_000_000;

const Line = z.strictObject({
  actor: z.string(),
  atMs: z.number(),
  data: z.record(z.string(), z.json()),
  hash: z.string(),
  kind: z.string(),
  previousHash: z.string(),
  seq: z.number().int(),
  subject: z.string(),
});

export type ReadLine =
  { readonly kind: 'entry'; readonly entry: ChainEntry } | { readonly kind: 'fault'; readonly message: string };

/**
 * The entries of an export, line by line; it ends at the first line that is none. Another spelling of the same JSON is
 * a fault too: what was exported is proven byte by byte.
 * @param chunks of UTF-8 text, cut anywhere
 */
export async function* readExport(chunks: AsyncIterable<string>): AsyncGenerator<ReadLine> {
  let number = 0;
  for await (const line of linesOf(chunks)) {
    number++;
    const read =
      line === undefined ? fault(number, `is longer than ${longestLine} characters`) : readLine(line, number);
    yield read;
    if (read.kind === 'fault') {
      return;
    }
  }
}

/** Undefined for a line that is too long to be kept; nothing comes after it. */
async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string | undefined> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
    if (rest.length > longestLine) {
      yield undefined;
      return;
    }
  }
  if (rest !== '') {
    yield rest;
  }
}

function readLine(line: string, number: number): ReadLine {
  const parsed = Line.safeParse(parse(line));
  if (!parsed.success) {
    return fault(number, 'is no entry of an audit');
  }
  const { data, ...fields } = parsed.data;
  const entry = { ...fields, dataText: canonicalJson(data as JsonValue) };
  return exportLine(entry) === line
    ? { kind: 'entry', entry }
    : fault(number, 'is not spelled as it was exported: it was written anew by something else');
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function fault(number: number, message: string): ReadLine {
  return { kind: 'fault', message: `line ${number} ${message}` };
}
