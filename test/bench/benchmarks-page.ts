import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { checkTable, costLine, rowTables, targetTable, type Report, type Table } from './report.ts';

/** BENCHMARKS.md as Markdown, from stored results and the explanation beside each suite only. */
export function renderBenchmarksPage(reports: readonly Report[]): string {
  const sections = [...reports].sort((a, b) => a.suite.localeCompare(b.suite)).map(section);
  return [
    '# Benchmarks',
    '',
    'Written by `npm run bench` from the results stored in `test/bench/results`; not edited by hand.',
    '"reached" says how far a figure got: none, floor, goal or stretch. Check rows must agree with published or independently',
    'computed figures, else a suite reports nothing. In brackets: 95 % bootstrap intervals over series.',
    '',
    ...sections,
  ].join('\n');
}

function section(report: Report): string {
  return [
    `## ${report.suite}`,
    '',
    explanationOf(report.suite),
    '',
    measuredLine(report),
    '',
    markdown(targetTable(report.targets)),
    '',
    ...rowTables(report.rows).flatMap((table) => [markdown(table), '']),
    ...(report.checks.length === 0 ? [] : [markdown(checkTable(report.checks)), '']),
  ].join('\n');
}

function measuredLine({ measuredAt, commit, seed, machine, view, cost }: Report): string {
  const seen = view === undefined ? '' : ` Scores are ${view}.`;
  const took = cost === undefined ? '' : ` It took ${costLine(cost)}.`;
  return `Measured ${measuredAt} at commit ${commit}, seed ${seed}, on ${machine}.${seen}${took}`;
}

/** The text of README.md beside the suite, without its title. */
function explanationOf(suite: string): string {
  const file = path.join(import.meta.dirname, 'suites', suite, 'README.md');
  return existsSync(file)
    ? readFileSync(file, 'utf8')
        .replace(/^#.*\n+/, '')
        .trim()
    : '';
}

function markdown({ title, header, rows }: Table): string {
  const lines = [
    `| ${header.join(' | ')} |`,
    `| ${header.map(() => '---').join(' | ')} |`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ];
  return [...(title === undefined ? [] : [`**${title}**`, '']), ...lines].join('\n');
}
