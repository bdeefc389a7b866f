/** What a suite prints, stores and is judged by. */

export interface Check {
  readonly name: string;
  /** The published or independently computed figure. */
  readonly expected: number;
  readonly got: number;
  readonly ok: boolean;
}

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

export interface Report {
  readonly suite: string;
  readonly commit: string;
  readonly seed: number;
  readonly measuredAt: string;
  readonly machine: string;
  readonly checks: readonly Check[];
  readonly rows: readonly Row[];
  readonly targets: readonly Target[];
}

/** A check row holds when it agrees with the expected figure to the digits given. */
export function check(name: string, expected: number, got: number, digits: number): Check {
  return { name, expected, got, ok: Math.abs(got - expected) <= 0.5 * 10 ** -digits + 1e-12 };
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

/** Four significant digits, and no exponent for the sizes we meet. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) {
    return String(value);
  }
  return Math.abs(value) >= 1000 ? Math.round(value).toString() : Number(value.toPrecision(4)).toString();
}

/** Rows as an aligned text table. */
export function textTable(header: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return [line(header), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

/** Everything a suite found, for the terminal. */
export function renderReport(report: Report): string {
  const parts: string[] = [];
  if (report.checks.length > 0) {
    parts.push(
      textTable(
        ['check', 'expected', 'got', 'ok'],
        report.checks.map((c) => [c.name, digits(c.expected), digits(c.got), c.ok ? 'yes' : 'NO'])
      )
    );
  }
  parts.push(
    textTable(
      ['row', 'measure', 'value'],
      report.rows.map((r) => [r.name, r.measure, digits(r.value)])
    )
  );
  parts.push(
    textTable(
      ['target', 'unit', 'value', 'floor', 'goal', 'stretch', 'reached'],
      report.targets.map((t) => [
        t.name,
        t.unit,
        digits(t.value),
        digits(t.floor),
        digits(t.goal),
        digits(t.stretch),
        t.reached,
      ])
    )
  );
  return parts.join('\n\n');
}
