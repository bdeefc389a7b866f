import { aBacktest, aPreview, nowMs } from '../test/builders.ts';
import { fakeGrafana } from '../test/grafana.ts';
import { readQueryContext } from '../extensions/readContext.ts';
import { costText } from './CostLine.tsx';
import { formatSpan, formatValue } from './format.ts';
import { jobDraft, jobNameOf } from './jobDraft.ts';
import { labelText } from './labelText.ts';
import { noteText } from './notes.ts';
import { horizonCoverage, reasonText } from './reason.ts';
import { alertsText } from './sensitivity.ts';
import { nearestStep } from './sensitivitySteps.ts';
import { backtestSummary, coverageSentence, summarySentences } from './summary.ts';
import { maxPoints, trainingStepMs, trainingWindowsMs } from './training.ts';
import { hasOverlayOf, panelFacts } from './usePanelFacts.ts';

const options = { horizonMs: 86_400_000, pastMs: 604_800_000, nowMs, unit: 'ms', timeZone: 'utc' };

test('what comes, what is and what was are one sentence each, with units', () => {
  expect(summarySentences(aPreview(), options)).toEqual([
    'Next 24 h: peak 121 ms around 12:55 (90 ms–140 ms).',
    'Now: normal (score 0.3).',
    'Anomalies in the last 7 d: 1.',
  ]);
});

test('an abnormal now says so, and what cannot be judged is not called normal', () => {
  expect(summarySentences(aPreview({ nowScore: 2.4 }), options)[1]).toContain('abnormal (score 2.4');
  expect(summarySentences(aPreview({ nowScore: null }), options)[1]).toBe('Now: cannot be judged yet.');
});

test('without a forecast there is no sentence about a peak', () => {
  expect(summarySentences(aPreview({ forecast: null }), options)).toHaveLength(2);
});

test('coverage tells what was measured beside what was promised', () => {
  expect(coverageSentence(aBacktest().coverage)).toBe('right 94.6 % of the time, 95 % promised');
  expect(coverageSentence([{ levelPercent: 95, measuredRatio: null }])).toBe('not measured yet');
});

test('why a model won is said from the figures of the table', () => {
  const row = { mae: 3, coverage: [], seconds: 0.1, weight: 0.5, excluded: null, mase: 0.7 };
  const rows = (ownMae: number) => [
    { ...row, model: 'blend', mae: ownMae, weight: 1 },
    { ...row, model: 'ridge', mae: 4 },
    { ...row, model: 'ets', mae: 5 },
    { ...row, model: 'prophet', mae: null, excluded: 'took too long', weight: 0 },
  ];
  const reason = (ownMae: number) => reasonText(aBacktest({ rows: rows(ownMae) }));
  expect(reason(3)).toBe('A blend of 2 models: 25 % closer on data it had not seen than the best single model, ridge.');
  expect(reason(4)).toContain('as close on data it had not seen as the best single model, ridge');
  expect(reason(5)).toContain('25 % further off on data it had not seen than ridge');
  expect(reasonText(aBacktest({ rows: rows(3), selected: 'ridge' }))).toMatch(/^ridge alone: the next best.*, ets,/);
  expect(reasonText(aBacktest({ rows: rows(3).slice(1, 2), selected: 'ridge' }))).toBe('Only ridge could take part.');
});

test('coverage is told near and far', () => {
  expect(horizonCoverage(aBacktest())).toBe(
    'Right by how far ahead: 0 h–8 h 94.6 %, 8 h–16 h 94.6 %, 16 h–24 h 94.6 % (95 % promised).'
  );
  expect(horizonCoverage(aBacktest({ coverageByHorizon: [] }))).toBeUndefined();
});

test.each([
  [1, '1 alert a week'],
  [0.25, '0.25 alerts a week (1 a month)'],
  [2, '2 alerts a week'],
  [3.5, '3.5 alerts a week'],
])('a sensitivity of %d reads %s', (alertsPerWeek, text) => {
  expect(alertsText(alertsPerWeek)).toBe(text);
});

test('a sensitivity from a file stands at the nearest step of the slider', () => {
  expect([0.01, 1, 3.5, 5, 100].map(nearestStep)).toEqual([0, 2, 3, 4, 5]);
});

test('a note says its own numbers where they are known, and the sentence of the backend where not', () => {
  const note = { code: 'gaps', severity: 'info', text: '9 % of the steps are missing.' } as const;
  expect(noteText({ ...note, facts: { percent: 9 } })).toMatch(/^9 % of the steps have no value; models saw/);
  expect(noteText(note)).toBe('Gaps: 9 % of the steps are missing.');
});

test('models that did not take part are not counted as beaten', () => {
  expect(backtestSummary(aBacktest())).toContain('blend chosen from 2 candidates');
});

test('names with quotes and slashes are shown as they are', () => {
  expect(backtestSummary(aBacktest({ selected: 'a"b/c' }))).toContain('a"b/c');
  expect(labelText({ __name__: 'up', job: 'a/b' }, '')).toBe('up{job="a/b"}');
  expect(labelText({}, 'job-1')).toBe('job-1');
});

test.each([
  [86_400_000, '24 h'],
  [259_200_000, '3 d'],
  [5_400_000, '1h30m'],
])('%d ms reads %s', (ms, text) => {
  expect(formatSpan(ms)).toBe(text);
});

test('a value has the unit of its panel', () => {
  expect(formatValue(0.412, 's')).toBe('412 ms');
});

test.each(Object.entries(trainingWindowsMs))('a window of %s has at most 11,000 points', (_name, windowMs) => {
  expect(windowMs / trainingStepMs(windowMs)).toBeLessThanOrEqual(maxPoints);
});

test('four weeks are read at five minutes', () => {
  expect(trainingStepMs(trainingWindowsMs['28d'])).toBe(300_000);
});

test.each([
  ['Checkout p95 latency · service=api', 'checkout-p95-latency-service-api'],
  ['결제 지연', 'forecast'],
  ['--', 'forecast'],
  ['a'.repeat(80), 'a'.repeat(63)],
])('a panel called %s gives a legal job name', (title, name) => {
  expect(jobNameOf(title)).toBe(name);
});

const choices = { training: '28d', past: '7d', horizon: '24h', alertsPerWeek: 2, seriesKey: undefined } as const;
const series = { key: 'k', name: 'api', refId: 'B', labels: {}, timestampsMs: [1, 2], values: [0, 5] };

test('a job reads the query of its series with variables and intervals replaced', () => {
  fakeGrafana({ variables: { service: 'api' } });
  const context = readQueryContext({
    targets: [
      { refId: 'A', expr: 'up' },
      { refId: 'B', expr: 'rate(x{service="$service"}[$__rate_interval])' },
    ],
  });
  expect(jobDraft({ context, title: 'X', series, choices, unit: 'reqps' })).toMatchObject({
    unit: 'reqps',
    query: 'rate(x{service="api"}[20m])',
    step: '5m',
    training: '28d',
    horizon: '24h',
    range: { min: 0 },
  });
});

test('a query that is no PromQL gives no job', () => {
  fakeGrafana();
  const context = readQueryContext({ targets: [{ refId: 'B', rawSql: 'select 1' }] });
  expect(jobDraft({ context, title: 'X', series, choices, unit: undefined })).toBeUndefined();
});

test('the unit of a panel is found in a collapsed row as well, and is unknown rather than wrong', () => {
  const panel = { id: 7, fieldConfig: { defaults: { unit: 'bytes' } } };
  expect(panelFacts({ dashboard: { panels: [{ id: 1, panels: [panel] }] } }, 7).unit).toBe('bytes');
  expect(panelFacts({ dashboard: { panels: [panel] } }, 8).unit).toBeUndefined();
  expect(panelFacts({ spec: {} }, 7).unit).toBeUndefined();
});

test('a saved panel tells whether it may be edited and whose forecast it shows', () => {
  const targets = [{ expr: 'up' }, { expr: 'yhat_upper{for="checkout"}' }, { rawSql: 'select 1' }];
  const dashboard = { title: 'Shop', panels: [{ id: 7, targets }] };
  const facts = panelFacts({ dashboard, meta: { provisioned: true, canSave: false } }, 7);
  expect(facts).toMatchObject({ dashboardTitle: 'Shop', provisioned: true, canSave: false });
  expect(hasOverlayOf(facts, 'checkout')).toBe(true);
  expect(hasOverlayOf(facts, 'check')).toBe(false);
});

test('the cost of one and of many is said in their own words', () => {
  const { cost } = aPreview();
  expect(costText({ ...cost, seriesCount: 1, alertsPerSeriesWeek: 1, alertsPerWeek: 1 })).toBe(
    '1 series · 2 fits a day · 4 CPU-seconds a day · 19.5 KiB stored · 23.4 KiB of memory · no series written · 1 alert a week in the back-test'
  );
  expect(
    costText({
      ...cost,
      seriesCount: 12,
      fitsPerDay: 24,
      writtenSeries: 48,
      alertsPerSeriesWeek: 0.8,
      alertsPerWeek: 9.6,
    })
  ).toContain(
    '12 series · 24 fits a day · 4 CPU-seconds a day · 19.5 KiB stored · 23.4 KiB of memory · 48 series written · 0.8 alerts a series and week, 9.6 in all, in the back-test'
  );
});
