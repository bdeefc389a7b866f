/** `node test/support/readme-settings.ts` writes README's configuration table from the schemas; a test checks it. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'prettier';
import { settingsTable } from '../../backend/src/config.ts';

export const readmeFile = path.resolve(import.meta.dirname, '../../README.md');
const start = '<!-- settings:start -->';
const end = '<!-- settings:end -->';

/** README's text with the table as the schemas have it now. */
export async function withSettingsTable(readme: string): Promise<string> {
  const from = readme.indexOf(start);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) {
    throw new Error(`README.md lacks the marks ${start} and ${end}`);
  }
  const text = `${readme.slice(0, from + start.length)}\n\n${table()}\n\n${readme.slice(to)}`;
  return format(text, { parser: 'markdown', printWidth: 120 });
}

function table(): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const rows = settingsTable().map(({ key, type, default: fallback, description, env }) =>
    [key === '' ? '–' : `\`${key}\``, type, fallback, description, env === undefined ? '' : `\`${env}\``].map(cell)
  );
  const header = ['Key', 'Type', 'Default', 'Meaning', 'Environment'];
  return [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

if (import.meta.main) {
  writeFileSync(readmeFile, await withSettingsTable(readFileSync(readmeFile, 'utf8')));
}
