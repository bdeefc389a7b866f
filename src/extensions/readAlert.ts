import { readPath, readProperty } from './readContext.ts';

/** An alert as a menu of Grafana's alert lists hands it on. */
export interface AlertContext {
  /** As the alert's name says; empty when it says nothing. */
  readonly name: string;
  /** `Alerting`, `Normal`, `Alerting (Error)` …; empty when it is not told. */
  readonly state: string;
  /** Without those of Grafana's own use, which no webhook tells. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Far more than any alert has: a context must not make the menu wait. */
const mostEntries = 500;

function ownKeys(source: unknown): readonly string[] {
  if (typeof source !== 'object' || source === null) {
    return [];
  }
  try {
    return Object.keys(source).slice(0, mostEntries);
  } catch {
    return [];
  }
}

/** The texts of an object whose plain reads may throw. */
function readTexts(source: unknown): Readonly<Record<string, string>> {
  const entries = ownKeys(source)
    .filter((key) => !key.startsWith('__'))
    .map((key) => [key, readProperty(source, key)] as const)
    .filter((entry): entry is readonly [string, string] => typeof entry[1] === 'string');
  return Object.fromEntries(entries);
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/**
 * Reads the context of an alert instance, of Grafana 12's shape and of the flatter later one. It is known by the
 * instance's own labels: the rule beside it is missing or another one in some lists.
 * @returns empty labels when there are none to be read; never throws
 */
export function readAlert(context: unknown): AlertContext {
  const instance = readProperty(context, 'instance') ?? context;
  const labels = readTexts(readProperty(instance, 'labels'));
  return {
    name: labels['alertname'] ?? text(readPath(context, 'rule', 'name')),
    state: text(readProperty(instance, 'state')),
    labels,
    annotations: readTexts(readProperty(instance, 'annotations')),
  };
}
