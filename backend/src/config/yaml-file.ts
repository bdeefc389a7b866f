import { isCollection, isMap, isNode, isPair, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { ConfigProblem } from './problems.ts';

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A YAML text as a plain value that still knows where each part was written. */
export interface YamlFile {
  readonly file: string;
  readonly value: unknown;
  /** Syntax faults; `value` means nothing when there are any. */
  readonly problems: readonly ConfigProblem[];
  /** Where the value at `path` stands, or the nearest part above it that was written. */
  positionOf(path: readonly PropertyKey[]): Position;
  /** Where the key `key` of the map at `path` stands. */
  positionOfKey(path: readonly PropertyKey[], key: string): Position;
}

// An alias may be repeated, but a file of aliases of aliases must not grow without end.
const maxAliasCount = 100;

/** Reads one YAML document; never throws. */
export function parseYamlFile(file: string, text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problems: ConfigProblem[] = document.errors.map((fault) => ({
    where: file,
    ...at(fault.pos[0]),
    message: syntaxMessage(fault.code, fault.message),
  }));
  const { value, problem } = plainValue(document);
  if (problem !== undefined) {
    problems.push({ where: file, line: 1, column: 1, message: problem });
  }
  return {
    file,
    value,
    problems,
    positionOf: (path) => at(startOf(nodeAt(document, path))),
    positionOfKey: (path, key) => at(keyStart(nodeAt(document, path), key)),
  };
}

function plainValue(document: Document): { value: unknown; problem?: string } {
  if (document.errors.length > 0) {
    return { value: undefined };
  }
  try {
    return { value: document.toJS({ maxAliasCount }) };
  } catch (cause) {
    return { value: undefined, problem: `can't be read: ${cause instanceof Error ? cause.message : String(cause)}` };
  }
}

function syntaxMessage(code: string, message: string): string {
  switch (code) {
    case 'DUPLICATE_KEY':
      return 'this key is already there above; a key may be written once';
    case 'TAB_AS_INDENT':
      return 'a tab; YAML is indented with spaces';
    case 'MULTIPLE_DOCS':
      return 'a second document (---); write one document a file';
    default:
      return `not valid YAML: ${message}`;
  }
}

/** The node at `path`, or the deepest one above it that exists. */
function nodeAt(document: Document, path: readonly PropertyKey[]): Node | null {
  let node: Node | null = document.contents;
  for (const key of path) {
    const next: unknown = isCollection(node) ? node.get(typeof key === 'symbol' ? String(key) : key, true) : undefined;
    if (!isNode(next)) {
      return node;
    }
    node = next;
  }
  return node;
}

function startOf(node: Node | null): number {
  return node?.range?.[0] ?? 0;
}

function keyStart(node: Node | null, key: string): number {
  if (isMap(node)) {
    for (const pair of node.items) {
      if (isPair(pair) && isNode(pair.key) && String(pair.key) === key) {
        return startOf(pair.key);
      }
    }
  }
  return startOf(node);
}
