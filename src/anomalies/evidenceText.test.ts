import { evidenceText } from './evidenceText.ts';

const line = (code: string, facts: Record<string, string | number>) => ({
  code,
  text: 'English of the backend',
  facts,
});
const outside = { value: 412, expected: 120, lower: 90, upper: 160, score: 3.14159, count: 2, of: 3 };

test.each([
  [
    line('above-band', outside),
    '412 ms is above the band of 90 ms to 160 ms, where 120 ms was expected: 3.14 times the distance to its edge; 2 of the last 3 values were outside.',
  ],
  [line('below-band', outside), /^412 ms is below the band/],
  [line('budget', { strength: 51.2, threshold: 31 }), /come to 51.2 points. The series is told of from 31 on/],
  [line('level-shifted', { shift: -3, edges: -2.2, startMs: 0, samples: 7 }), /^The level fell at .*, by 2.2 times/],
  [line('level-shifted', { shift: 3, edges: 2.2, startMs: 0, samples: 7 }), /^The level rose at/],
  [line('level-returned', { startMs: 0 }), /^The level is back/],
  [line('flat', { value: 7, samples: 20, longestMs: 60_000 }), /exactly 7 ms for 20 samples.*before was 1m\.$/],
  [line('flat-moved', { value: 7, samples: 20 }), /moves again after 20 samples at exactly 7 ms/],
  [line('silent', { silentMs: 900_000, boundMs: 180_000 }), /no sample for 15m; gaps are usually shorter than 3m/],
  [line('job-silent', { silentMs: 900_000, boundMs: 180_000 }), /^The query has answered no series at all for 15m/],
  [line('silence-returned', { silentMs: 900_000 }), 'Samples are back after 15m without any.'],
  [line('silence-replaced', {}), /has taken its place/],
  [line('silence-gone', { silentMs: 900_000 }), /^No sample for 15m/],
  [
    line('outlier', { value: 9, distance: 4, peersMin: 1, peersMax: 5 }),
    '9 ms is 4 ms outside the band of its peers, 1 ms to 5 ms.',
  ],
  [line('joint', { metrics: 3, score: 2.5 }), /^Together 3 metrics are 2.5 times/],
  [line('joint-blame', { name: 'cpu', share: 0.62, deviation: 4 }), /^cpu has 62 % of it, at 4 of/],
  [line('capacity', { now: 5, limit: 9, etaMs: 0 }), /^At 5 ms now, it reaches the limit of 9 ms about 1970/],
  [line('capacity-crossed', { now: 10, limit: 9 }), 'It is across the limit now: 10 ms against 9 ms.'],
  [line('capacity-averted', {}), /probably not be crossed/],
  [line('not-watched', {}), /does not look for this/],
])('%j is said with its own numbers', (evidence, text) => {
  expect(evidenceText(evidence, 'ms')).toMatch(text);
});

test('a code that is not known, and one whose numbers are missing, is said in the words of the backend', () => {
  expect(evidenceText({ code: 'gone', text: 'The series is gone.' })).toBe('The series is gone.');
  expect(evidenceText(line('silent', { silentMs: 1 }))).toBe('English of the backend');
  expect(evidenceText(line('outlier', { value: 'much', distance: 1, peersMin: 1, peersMax: 2 }))).toBe(
    'English of the backend'
  );
});
