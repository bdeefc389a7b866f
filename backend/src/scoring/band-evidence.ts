import type { Evidence } from '../contract/anomaly.ts';
import type { CountOf } from '../contract/detect.ts';
import { figure } from '../detection/kinds/finding.ts';
import type { Peak } from './anomaly-book.ts';
import type { Edges } from './served-edges.ts';

/** Why a band was left, in sentences. */
export function bandEvidence(
  peak: Peak,
  edges: Edges,
  opened: { readonly threshold: number; readonly open: CountOf }
): Evidence[] {
  const { value, expected, score } = peak;
  const above = value >= expected;
  const { lower, upper } = edges;
  const { threshold, open } = opened;
  const text =
    `${figure(value)} is ${above ? 'above' : 'below'} the band of ${figure(lower)} to ${figure(upper)}, ` +
    `where ${figure(expected)} was expected: ${figure(score)} times the distance to its edge; ` +
    `${open.count} of the last ${open.of} values were outside.`;
  const facts = { value, expected, lower, upper, score, count: open.count, of: open.of };
  const outside = { code: above ? 'above-band' : 'below-band', text, facts };
  if (threshold <= 1) {
    return [outside];
  }
  const budget =
    `Told from ${figure(threshold)} times the distance on: nearer to the band this series has been more often ` +
    'than alerts are wanted.';
  return [outside, { code: 'budget', text: budget, facts: { threshold } }];
}
