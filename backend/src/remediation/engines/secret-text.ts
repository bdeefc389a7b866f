import { createRedact } from '../audit/redact.ts';

/** Names whose values are secret. */
export const secretKeys =
  /pass(word|wd|phrase)?$|passw|secret|token|credential|api[-_]?key|private[-_]?key|authorization/i;

const longestBytes = 8_192;
const named =
  /((?:pass(?:word|wd|phrase)|secret|token|credentials?|api[-_]?key|private[-_]?key)["']?\s*[:=]\s*)("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s,;}'"]+)/gi;
const pemKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g;
// Controls and marks that turn text around would let output look like something else in a terminal.

const unsafeInTerminals = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Makes what an engine says fit to be stored and shown: without secrets and controls, at most 8 KB. */
export type SafeText = (text: string) => string;

/** @param secrets values that must not appear, wherever they stand */
export function createSafeText(secrets: readonly string[]): SafeText {
  const redact = createRedact(secrets);
  return (text) => {
    // Whatever is cut off is cut off after secrets were looked for: half of one is still a secret.
    const known = secrets.reduce((said, secret) => (secret === '' ? said : said.replaceAll(secret, '[secret]')), text);
    const plain = known.replace(pemKey, '[secret]').replace(named, '$1[secret]').replace(unsafeInTerminals, escaped);
    return cut(String(redact(plain)));
  };
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function cut(text: string): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= longestBytes) {
    return text;
  }
  // A character that is cut in two becomes U+FFFD, three bytes at most.
  return `${bytes.subarray(0, longestBytes - 16).toString('utf8')}…`;
}
