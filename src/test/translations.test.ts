import fs from 'node:fs';
import path from 'node:path';
import english from '../locales/en-US/selfheal-aiops-app.json';
import korean from '../locales/ko-KR/selfheal-aiops-app.json';

type Texts = Readonly<Record<string, string>>;

function flatten(node: object, prefix = ''): Texts {
  return Object.fromEntries(
    Object.entries(node).flatMap(([key, value]): Array<[string, string]> =>
      typeof value === 'string' ? [[prefix + key, value]] : Object.entries(flatten(value, `${prefix}${key}.`))
    )
  );
}

const texts = { english: flatten(english), korean: flatten(korean) };
const placeholders = (text: string) => (text.match(/\{\{[^}]+\}\}/g) ?? []).sort();

/** Calls of `t('key', 'default')` in the product's code. */
function usedTexts(): Map<string, string> {
  const files = fs
    .readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => /(?<!\.test)\.tsx?$/.test(file));
  const used = new Map<string, string>();
  for (const file of files) {
    const code = fs.readFileSync(path.join('src', file), 'utf8');
    for (const match of code.matchAll(/\bt\(\s*'([\w.]+)',\s*'((?:[^'\\]|\\.)*)'/g)) {
      used.set(match[1] ?? '', (match[2] ?? '').replaceAll("\\'", "'"));
    }
  }
  return used;
}

test('English and Korean have the same keys', () => {
  expect(Object.keys(texts.korean).sort()).toEqual(Object.keys(texts.english).sort());
});

test('the English file says what the code says, and holds nothing else', () => {
  expect(texts.english).toEqual(Object.fromEntries([...usedTexts()].sort()));
});

test('a Korean text fills in the same values as its English one', () => {
  const wrong = Object.entries(texts.english).filter(
    ([key, text]) => placeholders(text).join() !== placeholders(texts.korean[key] ?? '').join()
  );
  expect(wrong).toEqual([]);
});

test('values are filled in as they are: quotes and slashes of names stay readable', () => {
  const escaping = Object.values(texts.english).filter((text) => /\{\{(?!-)/.test(text));
  expect(escaping).toEqual([]);
});
