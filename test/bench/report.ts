/** What a suite prints, stores and is judged by. */

export interface Check {
  readonly name: string;
  /** The published or independently computed figure. */
  readonly expected: number;
  readonly got: number;
  readonly ok: boolean;
}

/**
 * One figure. Details: `low` and `high` are the ends of its 95 % bootstrap interval over series, `table` puts rows of one
 * title into a table of their own with a column for each measure, `source` says whose figure it is when not ours.
 */
export interface Row {
  readonly name: string;
  readonly measure: string;
  readonly value: number;
  readonly [detail: string]: string | number;
}

export interface TargetSpec {
  readonly name: string;
  readonly unit: string;
  readonly better: 'lower' | 'higher';
  readonly floor: number;
  readonly goal: number;
  readonly stretch: number;
}

export interface Target extends TargetSpec {
  readonly value: number;
  readonly reached: 'none' | 'floor' | 'goal' | 'stretch';
}

/** What a run took; CPU time and memory include those of stored results that it went on from. */
export interface Cost {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly maxRssBytes: number;
}

export interface Report {
  readonly suite: string;
  readonly commit: string;
  readonly seed: number;
  readonly measuredAt: string;
  readonly machine: string;
  /** Whether what is scored has seen the whole series or only what lies before. */
  readonly view?: string;
  readonly cost?: Cost;
  readonly checks: readonly Check[];
  readonly rows: readonly Row[];
  readonly targets: readonly Target[];
}

/** A check row holds when it agrees with the expected figure to the digits given. */
export function check(name: string, expected: number, got: number, digits: number): Check {
  return { name, expected, got, ok: Math.abs(got - expected) <= 0.5 * 10 ** -digits + 1e-12 };
}

/** A check row to a number of significant digits. */
export function checkSignificant(name: string, expected: number, got: number, significant: number): Check {
  return check(name, expected, got, significant - 1 - Math.floor(Math.log10(Math.abs(expected))));
}

/** How far a measured value got; a value that is not a number reaches nothing. */
export function judge(spec: TargetSpec, value: number): Target {
  const meets = (mark: number) => (spec.better === 'lower' ? value <= mark : value >= mark);
  const reached = meets(spec.stretch) ? 'stretch' : meets(spec.goal) ? 'goal' : meets(spec.floor) ? 'floor' : 'none';
  return { ...spec, value, reached };
}

/** A target with one figure: floor, goal and stretch are the same. */
export function single(name: string, unit: string, better: 'lower' | 'higher', mark: number): TargetSpec {
  return { name, unit, better, floor: mark, goal: mark, stretch: mark };
}

/** Significant digits, and no exponent for the sizes we meet. */
export function digits(value: number, significant = 4): string {
  if (!Number.isFinite(value)) {
    return String(value);
  }
  return Math.abs(value) >= 1000 ? Math.round(value).toString() : Number(value.toPrecision(significant)).toString();
}

/** Rows as an aligned text table. */
function textTable(header: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return [line(header), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

/** Header and cells, to be drawn as text or Markdown. */
export interface Table {
  readonly title: string | undefined;
  readonly header: readonly string[];
  readonly rows: ReadonlyArray<readonly string[]>;
}

export function checkTable(checks: readonly Check[]): Table {
  return {
    title: undefined,
    header: ['check row', 'expected', 'got', 'ok'],
    rows: checks.map((c) => [
      c.name,
      String(c.expected),
      digits(c.got, significantDigits(c.expected) + 1),
      c.ok ? 'yes' : 'NO',
    ]),
  };
}

/** Digits of a number as it is written, leading zeros left out. */
function significantDigits(value: number): number {
  return String(value)
    .replace('.', '')
    .replace(/^[-0]+/, '').length;
}

export function targetTable(targets: readonly Target[]): Table {
  return {
    title: undefined,
    header: ['target', 'unit', 'measured', 'floor', 'goal', 'stretch', 'reached'],
    rows: targets.map((t) => [
      t.name,
      t.unit,
      digits(t.value),
      digits(t.floor),
      digits(t.goal),
      digits(t.stretch),
      t.reached,
    ]),
  };
}

/** Rows without a table of their own as one list, then each table with a column for each measure. */
export function rowTables(rows: readonly Row[]): Table[] {
  const titles = [...new Set(rows.map((row) => row['table']))];
  return titles.map((title) => {
    const own = rows.filter((row) => row['table'] === title);
    return title === undefined
      ? { title: undefined, header: ['row', 'measure', 'value'], rows: own.map((r) => [nameOf(r), r.measure, cell(r)]) }
      : pivot(String(title), own);
  });
}

function pivot(title: string, rows: readonly Row[]): Table {
  const measures = [...new Set(rows.map((row) => row.measure))];
  const names = [...new Set(rows.map(nameOf))];
  const cells = new Map(rows.map((row) => [`${nameOf(row)}\n${row.measure}`, cell(row)]));
  return {
    title,
    header: ['', ...measures],
    rows: names.map((name) => [name, ...measures.map((measure) => cells.get(`${name}\n${measure}`) ?? '')]),
  };
}

const nameOf = (row: Row) => (row['source'] === undefined ? row.name : `${row.name} (${row['source']})`);

function cell({ value, low, high }: Row): string {
  const interval =
    typeof low === 'number' && typeof high === 'number' ? ` [${digits(low, 3)}, ${digits(high, 3)}]` : '';
  return `${digits(value)}${interval}`;
}

export function costLine({ wallSeconds, cpuSeconds, maxRssBytes }: Cost): string {
  return `${digits(wallSeconds)} s of wall time, ${digits(cpuSeconds)} s of CPU time, ${digits(maxRssBytes / 1e6)} MB of memory at most`;
}

export function renderTable({ title, header, rows }: Table): string {
  return `${title === undefined ? '' : `${title}\n`}${textTable(header, rows)}`;
}

/** What a suite measured, for the terminal; check rows come before it. */
export function renderReport(report: Report): string {
  const heading = `${report.suite}${report.view === undefined ? '' : ` (${report.view})`}`;
  return [
    heading,
    ...rowTables(report.rows).map(renderTable),
    renderTable(targetTable(report.targets)),
    ...(report.cost === undefined ? [] : [costLine(report.cost)]),
  ].join('\n\n');
}
