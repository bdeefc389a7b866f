import type { AlertRow } from '../../../backend/src/contract/index.ts';
import type { AlertsPanelOptions } from './options.ts';

export interface AlertGroup {
  /** What its rows have in common; empty without grouping. */
  readonly name: string;
  readonly rows: readonly AlertRow[];
}

interface Matcher {
  readonly label: string;
  readonly values: readonly string[];
  readonly wanted: boolean;
}

/** The worst first; what is unknown stands between warning and info. */
const severityRanks: Readonly<Record<string, number>> = {
  critical: 0,
  page: 0,
  emergency: 0,
  error: 1,
  high: 1,
  major: 1,
  warning: 2,
  minor: 2,
  info: 4,
  low: 4,
  none: 5,
};
const unknownRank = 3;
const stateRanks: Readonly<Record<AlertRow['state'], number>> = { firing: 0, pending: 1, suppressed: 2, resolved: 3 };

export function severityRank(severity: string | null): number {
  return severityRanks[severity?.toLowerCase() ?? ''] ?? unknownRank;
}

/** `a=b, c!=d|e` as matchers; a part that names no label is left out. */
export function parseMatchers(text: string): readonly Matcher[] {
  return text.split(',').flatMap((part) => {
    const [, label, operator, value = ''] = /^\s*([a-zA-Z_]\w*)\s*(!?=)\s*(.*?)\s*$/.exec(part) ?? [];
    return label === undefined ? [] : [{ label, values: value.split('|'), wanted: operator === '=' }];
  });
}

function hasText({ name, summary, labels }: AlertRow, text: string): boolean {
  const haystack = [name, summary, ...Object.entries(labels).map(([label, value]) => `${label}=${value}`)];
  return haystack.join('\n').toLowerCase().includes(text);
}

/** Rows that the options and the text that was typed leave. */
export function filterRows(rows: readonly AlertRow[], options: AlertsPanelOptions, search: string): AlertRow[] {
  const matchers = parseMatchers(options.matchers);
  const text = search.trim().toLowerCase();
  return rows.filter(
    (row) =>
      options.sources.includes(row.source) &&
      options.states.includes(row.state) &&
      matchers.every(({ label, values, wanted }) => values.includes(row.labels[label] ?? '') === wanted) &&
      (text === '' || hasText(row, text))
  );
}

type Order = (a: AlertRow, b: AlertRow) => number;

const newest: Order = (a, b) => b.startedAtMs - a.startedAtMs;
const orders: Readonly<Record<AlertsPanelOptions['sortBy'], Order>> = {
  newest,
  score: (a, b) => (b.score ?? -1) - (a.score ?? -1) || newest(a, b),
  importance: (a, b) =>
    stateRanks[a.state] - stateRanks[b.state] ||
    severityRank(a.severity) - severityRank(b.severity) ||
    (b.score ?? 0) - (a.score ?? 0) ||
    newest(a, b),
};

/** A sorted copy: the order of equal rows stays, so that nothing jumps at a refresh. */
export function sortRows(rows: readonly AlertRow[], sortBy: AlertsPanelOptions['sortBy']): AlertRow[] {
  return [...rows].sort(orders[sortBy] ?? orders.importance);
}

function groupOf(row: AlertRow, { groupBy, groupLabel }: AlertsPanelOptions): string {
  switch (groupBy) {
    case 'none':
      return '';
    case 'severity':
      return row.severity ?? '';
    case 'state':
      return row.state;
    case 'source':
      return row.source;
    case 'job':
      return row.job ?? '';
    case 'label':
      return row.labels[groupLabel] ?? '';
  }
}

/** Rows by what they have in common; groups and rows keep the order of the rows. */
export function groupRows(rows: readonly AlertRow[], options: AlertsPanelOptions): AlertGroup[] {
  const groups = new Map<string, AlertRow[]>();
  for (const row of rows) {
    const name = groupOf(row, options);
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return [...groups].map(([name, members]) => ({ name, rows: members }));
}

/** Who owns it: the values of the labels that say so, such as `payments`. */
export function ownersOf({ labels }: AlertRow, ownerLabels: string): string[] {
  const names = ownerLabels.split(',').map((name) => name.trim());
  return names.flatMap((name) => {
    const value = labels[name];
    return value === undefined || value === '' ? [] : [value];
  });
}

/** What it is about: the first of the usual labels that it has. */
export function subjectOf({ labels }: AlertRow): string {
  const usual = ['service', 'instance', 'host', 'node', 'pod', 'mountpoint', 'for'];
  const [first, second] = usual.flatMap((name) => (labels[name] === undefined ? [] : [labels[name]]));
  return [first, second].filter((part) => part !== undefined).join(' · ');
}
