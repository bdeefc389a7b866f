import { digits, type Report } from './report.ts';

const explanation: Record<string, string> = {
  main: `The main job: previews, training, the Prometheus API, memory, and the accuracy of \`auto\` on the CPU of 78 Azure VMs
(5-minute averages over 29 days; the last day is held out, horizon 288; MASE is scaled by the seasonal naive error of
the history, season one day). The rivals run in the same command on the same series: seasonal naive, ETS, MSTL and
Prophet, each alone. Timings are of this machine and leave the network out.`,
};

/** BENCHMARKS.md as Markdown, from stored results only. */
export function renderBenchmarksPage(reports: readonly Report[]): string {
  const sections = [...reports].sort((a, b) => a.suite.localeCompare(b.suite)).map(section);
  return [
    '# Benchmarks',
    '',
    'Written by `npm run bench` from the results stored in `test/bench/results`; not edited by hand.',
    '"reached" says how far a figure got: none, floor, goal or stretch. Check rows must agree with published or independently',
    'computed figures, else a suite reports nothing.',
    '',
    ...sections,
  ].join('\n');
}

function section(report: Report): string {
  const table = (header: readonly string[], rows: ReadonlyArray<readonly string[]>) =>
    [
      `| ${header.join(' | ')} |`,
      `| ${header.map(() => '---').join(' | ')} |`,
      ...rows.map((r) => `| ${r.join(' | ')} |`),
    ].join('\n');
  return [
    `## ${report.suite}`,
    '',
    explanation[report.suite] ?? '',
    '',
    `Measured ${report.measuredAt} at commit ${report.commit}, seed ${report.seed}, on ${report.machine}.`,
    '',
    table(
      ['target', 'unit', 'measured', 'floor', 'goal', 'stretch', 'reached'],
      report.targets.map((t) => [
        t.name,
        t.unit,
        digits(t.value),
        digits(t.floor),
        digits(t.goal),
        digits(t.stretch),
        t.reached,
      ])
    ),
    '',
    table(
      ['row', 'measure', 'value'],
      report.rows.map((r) => [r.name, r.measure, digits(r.value)])
    ),
    '',
    table(
      ['check row', 'expected', 'got'],
      report.checks.map((c) => [c.name, digits(c.expected), digits(c.got)])
    ),
    '',
  ].join('\n');
}
