import { readFileSync } from 'node:fs';

const secretFile = /(token|password|secret|key)File$/i;
const secretValue = /^(token|password|secret)$/i;
const longestSecret = 8_192;
const deepest = 8;

/**
 * Every secret that the settings name, as it is now: tokens, values of own headers, and what is in files with a secret.
 * A file that can't be read has none to give away.
 * @param settings any part of the settings
 */
export function knownSecrets(settings: unknown): readonly string[] {
  const found = new Set<string>();
  visit(settings, '', 0, found);
  return [...found];
}

function visit(value: unknown, key: string, depth: number, found: Set<string>): void {
  if (typeof value === 'string') {
    secretsOf(key, value)
      .filter((secret) => secret !== '' && secret.length <= longestSecret)
      .forEach((secret) => found.add(secret));
    return;
  }
  if (typeof value === 'object' && value !== null && depth < deepest) {
    for (const [name, item] of Object.entries(value)) {
      // Each header may hold a key, whatever it is called.
      visit(item, key === 'headers' ? 'secret' : name, depth + 1, found);
    }
  }
}

function secretsOf(key: string, value: string): readonly string[] {
  if (secretValue.test(key)) {
    return [value];
  }
  return secretFile.test(key) ? [textOf(value)] : [];
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
