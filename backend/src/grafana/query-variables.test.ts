import { expect, test } from '@jest/globals';
import { mayNameAnyMetric } from './query-variables.ts';

test.each([
  ['node_disk_${direction}_bytes', true],
  ['$metric', true],
  ['[[metric]]{a="1"}', true],
  ['sum(rate($metric[5m]))', true],
  ['{__name__=~"$metric"}', true],
  ['{__name__="x", a="$a"}', true],
  ['x{a="$a", b=~"${b:regex}"}', false],
  ["x{a='[[a]]'}", false],
  ['rate(x[$__rate_interval])', false],
  ['rate(x[[[interval]]])', false],
  ['max_over_time(x[${range}:5m])', false],
  ['x # of $somebody', false],
  ['label_replace(x, "a", "$1", "b", "(.*)")', false],
  ['x{a="\\"$a"}', false],
  ['x', false],
])('whether a variable may name any metric in %s: %p', (query, expected) => {
  expect(mayNameAnyMetric(query)).toBe(expected);
});
