import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createPacer } from '../../pacer.ts';
import { evaluate } from './evaluate.ts';
import { PromqlError } from './promql-error.ts';
import { readExpression } from './read-expression.ts';
import { readSeriesSelector } from './read-selector.ts';

async function scalarOf(query: string): Promise<number> {
  const value = await evaluate(readExpression(query), {
    grid: { startMs: 4000, stepMs: 1000, count: 1 },
    store: { select: () => Promise.reject(new Error('not used')), labelSets: async () => [], metadata: async () => [] },
    pacer: createPacer(new AbortController().signal),
    maxSamples: 10,
    infos: new Set(),
    warnings: new Set(),
    samplesTaken: 0,
  });
  return value.kind === 'scalar' ? (value.values[0] ?? NaN) : NaN;
}

function refusal(query: string): string {
  try {
    readExpression(query);
  } catch (error) {
    return error instanceof PromqlError ? `${error.errorType} ${error.message}` : `defect ${String(error)}`;
  }
  return 'accepted';
}

describe('what is not available is named, with what to do', () => {
  test.each([
    ['rate(yhat[5m])', 'rate() is not available on forecast series: they are levels, not counters. Put rate() into'],
    ['sum(\n  increase(y[1h])\n)', '2:3: parse error: increase() is not available'],
    ['deriv(y[1h])', 'they already say what comes next'],
    ['histogram_quantile(0.9, y)', 'there are no histograms'],
    ['label_join(y, "a", "b", "c")', 'Available are: abs, absent'],
    ['yhat[1h:5m]', 'a selector takes one [range]'],
    ['max_over_time(sum(y)[1h:5m])', 'a subquery such as x[1h:5m] is not available'],
    ['y / on(job) group_left yhat', 'group_left is not available on forecast series: aggregate one side'],
    ['y atan2 yhat', 'the operator atan2 is not available'],
    ['count_values("v", y)', 'count_values() is not available'],
    ['(y + 1) offset 5m', 'offset on a computed value is not available'],
    ['y[5m + 1m]', 'a range takes one duration above zero'],
    ['y offset (5m + 1m)', 'offset takes one duration'],
    ['y[0s]', 'a range takes one duration above zero'],
  ])('%s', (query, message) => {
    expect(refusal(query)).toContain('bad_data');
    expect(refusal(query)).toContain(message);
  });
});

describe('faults are placed at line and column', () => {
  test.each([
    ['', '1:1: parse error: the expression is empty'],
    ['  # only a comment', 'parse error: unexpected end of the expression'],
    ['sum(yhat', 'parse error: unexpected end of the expression'],
    ['yhat{for=x}', '1:10: parse error: unexpected "x"'],
    ['yhat\n  yhat', '2:3: parse error: unexpected "yhat"'],
    ['foo(yhat)', '1:4: parse error: unknown function "foo"'],
    ['yhat{a=~"("}', 'the regex of label "a" can\'t be read'],
    ['yhat{a="\\q"}', 'an escape sequence that PromQL does not know'],
    ['yhat{__name__="y"}', 'the metric name is given twice'],
  ])('%s', (query, message) => {
    expect(refusal(query)).toContain(message);
  });
});

describe('bounds', () => {
  test('an expression over 10,000 characters is refused', () => {
    expect(refusal(`yhat${' '.repeat(10_000)}`)).toContain('at most 10000 are accepted');
  });

  test('nesting over 50 is refused, a long flat chain is not', () => {
    expect(refusal(`${'('.repeat(60)}1${')'.repeat(60)}`)).toContain('nested more than 50 deep');
    expect(refusal(`1${' + 1'.repeat(500)}`)).toBe('accepted');
  });

  test('any text is read or refused as bad data, never anything else', () => {
    const words = fc.constantFrom(
      ...'yhat sum by ( ) { } [ ] , + - * / ^ == bool and or offset @ end() 5m 1 "a" = =~ on ignoring rate avg_over_time'.split(
        ' '
      )
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(words, { maxLength: 15 }).map((list) => list.join(' '))
    );
    fc.assert(
      fc.property(text, (query) => {
        expect(refusal(query)).toMatch(/^(accepted|bad_data )/);
      }),
      { numRuns: 500 }
    );
  });
});

describe('selectors', () => {
  test('a quoted name is a metric name of any characters', () => {
    const matchers = readSeriesSelector('{"utf8.name", "a.b"!="x", service=~"api|web"}');
    expect(matchers.map(({ name, operator, value }) => `${name}${operator}${value}`)).toEqual([
      '__name__=utf8.name',
      'a.b!=x',
      'service=~api|web',
    ]);
  });

  test('a regex is anchored, RE2, and linear on what makes others slow', () => {
    const [slow] = readSeriesSelector(`{a=~"(x+x+)+y"}`);
    expect(slow?.matches('x'.repeat(5_000))).toBe(false);
    expect(slow?.matches('xxy')).toBe(true);
    expect(slow?.matches('xxyz')).toBe(false);
  });
});

/** A random arithmetic expression: its value by JavaScript, and its text with and without needless parentheses. */
interface Sum {
  readonly full: string;
  readonly least: string;
  /** Precedence of the outermost operator. */
  readonly binds: number;
}

const levels: ReadonlyArray<readonly [string, number]> = [
  ['+', 1],
  ['-', 1],
  ['*', 2],
  ['/', 2],
  ['%', 2],
  ['^', 3],
];

const { sum } = fc.letrec<{ sum: Sum; leaf: Sum; pair: Sum; minus: Sum }>((tie) => ({
  leaf: fc.integer({ min: 0, max: 9 }).map((n) => ({ full: String(n), least: String(n), binds: 9 })),
  pair: fc.tuple(tie('sum'), fc.constantFrom(...levels), tie('sum')).map(([a, [operator, binds], b]) => {
    const rightTied = operator === '^';
    const left = a.binds < binds || (rightTied && a.binds === binds) ? `(${a.least})` : a.least;
    const right = b.binds < binds || (!rightTied && b.binds === binds) ? `(${b.least})` : b.least;
    return { full: `(${a.full} ${operator} ${b.full})`, least: `${left} ${operator} ${right}`, binds };
  }),
  // A sign binds as a product does, but weaker than a power.
  minus: tie('sum').map((a) => ({
    full: `(-(${a.full}))`,
    least: a.binds >= 3 ? `-${a.least}` : `-(${a.least})`,
    binds: 2,
  })),
  sum: fc.oneof({ maxDepth: 4 }, tie('leaf'), tie('pair'), tie('minus')),
}));

describe('precedence', () => {
  test('parentheses that precedence makes needless change nothing', async () => {
    await fc.assert(
      fc.asyncProperty(sum, async ({ full, least }) => {
        expect(await scalarOf(least)).toBe(await scalarOf(full));
      }),
      { numRuns: 300 }
    );
  });

  test.each([
    ['0x1F', 31],
    ['1_000.5', 1000.5],
    ['1e-3', 0.001],
    ['5m', 300],
    ['1h30m', 5400],
    ['-Inf', -Infinity],
    ['+.5', 0.5],
    ['1 == bool 1', 1],
    ['time()', 4],
  ])('%s is %d', async (query, value) => {
    expect(await scalarOf(query)).toBe(value);
  });
});
