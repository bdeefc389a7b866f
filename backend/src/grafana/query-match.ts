import type { OverlayTarget } from '../contract/overlay.ts';
import { keyOf, type QueryShape, type Shape, type ShapeMatcher } from './query-shape.ts';
import { any } from './query-variables.ts';

export type QueryMatch = OverlayTarget['match'];

/**
 * How well a panel's query shows what a job reads: `same` text; `equivalent` but for white space, the order of labels and
 * intervals; `similar`: the same metrics, and nothing that the job reads is filtered out by the panel, whose variables may
 * stand for anything. Undefined when it shows something else.
 */
export function matchQueries(job: QueryShape, panel: QueryShape): QueryMatch | undefined {
  if (job.text === panel.text) {
    return 'same';
  }
  if (job.root === undefined || panel.root === undefined) {
    return undefined;
  }
  if (isEquivalent(job.root, panel.root)) {
    return 'equivalent';
  }
  return isSimilar(job.selectors, panel.selectors) ? 'similar' : undefined;
}

/** Durations of the panel may be variables, such as `$__rate_interval`; names and values may not. */
function isEquivalent(job: Shape, panel: Shape): boolean {
  const isDuration = panel.kind === 'NumberDurationLiteralInDurationContext';
  return (
    job.kind === panel.kind &&
    (job.text === panel.text || (isDuration && panel.text === any)) &&
    job.children.length === panel.children.length &&
    job.children.every((child, i) => isEquivalentOrMissing(child, panel.children[i])) &&
    job.matchers.map(keyOf).join('\n') === panel.matchers.map(keyOf).join('\n')
  );
}

function isEquivalentOrMissing(job: Shape, panel: Shape | undefined): boolean {
  return panel !== undefined && isEquivalent(job, panel);
}

function isSimilar(job: readonly Shape[], panel: readonly Shape[]): boolean {
  return (
    panel.some(({ text }) => text !== '' && text !== any) &&
    job.every((one) => panel.some((other) => isWider(other, one))) &&
    panel.every((other) => job.some((one) => isWider(other, one)))
  );
}

/** True when the panel's selector has the same metric and takes at least the series of the job's. */
function isWider(panel: Shape, job: Shape): boolean {
  return (
    job.text !== '' && globMatches(panel.text, job.text) && panel.matchers.every((one) => isImplied(one, job.matchers))
  );
}

/** A matcher that is a variable alone may hold all values, as the choice "All" does. */
function isImplied(panel: ShapeMatcher, job: readonly ShapeMatcher[]): boolean {
  return (
    panel.value === any ||
    job.some(
      ({ name, operator, value }) =>
        globMatches(panel.name, name) && panel.operator === operator && globMatches(panel.value, value)
    )
  );
}

/** `any` in the pattern stands for any text. Linear: parts are looked for from left to right. */
function globMatches(pattern: string, text: string): boolean {
  const [start = '', ...parts] = pattern.split(any);
  const end = parts.pop();
  if (end === undefined) {
    return pattern === text;
  }
  let at = start.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) {
      return false;
    }
    at = found + part.length;
  }
  return text.startsWith(start) && text.endsWith(end) && text.length - end.length >= at;
}
