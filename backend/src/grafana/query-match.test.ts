import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { matchQueries } from './query-match.ts';
import { readQuery } from './query-shape.ts';

const match = (job: string, panel: string) => matchQueries(readQuery(job), readQuery(panel));

const rate = 'sum by (service, code) (rate(http_requests_total{env="prod", app="shop"}[5m]))';

describe('a panel is the same or equivalent', () => {
  test.each([
    ['by its text', rate, rate, 'same'],
    ['whatever blanks stand around it', rate, `  ${rate}\n`, 'same'],
    [
      'whatever its white space and comments',
      rate,
      `sum by(service,code)(\n  rate(http_requests_total{env="prod",app="shop"}[5m]) # per second\n)`,
      'equivalent',
    ],
    ['whatever the order of its matchers', 'x{a="1",b="2"}', 'x{b="2",a="1"}', 'equivalent'],
    ['whatever the order of its grouping', 'sum by (a, b) (x)', 'sum by (b, a) (x)', 'equivalent'],
    ['wherever its grouping stands', 'sum by (a) (x)', 'sum(x) by (a)', 'equivalent'],
    ['however its keywords are cased', 'sum by (a) (x)', 'SUM BY (a) (x)', 'equivalent'],
    ['however its strings are quoted', 'x{a="1"}', "x{a='1'}", 'equivalent'],
    ['however its durations are written', 'rate(x[60s])', 'rate(x[1m])', 'equivalent'],
    ['however its numbers are written', 'x > 1000', 'x > 1e3', 'equivalent'],
    ['with the metric as a matcher', 'x{a="1"}', '{__name__="x", a="1"}', 'equivalent'],
    ['with an empty list of matchers', 'x', 'x{}', 'equivalent'],
    ['with brackets that change nothing', 'a / b', '(a) / (b)', 'equivalent'],
    ['with $__rate_interval for the range', 'rate(x[5m])', 'rate(x[$__rate_interval])', 'equivalent'],
    ['with ${__interval} for the range', 'max_over_time(x[1h])', 'max_over_time(x[${__interval}])', 'equivalent'],
    ['with [[interval]] for the range', 'rate(x[5m])', 'rate(x[[[interval]]])', 'equivalent'],
    ['with a variable in a subquery', 'max_over_time(x[1h:5m])', 'max_over_time(x[$__range:5m])', 'equivalent'],
    ['with a variable as offset', 'x offset 1h', 'x offset $shift', 'equivalent'],
  ])('%s', (_, job, panel, expected) => {
    expect(match(job, panel)).toBe(expected);
  });
});

describe('a panel is similar', () => {
  test.each([
    ['with a variable for a value', 'x{service="checkout"}', 'x{service="$service"}'],
    ['with a variable for a value that the job does not choose', 'x', 'x{service=~"$service"}'],
    ['with a formatted variable', 'x{service=~"a|b"}', 'x{service=~"${service:regex}"}'],
    ['with the older form of variables', 'x{service="a"}', 'x{service="[[service]]"}'],
    ['with a variable within a value', 'x{pod="shop-1"}', 'x{pod="shop-$n"}'],
    ['with fewer matchers than the job', 'x{a="1",b="2"}', 'x{a="1"}'],
    ['with another aggregation', rate, 'sum(rate(http_requests_total[5m]))'],
    ['with a variable within the name of the metric', 'node_disk_read_bytes', 'node_disk_${direction}_bytes'],
    ['with all metrics of a ratio', 'a / b', 'sum(a) / sum(b)'],
  ])('%s', (_, job, panel) => {
    expect(match(job, panel)).toBe('similar');
  });
});

describe('a panel shows something else', () => {
  test.each([
    ['with another metric', 'x', 'y'],
    ['with a filter that the job has not', 'x', 'x{service="cart"}'],
    ['with another value of a filter', 'x{service="a"}', 'x{service="b"}'],
    ['with another operator of a filter', 'x{service="a"}', 'x{service!="a"}'],
    ['with one metric of a ratio', 'a / b', 'a'],
    ['with a ratio to a metric that the job does not read', 'a', 'a / b'],
    ['when it is a variable alone', 'x', '$query'],
    ['when it is a selector of any metric', 'x', '{service="$service"}'],
    ['when it is no PromQL', 'x', 'SELECT 1 FROM x'],
    ['when it is empty', 'x', ''],
    ['with a value that only begins alike', 'x{pod="shop"}', 'x{pod="shop-$n"}'],
  ])('%s', (_, job, panel) => {
    expect(match(job, panel)).toBeUndefined();
  });
});

test('a group of label_replace and the end of a regex are no variables', () => {
  const query = 'label_replace(x{a=~"b$"}, "c", "$1", "a", "(.*)")';
  expect(match(query, `${query} `)).toBe('same');
  expect(match(query, query.replaceAll(', ', ','))).toBe('equivalent');
});

test('any text can be read and compared', () => {
  const pieces = fc.constantFrom(
    'x',
    '{',
    '}',
    '"',
    "'",
    '`',
    '[',
    ']',
    '[[',
    '$',
    '${',
    'a="1"',
    '$a',
    ' ',
    '#',
    '\n',
    '(',
    ')',
    '5m',
    'sum by',
    '\\'
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
      const text = parts.join('');
      expect(matchQueries(readQuery(text), readQuery(` ${text}`))).toBe('same');
    })
  );
});

test('a query that is nested thousands deep is no match and no crash', () => {
  expect(match('x', `${'('.repeat(4_000)}x${')'.repeat(4_000)}`)).not.toBe('same');
});
