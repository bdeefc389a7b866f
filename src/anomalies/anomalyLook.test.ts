import { spanText } from './anomalyLook.ts';

test.each([
  [0, '0s'],
  [74_400, '1m14s'],
  [11 * 60_000 + 29_000, '11m'],
  [50 * 3_600_000 + 1, '2d2h'],
])('%d ms lasted %s', (ms, text) => {
  expect(spanText(ms)).toBe(text);
});
