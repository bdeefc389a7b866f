import { forecastQueries } from './forecast-band.ts';

test('the widest level is asked under the plain names and the others with their level', () => {
  const queries = forecastQueries('checkout-latency', { levels: [95, 80] });
  expect(queries.upper).toBe('yhat_upper{for="checkout-latency"}');
  expect(queries.narrower).toEqual([
    {
      levelPercent: 80,
      lower: 'yhat_lower_p80{for="checkout-latency"}',
      upper: 'yhat_upper_p80{for="checkout-latency"}',
    },
  ]);
});

test('further matchers follow the job', () => {
  expect(forecastQueries('a', { matchers: ['service="api"'] }).expected).toBe('yhat{for="a", service="api"}');
});

test('a quote, a backslash or a line break in a name cannot end the string', () => {
  expect(forecastQueries('a"b\\c\nd').actual).toBe('y{for="a\\"b\\\\c\\nd"}');
});

test('a single level has no narrower bounds', () => {
  expect(forecastQueries('a', { levels: [99.5] }).narrower).toEqual([]);
});

test('a level with a fraction keeps a legal metric name', () => {
  expect(forecastQueries('a', { levels: [99.5, 99.9] }).narrower[0]?.lower).toBe('yhat_lower_p99_5{for="a"}');
});
