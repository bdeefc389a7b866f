import { AppError } from '../../errors.ts';

export interface JsonLimits {
  readonly maxDepth: number;
  /** Of all objects together. */
  readonly maxKeys: number;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/**
 * Parses the body of a message from outside (RFC 8259, UTF-8). What two readers could understand differently is refused:
 * a key twice in one object, a byte order mark, bytes that are no UTF-8.
 * @throws AppError `invalid_request` naming the fault; `body_too_large` for too many keys
 */
export function parseGuardedJson(body: Uint8Array, limits: JsonLimits): unknown {
  const text = decode(body);
  checkShape(text, limits);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new AppError('invalid_request', 'The body is not JSON. Send a JSON object in UTF-8.', { cause });
  }
}

function decode(body: Uint8Array): string {
  if (body.length === 0) {
    throw new AppError('invalid_request', 'The body is empty. Send a JSON object in UTF-8.');
  }
  if (body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf) {
    throw new AppError('invalid_request', 'The body begins with a byte order mark. Send JSON without one.');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (cause) {
    throw new AppError('invalid_request', 'The body is not UTF-8. Send a JSON object in UTF-8.', { cause });
  }
}

/**
 * Walks over the text once, before anything is built of it. What is no JSON passes: the parser refuses it after.
 * A string is a key when it stands where a key may stand: in an object, after `{` or a comma.
 */
function checkShape(text: string, limits: JsonLimits): void {
  const shape = new Shape(limits);
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote: {
        const end = endOfString(text, at);
        shape.string(text, at, end);
        at = end;
        break;
      }
      case openBrace:
        shape.open(true);
        break;
      case openBracket:
        shape.open(false);
        break;
      case closeBrace:
      case closeBracket:
        shape.close();
        break;
      case comma:
        shape.next();
        break;
      default:
    }
  }
}

/** Where the walk is: which objects and lists are open, and which keys the objects have. */
class Shape {
  readonly #limits: JsonLimits;
  /** Keys seen in an open object; undefined for an open list. */
  readonly #levels: Array<Set<string> | undefined> = [];
  #keys = 0;
  #keyNext = false;

  constructor(limits: JsonLimits) {
    this.#limits = limits;
  }

  open(isObject: boolean): void {
    const { maxDepth } = this.#limits;
    if (this.#levels.length === maxDepth) {
      throw new AppError('invalid_request', `The body is nested deeper than ${maxDepth} levels. No alert is.`);
    }
    this.#levels.push(isObject ? new Set() : undefined);
    this.#keyNext = isObject;
  }

  close(): void {
    this.#levels.pop();
    this.#keyNext = false;
  }

  next(): void {
    this.#keyNext = this.#levels.at(-1) !== undefined;
  }

  string(text: string, start: number, end: number): void {
    if (this.#keyNext) {
      this.#addKey(text.slice(start, end + 1));
    }
    this.#keyNext = false;
  }

  #addKey(literal: string): void {
    const { maxKeys } = this.#limits;
    this.#keys++;
    if (this.#keys > maxKeys) {
      throw new AppError('body_too_large', `The body has more than ${maxKeys} keys. Send fewer alerts at once.`);
    }
    const key = literal.includes('\\') ? unescaped(literal) : literal.slice(1, -1);
    const seen = this.#levels.at(-1);
    if (seen?.has(key) === true) {
      const shown = JSON.stringify(key.slice(0, 60));
      throw new AppError('invalid_request', `The body has the key ${shown} twice in one object. Send it once.`);
    }
    seen?.add(key);
  }
}

/** Index of the closing quote, or of the last character when there is none. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === backslash) {
      at++;
    } else if (code === quote) {
      return at;
    }
  }
  return text.length - 1;
}

function unescaped(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch {
    // no JSON string: the parser says so
    return literal;
  }
}
