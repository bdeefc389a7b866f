import { fireEvent, screen, render, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { readQueryContext } from '../extensions/readContext.ts';
import { aFrame, aJob, aPage, aPreview, aSource } from '../test/builders.ts';
import { fail, fakeGrafana, ok, problem, type Routes } from '../test/grafana.ts';
import ForecastModal from './ForecastModal.lazy.tsx';

const preview = 'POST api/v1/forecasts/preview';
const prometheus = { type: 'prometheus', uid: 'prom' };
const target = { refId: 'A', datasource: prometheus, expr: 'rate(x[5m])' };

function open(context: object = { targets: [target], id: 1 }, onDismiss = jest.fn()) {
  render(<ForecastModal context={readQueryContext(context)} title="Checkout latency" onDismiss={onDismiss} />);
  return onDismiss;
}

const answers = (routes: Routes = {}): Routes => ({
  [preview]: ok(aPreview()),
  'GET api/v1/sources': ok(aPage([aSource()])),
  ...routes,
});

test('a panel gives picture, sentences, cost and the reason for the model', async () => {
  const grafana = fakeGrafana({ frames: { prom: [aFrame()] }, routes: answers() });
  open();
  expect(await screen.findByText(/Now: normal \(score 0.3\)/)).toBeVisible();
  expect(screen.getByTestId('data-testid forecast-chart').querySelector('canvas')).not.toBeNull();
  expect(screen.getByText(/1 series · 2 fits a day/)).toBeVisible();
  await userEvent.click(screen.getByText(/Why this forecast: blend chosen from 2 candidates/));
  const rows = screen.getAllByRole('row').map((row) => row.textContent);
  expect(rows[1]).toContain('blend');
  expect(rows[3]).toContain('took longer than 10 s');
  expect(grafana.requests.find(({ method }) => method === 'POST')?.data).toMatchObject({
    horizon: '1d',
    step: '5m',
    query: 'rate(x[5m])',
  });
});

test('another horizon asks for another preview of the same history', async () => {
  const grafana = fakeGrafana({ frames: { prom: [aFrame()] }, routes: answers() });
  open();
  await screen.findByText(/Now: normal/);
  await userEvent.click(screen.getByLabelText('Next'));
  await userEvent.keyboard('{ArrowDown}{Enter}');
  await screen.findByText(/Now: normal/);
  await screen.findByDisplayValue('3 d');
  expect(grafana.queries).toHaveLength(1);
  expect(grafana.requests.filter(({ method }) => method === 'POST').map(({ data }) => data.horizon)).toEqual([
    '1d',
    '3d',
  ]);
});

test('one of several series is chosen', async () => {
  const frames = { prom: [aFrame(100, { service: 'api' }), aFrame(100, { service: 'web' })] };
  const grafana = fakeGrafana({ frames, routes: answers() });
  open();
  await screen.findByText(/Now: normal/);
  await userEvent.click(screen.getByLabelText('Series (2)'));
  await userEvent.keyboard('{ArrowDown}{Enter}');
  await screen.findByDisplayValue('web');
  await screen.findByText(/Now: normal/);
  expect(grafana.requests.at(-1)?.data.series.labels).toEqual({ service: 'web' });
});

test.each([
  ['a text panel', { targets: undefined }, {}, 'This panel has no query'],
  ['an empty answer', { targets: [target] }, { prom: [] }, 'No data in the training window'],
  ['a table', { targets: [target] }, { prom: [aFrame(1)] }, 'The answer is a table, not a time series'],
  ['a short history', { targets: [target] }, { prom: [aFrame(5)] }, 'Too little history'],
  [
    'the data of another panel',
    { targets: [{ refId: 'A', datasource: { uid: '-- Dashboard --' } }] },
    {},
    'The panel cannot be read',
  ],
  ['a broken query', { targets: [target] }, { prom: new Error('parse error') }, 'The panel cannot be read'],
])('%s says what happened and asks the backend for nothing', async (_name, context, frames, title) => {
  const grafana = fakeGrafana({ frames, routes: answers() });
  open(context);
  expect(await screen.findByText(title)).toBeVisible();
  expect(grafana.calls).not.toContain(preview);
});

test('a mixed panel whose second source fails is forecast and says what is missing', async () => {
  fakeGrafana({ frames: { prom: [aFrame()], bad: new Error('no route to host') }, routes: answers() });
  open({ targets: [target, { refId: 'B', datasource: { uid: 'bad' } }] });
  expect(await screen.findByText(/Now: normal/)).toBeVisible();
  expect(screen.getByText(/bad answered with an error: no route to host/)).toBeVisible();
});

test.each([
  ['the backend is down', fail(502, ''), 'The AIOps backend does not answer'],
  ['the app is not enabled', fail(404, { message: 'Plugin not found' }), 'AIOps is not set up in this organization'],
  ['the token differs', problem(401, 'unauthorized', 'bad token'), 'The backend refused the token'],
  ['the backend is busy', problem(503, 'busy', 'Try again in 5 s'), 'The backend is busy'],
  ['the versions differ', ok({ unexpected: true }), 'The backend answered in an unknown form'],
])('when %s the next step is named and trying again works', async (_name, answer, title) => {
  let broken = true;
  const route = () => (broken ? answer() : ok(aPreview())());
  fakeGrafana({ frames: { prom: [aFrame()] }, routes: answers({ [preview]: route }) });
  open();
  expect(await screen.findByText(title)).toBeVisible();
  broken = false;
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByText(/Now: normal/)).toBeVisible();
});

test('a warning of the backend is shown beside the picture', async () => {
  const notes = [{ code: 'no-better-than-naive', severity: 'warning', text: 'Try a longer window.' }] as const;
  fakeGrafana({ frames: { prom: [aFrame()] }, routes: answers({ [preview]: ok(aPreview({ notes: [...notes] })) }) });
  open();
  const warning = await screen.findByRole('alert', { name: /^No better than repeating yesterday/ });
  expect(warning).toBeVisible();
});

test('the slider asks for another preview once it rests, and shows what the back-test measured', async () => {
  const grafana = fakeGrafana({
    frames: { prom: [aFrame()] },
    routes: answers({
      [preview]: ({ data }) => {
        const cost = { ...aPreview().cost, alertsPerSeriesWeek: data.sensitivity === 1 ? 0.8 : 6.2 };
        return { data: aPreview({ cost, anomalies: data.sensitivity === 1 ? [] : aPreview().anomalies }) };
      },
    }),
  });
  open();
  expect(await screen.findByText('1 alert a week (back-test: 0.8)')).toBeVisible();
  expect(screen.getByText(/No anomalies in the last 7 d/)).toBeVisible();
  const slider = screen.getByRole('slider', { name: 'Sensitivity' });
  fireEvent.change(slider, { target: { value: '3' } });
  fireEvent.change(slider, { target: { value: '4' } });
  expect(slider).toHaveAttribute('aria-valuetext', '7 alerts a week (1 a day)');
  expect(await screen.findByText('7 alerts a week (1 a day) (back-test: 6.2)')).toBeVisible();
  expect(screen.getByText(/Anomalies in the last 7 d: 1/)).toBeVisible();
  const asked = grafana.requests.filter(({ method }) => method === 'POST').map(({ data }) => data.sensitivity);
  expect(asked).toEqual([1, 7]);
});

test('a viewer sees the forecast but cannot create a job, and is told why', async () => {
  fakeGrafana({ role: 'Viewer', frames: { prom: [aFrame()] }, routes: answers() });
  open();
  await screen.findByText(/Now: normal/);
  const create = screen.getByRole('button', { name: /Create job|Editor role/ });
  expect(create).toHaveAttribute('aria-disabled', 'true');
});

test('an editor keeps the forecast as a job with what was shown filled in', async () => {
  const create = jest.fn(ok(aJob()));
  fakeGrafana({ frames: { prom: [aFrame()] }, routes: answers({ 'POST api/v1/jobs': create }) });
  const onDismiss = open();
  await screen.findByText(/Now: normal/);
  await userEvent.click(screen.getByRole('button', { name: 'Create job' }));
  const form = await screen.findByRole('form', { name: 'Forecast job' });
  expect(within(form).getByLabelText(/^Name/)).toHaveValue('checkout-latency');
  await userEvent.click(within(form).getByRole('button', { name: 'Create job' }));
  await waitFor(() => expect(onDismiss).toHaveBeenCalled());
  expect(create.mock.calls).toHaveLength(1);
});

test('the panel is copied as JSON with its queries', async () => {
  const user = userEvent.setup();
  fakeGrafana({ frames: { prom: [aFrame()] }, routes: answers() });
  open();
  await screen.findByText(/Now: normal/);
  await user.click(screen.getByRole('button', { name: 'Copy as panel' }));
  const copied: unknown = JSON.parse(await navigator.clipboard.readText());
  expect(copied).toMatchObject({ type: 'selfheal-forecast-panel', datasource: prometheus, targets: [target] });
});

const jobs = 'GET api/v1/jobs';
const overlays = 'POST api/v1/overlays';
const onPanel = { targets: [target], id: 4, dashboard: { uid: 'shop-main', title: 'Shop' } };
const aDashboard = (meta: object = {}, targets: object[] = [target]) =>
  ok({ dashboard: { title: 'Shop', panels: [{ id: 4, targets }] }, meta: { canSave: true, ...meta } });
const keptJob = () => ok(aPage([aJob({ spec: { ...aJob().spec, query: ' rate(x[5m]) ' } })]));
const onDashboard = (routes: Routes = {}): Routes =>
  answers({ [jobs]: keptJob(), 'GET api/dashboards/uid/shop-main': aDashboard(), ...routes });
const edit = (state: string) => ok({ dashboardUid: 'shop-main', panelId: 4, state, version: 3, url: '/d/shop-main' });

test('a query that a job keeps says which one, and its forecast is laid over the panel and taken away', async () => {
  const routes = onDashboard({ [overlays]: edit('added'), 'POST api/v1/overlays/remove': edit('removed') });
  const grafana = fakeGrafana({ frames: { prom: [aFrame()] }, routes });
  open(onPanel);
  expect(await screen.findByRole('link', { name: 'checkout-latency' })).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Add overlay' }));
  expect(await screen.findByText(/One edit of the dashboard "Shop"/)).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Add overlay to this panel' }));
  expect(await screen.findByText('Band and forecast are on the panel now')).toBeVisible();
  expect(screen.getByRole('button', { name: 'Load the dashboard again' })).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Remove overlay' }));
  expect(await screen.findByText('The panel is as it was before')).toBeVisible();
  const edits = grafana.requests.filter(({ url }) => url.includes('/overlays')).map(({ data }) => data);
  const asked = { dashboardUid: 'shop-main', panelId: 4, job: 'checkout-latency' };
  expect(edits).toEqual([asked, asked]);
});

test('a panel that shows the forecast already offers to take it away', async () => {
  const shown = aDashboard({}, [target, { expr: 'yhat{for="checkout-latency"}' }]);
  fakeGrafana({
    frames: { prom: [aFrame()] },
    routes: onDashboard({ 'GET api/dashboards/uid/shop-main': shown }),
  });
  open(onPanel);
  await screen.findByRole('link', { name: 'checkout-latency' });
  await userEvent.click(screen.getByRole('button', { name: 'Add overlay' }));
  expect(await screen.findByRole('button', { name: 'Remove overlay' })).toBeVisible();
});

test('an edit that fails names the cause and leaves the way back', async () => {
  const refused = problem(409, 'conflict', 'The dashboard was saved by somebody else meanwhile.');
  fakeGrafana({ frames: { prom: [aFrame()] }, routes: onDashboard({ [overlays]: refused }) });
  open(onPanel);
  await screen.findByRole('link', { name: 'checkout-latency' });
  await userEvent.click(screen.getByRole('button', { name: 'Add overlay' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Add overlay to this panel' }));
  expect(await screen.findByText('The dashboard was saved by somebody else meanwhile.')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Back to the forecast' }));
  expect(await screen.findByText(/Now: normal/)).toBeVisible();
});

test.each([
  ['a provisioned dashboard', onPanel, aDashboard({ provisioned: true }), /provisioned from a file/],
  ['a dashboard of others', onPanel, aDashboard({ canSave: false }), /You may not save this dashboard/],
  ['no dashboard', { targets: [target] }, aDashboard(), /belongs to a panel of a saved dashboard/],
  ['a dashboard that cannot be read', onPanel, fail(403, ''), /could not be read/],
])('on %s an overlay is refused with the reason', async (_name, context, dashboard, reason) => {
  fakeGrafana({
    frames: { prom: [aFrame()] },
    routes: onDashboard({ 'GET api/dashboards/uid/shop-main': dashboard }),
  });
  open(context);
  await screen.findByText(/Now: normal/);
  const add = screen.getByRole('button', { name: 'Add overlay' });
  expect(add).toHaveAttribute('aria-disabled', 'true');
  await userEvent.hover(add);
  expect(await screen.findByRole('tooltip')).toHaveTextContent(reason);
});

test('the alert of a job is a rule to copy for each product', async () => {
  const rules = 'GET api/v1/jobs/checkout-latency/alert-rules';
  const grafana = fakeGrafana({
    frames: { prom: [aFrame()] },
    routes: onDashboard({
      'GET api/v1/jobs/checkout-latency': ok(aJob()),
      [rules]: ({ params }) => ({ data: `# rules for ${params?.format}` }),
    }),
  });
  open(onPanel);
  await screen.findByRole('link', { name: 'checkout-latency' });
  await userEvent.click(screen.getByRole('button', { name: 'Create alert' }));
  expect(await screen.findByText('# rules for prometheus')).toBeVisible();
  expect(screen.getByText(/tells Alertmanager of each anomaly, as severity warning/)).toBeVisible();
  await userEvent.click(screen.getByLabelText('Grafana'));
  expect(await screen.findByText('# rules for grafana')).toBeVisible();
  expect(screen.getByRole('button', { name: 'Copy' })).toBeEnabled();
  expect(grafana.requests.at(-1)).toMatchObject({ responseType: 'text' });
});

test('a job that keeps its anomalies to the pages is made to tell Alertmanager', async () => {
  let alert: unknown = 'none';
  const job = () => ({ data: { ...aJob(), spec: { ...aJob().spec, alert } } });
  const update = 'PUT api/v1/jobs/checkout-latency';
  fakeGrafana({
    frames: { prom: [aFrame()] },
    routes: onDashboard({
      'GET api/v1/jobs/checkout-latency': job,
      'GET api/v1/jobs/checkout-latency/alert-rules': ok('# rules'),
      [update]: ({ data }) => {
        alert = { ...data.alert, labels: {}, annotations: {} };
        return job();
      },
    }),
  });
  open(onPanel);
  await screen.findByRole('link', { name: 'checkout-latency' });
  await userEvent.click(screen.getByRole('button', { name: 'Create alert' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Let the job tell Alertmanager' }));
  expect(await screen.findByText(/tells Alertmanager of each anomaly, as severity warning/)).toBeVisible();
});

test('without a job the alert asks for one first, and goes on once it is there', async () => {
  fakeGrafana({
    frames: { prom: [aFrame()] },
    routes: onDashboard({
      [jobs]: ok(aPage([])),
      'POST api/v1/jobs': ok(aJob()),
      'GET api/v1/jobs/checkout-latency': ok(aJob()),
      'GET api/v1/jobs/checkout-latency/alert-rules': ok('# rules'),
    }),
  });
  const onDismiss = open(onPanel);
  await screen.findByText(/Now: normal/);
  await userEvent.click(screen.getByRole('button', { name: 'Create alert' }));
  expect(await screen.findByText(/create the job first/)).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Create job' }));
  expect(await screen.findByText('# rules')).toBeVisible();
  expect(onDismiss).not.toHaveBeenCalled();
});
