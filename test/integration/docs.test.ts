import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { guards } from '../../backend/src/remediation/guardrails/decide.ts';
import { renderBenchmarksPage } from '../bench/benchmarks-page.ts';
import { storedReports } from '../bench/stored-reports.ts';
import { policiesFile, readmeFile, withPolicyTable, withSettingsTable } from '../support/readme-settings.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

test('the configuration table of the README is what the schemas say', async () => {
  const readme = readFileSync(readmeFile, 'utf8');

  expect(await withSettingsTable(readme)).toBe(readme);
});

test('the table of keys in docs/policies.md is what the schema says, and its guardrails are those that are asked', async () => {
  const page = readFileSync(policiesFile, 'utf8');

  expect(await withPolicyTable(page)).toBe(page);
  const rows = [...page.matchAll(/^\| `([a-z-]+)` +\| ([A-Z]+\d+)/gm)].map(([, name, id]) => `${id} ${name}`);
  expect(rows).toEqual(guards.map(({ id, name }) => `${id} ${name}`));
});

test('BENCHMARKS.md is what the stored results say', () => {
  expect(read('BENCHMARKS.md')).toBe(renderBenchmarksPage(storedReports()));
});

test('the tests that the threat model names are there', () => {
  const named = [...read('docs/threat-model.md').matchAll(/`([a-z-]+\.test\.ts)`/g)].map((match) => match[1] ?? '');
  const folders = ['backend/src', 'test'].map((folder) => path.join(root, folder));
  const known = folders.flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }));
  const names = new Set(known.map((file) => path.basename(file)));

  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((name) => !names.has(name))).toEqual([]);
});

test.each(['README.md', 'README.ko.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md'])(
  'every local link of %s leads to a file',
  (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1] ?? '');

    const missing = links.filter((link) => readableSize(path.join(root, link)) === undefined);

    expect(missing).toEqual([]);
  }
);

function readableSize(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.size;
}
