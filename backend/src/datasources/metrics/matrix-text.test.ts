import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cutSamples, readSamples } from './matrix-text.ts';

interface Matrix {
  readonly result: ReadonlyArray<{
    readonly metric: Readonly<Record<string, string>>;
    readonly values: ReadonlyArray<readonly [number, string]>;
  }>;
}

const prometheusValue = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom('NaN', '+Inf', '-Inf')
);
const time = fc.integer({ min: 0, max: 4e12 }).map((ms) => ms / 1_000);
/** Labels that look like what the cutter searches for. */
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('"values":[[1,"2"]]', 'values', '[[', ']]', '\\'));
/**
 * Without backslashes: after an object with the key "\\\\", V8's JSON.parse (Node 24.21) takes an escaped key of one
 * character, such as "\\u000e", for that key.
 */
const labelName = fc.oneof(text, fc.constant('values')).filter((name) => !name.includes('\\'));
const matrix: fc.Arbitrary<Matrix> = fc.record({
  result: fc.array(
    fc.record({
      metric: fc.dictionary(labelName, text),
      values: fc.array(fc.tuple(time, prometheusValue)),
    })
  ),
});

/** What `JSON.parse` of the whole makes of it: the second implementation. */
function plainly({ result }: Matrix) {
  const numberOf = (value: string) => Number(value.replace('Inf', 'Infinity'));
  return result.map(({ metric, values }) => ({
    metric,
    timestampsMs: values.map(([seconds]) => Math.round(seconds * 1_000)),
    values: values.map(([, value]) => numberOf(value)),
  }));
}

function cutting(body: string) {
  const { rest, samples } = cutSamples(body);
  const { result } = JSON.parse(rest) as { result: Array<{ metric: object; values: number | [] }> };
  return result.map(({ metric, values }) => {
    const found = typeof values === 'number' ? samples[values] : undefined;
    return { metric, ...(found === undefined ? { timestampsMs: [], values: [] } : readSamples(found)) };
  });
}

describe('samples cut out of an answer', () => {
  test('are those that parsing all of it as JSON gives, whatever the labels say and however it is spaced', () => {
    fc.assert(
      fc.property(matrix, fc.constantFrom(undefined, 1), (made, indent) => {
        expect(cutting(JSON.stringify(made, null, indent))).toEqual(plainly(made));
      })
    );
  });

  test('leave an answer without samples as it is', () => {
    fc.assert(
      fc.property(fc.json(), (body) => {
        const { rest, samples } = cutSamples(body);
        expect({ rest, samples }).toEqual({ rest: body, samples: [] });
      })
    );
  });

  test('leave an answer that ends within them unreadable', () => {
    const { rest } = cutSamples('{"result":[{"values":[[1,"2"],[2,"3"');
    expect(() => JSON.parse(rest) as unknown).toThrow(SyntaxError);
  });

  test.each([
    ['a value that is no text', '[[1,2]]'],
    ['an instant that is no number', '[["1","2"]]'],
    ['an instant with two points', '[[1.2.3,"2"]]'],
    ['a sample of three', '[[1,"2",3]]'],
    ['a list within a sample', '[[1,["2"]]]'],
    ['something between two samples', '[[1,"2"] x [2,"3"]]'],
  ])('with %s are refused', (_what, samples) => {
    const [found] = cutSamples(`{"values":${samples}}`).samples;
    expect(found && readSamples(found)).toBeUndefined();
  });
});
