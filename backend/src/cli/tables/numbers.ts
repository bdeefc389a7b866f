import { unitOf, type Unit } from './units.ts';

export type DecimalMark = '.' | ',';

export interface NumberStyle {
  readonly decimal: DecimalMark;
  /** Whether the cells themselves show which mark is the decimal one. */
  readonly evidence: 'seen' | 'none-needed' | 'ambiguous';
}

const missing = /^(?:|-|--|—|–|\.|null|nan|n\/a|na|none|nil|undefined|no data|#n\/a|#value!|missing)$/i;
const spaces = /[\s\u00a0\u202f\u2009]/g;
// Sign, digits with any marks people put between them, exponent, then a unit.
const shape = /^([-+−]?)((?:\d[\d.,'’\s\u00a0\u202f\u2009]*|[.,]\d+)?)(e[-+]?\d+)?\s*(.*)$/i;

/** Whether a cell says that there is no value. */
export function isMissing(cell: string): boolean {
  return missing.test(cell.trim());
}

interface Parts {
  readonly negative: boolean;
  /** Digits and marks, spaces taken out. */
  readonly body: string;
  readonly exponent: string;
  readonly unit: string;
}

function partsOf(cell: string): Parts | undefined {
  const match = shape.exec(cell.trim());
  const [, sign = '', digits = '', exponent = '', unit = ''] = match ?? [];
  const body = digits.replace(spaces, '').replace(/['’]/g, '');
  if (body === '' || /[.,]$/.test(body)) {
    return undefined;
  }
  // Spaces and apostrophes may only stand between groups of three: `12 345`, not `1 2`.
  if (
    /[\s\u00a0\u202f\u2009'’]/.test(digits.trim()) &&
    !/^\d{1,3}(?:[\s\u00a0\u202f\u2009'’]\d{3})+(?:[.,]\d+)?$/.test(digits.trim())
  ) {
    return undefined;
  }
  return { negative: sign === '-' || sign === '−', body, exponent, unit: unit.trim() };
}

function markAfterGroups(body: string, mark: DecimalMark): boolean {
  const group = mark === '.' ? '\\.' : ',';
  return new RegExp(`^\\d{1,3}(?:${group}\\d{2,3})*${group}\\d{3}$`).test(body);
}

/** What one number says about the decimal mark: a mark, `?` when both readings make sense, undefined when it says nothing. */
function evidenceOf(body: string): DecimalMark | '?' | undefined {
  const lastDot = body.lastIndexOf('.');
  const lastComma = body.lastIndexOf(',');
  if (lastDot >= 0 && lastComma >= 0) {
    return lastDot > lastComma ? '.' : ',';
  }
  if (lastDot < 0 && lastComma < 0) {
    return undefined;
  }
  const mark: DecimalMark = lastDot >= 0 ? '.' : ',';
  const other: DecimalMark = mark === '.' ? ',' : '.';
  const count = body.split(mark).length - 1;
  if (count > 1) {
    return other;
  }
  return markAfterGroups(body, mark) && !body.startsWith('0') ? '?' : mark;
}

/**
 * Which mark is the decimal one, judged over all cells of the file: one cell such as `1,234` can't say.
 * @param pointIsLikely a file separated by commas: its numbers have points, unless a cell says otherwise
 */
export function decimalStyle(cells: Iterable<string>, pointIsLikely: boolean): NumberStyle {
  const votes = { '.': 0, ',': 0, '?': 0 };
  let onlyPoints = true;
  for (const cell of cells) {
    const body = isMissing(cell) ? '' : (partsOf(cell)?.body ?? '');
    const evidence = evidenceOf(body);
    if (evidence !== undefined) {
      votes[evidence] += 1;
      onlyPoints &&= !body.includes(',');
    }
  }
  if (votes['.'] !== votes[',']) {
    return { decimal: votes[','] > votes['.'] ? ',' : '.', evidence: 'seen' };
  }
  if (votes['?'] + votes[','] === 0) {
    return { decimal: '.', evidence: 'none-needed' };
  }
  return { decimal: '.', evidence: pointIsLikely && onlyPoints ? 'seen' : 'ambiguous' };
}

function plainDigits(body: string, decimal: DecimalMark): string | undefined {
  const grouping: DecimalMark = decimal === '.' ? ',' : '.';
  const [whole = '', fraction, ...more] = body.split(decimal);
  if (more.length > 0 || fraction?.includes(grouping) === true) {
    return undefined;
  }
  if (whole.includes(grouping) && !markAfterGroups(whole, grouping)) {
    return undefined;
  }
  return `${whole.replaceAll(grouping, '')}.${fraction ?? '0'}`;
}

export interface CellNumber {
  /** In the base unit of `unit`. */
  readonly value: number;
  readonly unit: Unit | undefined;
}

const infinities: Readonly<Record<string, number>> = { inf: Infinity, '+inf': Infinity, '-inf': -Infinity };

/**
 * The number in a cell with its unit: `1.234,5` · `1 234,5` · `12.3 %` · `1.2 MiB` · `1.5 K` · `3e-7`.
 * @returns undefined when it is none; a missing value is asked with `isMissing` first
 */
export function parseCellNumber(cell: string, decimal: DecimalMark): CellNumber | undefined {
  const infinite = infinities[cell.trim().toLowerCase().replace('infinity', 'inf')];
  if (infinite !== undefined) {
    return { value: infinite, unit: undefined };
  }
  const parts = partsOf(cell);
  const digits = parts === undefined ? undefined : plainDigits(parts.body, decimal);
  if (parts === undefined || digits === undefined) {
    return undefined;
  }
  const unit = parts.unit === '' ? undefined : unitOf(parts.unit);
  if (parts.unit !== '' && unit === undefined) {
    return undefined;
  }
  const magnitude = Number(`${digits}${parts.exponent}`);
  return { value: (parts.negative ? -magnitude : magnitude) * (unit?.factor ?? 1), unit };
}
