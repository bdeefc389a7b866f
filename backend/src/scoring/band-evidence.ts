import type { Evidence } from '../contract/anomaly.ts';
import type { CountOf } from '../contract/detect.ts';
import { figure } from '../detection/kinds/finding.ts';
import type { Peak } from './anomaly-book.ts';
import type { Edges } from './served-edges.ts';

/** Why a band was left, in sentences. */
export function bandEvidence(
  peak: Peak,
  edges: Edges,
  opened: { readonly threshold: number; readonly strength: number; readonly open: CountOf }
): Evidence[] {
  const { value, expected, score } = peak;
  const above = value >= expected;
  const { lower, upper } = edges;
  const { threshold, strength, open } = opened;
  const text =
    `${figure(value)} is ${above ? 'above' : 'below'} the band of ${figure(lower)} to ${figure(upper)}, ` +
    `where ${figure(expected)} was expected: ${figure(score)} times the distance to its edge; ` +
    `${open.count} of the last ${open.of} values were outside.`;
  const facts = { value, expected, lower, upper, score, count: open.count, of: open.of };
  const outside = { code: above ? 'above-band' : 'below-band', text, facts };
  if (threshold <= 0) {
    return [outside];
  }
  const budget =
    `How far it reached and how unlike their past its values are come to ${figure(strength)} points. ` +
    `The series is told of from ${figure(threshold)} on, so that alerts come about as often as they are wanted.`;
  return [outside, { code: 'budget', text: budget, facts: { strength, threshold } }];
}
