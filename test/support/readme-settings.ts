/** `node test/support/readme-settings.ts` writes the tables of settings from the schemas; a test checks them. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { policyTable, settingsTable } from '../../backend/src/config.ts';

const root = path.resolve(import.meta.dirname, '../..');

export const readmeFile = path.join(root, 'README.md');
export const policiesFile = path.join(root, 'docs/policies.md');

/** README's text with the table as the schemas have it now. */
export async function withSettingsTable(readme: string): Promise<string> {
  return await between(readme, 'settings', settings());
}

/** The text of docs/policies.md with the table as the schema has it now. */
export async function withPolicyTable(page: string): Promise<string> {
  return await between(page, 'policies', policies());
}

async function between(text: string, name: string, table: string): Promise<string> {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) {
    throw new Error(`the page lacks the marks ${start} and ${end}`);
  }
  const whole = `${text.slice(0, from + start.length)}\n\n${table}\n\n${text.slice(to)}`;
  return await format(whole, { ...(await resolveConfig(readmeFile)), parser: 'markdown' });
}

function settings(): string {
  const rows = settingsTable().map(({ key, type, default: fallback, description, env }) => [
    ...[key === '' ? '–' : `\`${key}\``, type, fallback, description],
    env === undefined ? '' : `\`${env}\``,
  ]);
  return tableOf(['Key', 'Type', 'Default', 'Meaning', 'Environment'], rows);
}

function policies(): string {
  const rows = policyTable().map(({ key, type, default: fallback, description }) => {
    return [`\`${key.replace('policies[].', '')}\``, type, fallback, description];
  });
  return tableOf(['Key', 'Type', 'Default', 'Meaning'], rows);
}

function tableOf(header: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const cells = rows.map((row) => row.map((text) => text.replaceAll('|', '\\|')));
  return [header, header.map(() => '---'), ...cells].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

if (import.meta.main) {
  writeFileSync(readmeFile, await withSettingsTable(readFileSync(readmeFile, 'utf8')));
  writeFileSync(policiesFile, await withPolicyTable(readFileSync(policiesFile, 'utf8')));
}
