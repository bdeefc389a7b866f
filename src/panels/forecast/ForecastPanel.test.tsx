import {
  CoreApp,
  dateTime,
  EventBusSrv,
  LoadingState,
  type DataFrame,
  type PanelData,
  type PanelProps,
} from '@grafana/data';
import { render, screen, waitFor } from '@testing-library/react';
import { panelQueryClient } from '../../api/queryClient.ts';
import { aFrame, aJob, aJobForecast, aPage, aPreview, aSeries, nowMs } from '../../test/builders.ts';
import { fail, fakeGrafana, ok, type Routes } from '../../test/grafana.ts';
import ForecastPanel from './ForecastPanel.lazy.tsx';
import type { ForecastPanelOptions } from './options.ts';

const preview = 'POST api/v1/forecasts/preview';
const job = 'GET api/v1/jobs/checkout';
const series = 'GET api/v1/jobs/checkout/series';
const forecast = 'GET api/v1/jobs/checkout/series/s1/forecast';
const target = { refId: 'A', datasource: { uid: 'prom' } };
const from = dateTime(nowMs - 6 * 3_600_000);
const to = dateTime(nowMs);
const timeRange = { from, to, raw: { from: 'now-6h', to: 'now' } };

function panelData(frames: DataFrame[], targets = [target]): PanelData {
  const request = {
    app: CoreApp.Dashboard,
    requestId: 'Q1',
    interval: '1m',
    intervalMs: 60_000,
    range: timeRange,
    scopedVars: {},
    timezone: 'browser',
    startTime: nowMs,
    targets,
  };
  return { state: LoadingState.Done, series: frames, timeRange, request };
}

function panel(options: Partial<ForecastPanelOptions> = {}, data = panelData([aFrame()])) {
  const props: PanelProps<ForecastPanelOptions> = {
    id: 1,
    data,
    timeRange,
    timeZone: 'utc',
    title: '',
    options: {
      source: 'query',
      job: 'checkout',
      horizon: '24h',
      training: '28d',
      direction: 'both',
      bands: 'all',
      showAnomalies: true,
      maxSeries: 1,
      legend: { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] } as never,
      ...options,
    },
    fieldConfig: { defaults: { unit: 'ms' }, overrides: [] },
    width: 800,
    height: 300,
    transparent: false,
    renderCounter: 0,
    eventBus: new EventBusSrv(),
    replaceVariables: (text) => text,
    onOptionsChange: () => undefined,
    onFieldConfigChange: () => undefined,
    onChangeTimeRange: () => undefined,
  };
  return <ForecastPanel {...props} />;
}

const prom = (frames: DataFrame[] = [aFrame()]) => ({ prom: frames });
const drawn = () => waitFor(() => expect(document.querySelector('canvas')).not.toBeNull());

beforeEach(() => panelQueryClient.clear());

test('a query is trained on its own window, not on what the dashboard shows', async () => {
  const grafana = fakeGrafana({ frames: prom(), routes: { [preview]: ok(aPreview()) } });
  render(panel());
  await drawn();
  const [request] = grafana.queries;
  expect((request?.range.to.valueOf() ?? 0) - (request?.range.from.valueOf() ?? 0)).toBe(28 * 86_400_000);
});

test('a dashboard that refreshes asks neither data source nor backend again', async () => {
  const grafana = fakeGrafana({ frames: prom(), routes: { [preview]: ok(aPreview()) } });
  const { rerender } = render(panel());
  await drawn();
  rerender(panel({}, panelData([aFrame()])));
  await drawn();
  expect(grafana.queries).toHaveLength(1);
  expect(grafana.calls).toEqual([preview]);
});

test('more series than allowed are left out, and the panel says how many', async () => {
  const frames = [aFrame(100, { service: 'api' }), aFrame(100, { service: 'web' }), aFrame(100, { service: 'db' })];
  const grafana = fakeGrafana({ frames: prom(frames), routes: { [preview]: ok(aPreview()) } });
  render(panel({ maxSeries: 2 }));
  expect(await screen.findByText('2 of 3 series are forecast')).toBeVisible();
  expect(grafana.calls).toEqual([preview, preview]);
});

test('an abnormal now has a badge with its score', async () => {
  fakeGrafana({ frames: prom(), routes: { [preview]: ok(aPreview({ nowScore: 2.46 })) } });
  render(panel());
  expect(await screen.findByText('Abnormal now, score 2.5')).toBeVisible();
});

test('a normal now has none', async () => {
  fakeGrafana({ frames: prom(), routes: { [preview]: ok(aPreview()) } });
  render(panel());
  await drawn();
  expect(screen.queryByText(/Abnormal/)).toBeNull();
});

test.each([
  ['no query', panelData([], []), { frames: prom() }, 'Nothing to forecast yet'],
  ['no data', panelData([]), { frames: prom([]) }, 'No time series in the answer'],
  [
    'a backend that is down',
    panelData([aFrame()]),
    { frames: prom(), routes: { [preview]: fail(502, '') } },
    'The AIOps backend does not answer',
  ],
])('%s leaves a message in the panel', async (_name, data, fakes, text) => {
  fakeGrafana(fakes);
  render(panel({}, data));
  expect(await screen.findByText(text)).toBeVisible();
});

test('a query that answers a forecast of ours is drawn up to the horizon and not forecast again', async () => {
  const frames = ['yhat', 'yhat_lower', 'yhat_upper'].map((metric) =>
    aFrame(100, { __name__: metric, for: 'checkout', service: metric })
  );
  const grafana = fakeGrafana({ frames: prom(frames), routes: { [job]: ok(aJob()) } });
  render(panel({}, panelData(frames)));
  await drawn();
  expect(grafana.queries[0]?.range.to.valueOf()).toBe(nowMs + 86_400_000);
  expect(grafana.calls).not.toContain(preview);
});

test('a job is drawn from its trained bands over the dashboard’s range and the horizon', async () => {
  const grafana = fakeGrafana({ routes: { [series]: ok(aPage([aSeries()])), [forecast]: ok(aJobForecast()) } });
  render(panel({ source: 'job' }));
  await drawn();
  expect(grafana.requests.at(-1)?.params).toEqual({ from: from.valueOf(), to: nowMs + 86_400_000 });
  expect(grafana.queries).toEqual([]);
});

test.each([
  ['no name', { job: '' }, {}, 'No job chosen'],
  ['no series', {}, { [series]: ok(aPage([])) }, 'The job checkout has no series yet'],
  [
    'no band',
    {},
    { [series]: ok(aPage([aSeries()])), [forecast]: ok(aJobForecast({ band: null })) },
    'The job has not been trained yet',
  ],
])('a job with %s leaves a message', async (_name, options, routes: Routes, text) => {
  fakeGrafana({ routes });
  render(panel({ source: 'job', ...options }));
  expect(await screen.findByText(text)).toBeVisible();
});
