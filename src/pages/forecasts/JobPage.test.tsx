import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { appRoot } from '../../pluginId.ts';
import { aFit, aJob, aJobForecast, aPage, aSeries } from '../../test/builders.ts';
import { stream } from '../../test/events.ts';
import { fakeGrafana, ok, problem, type Routes } from '../../test/grafana.ts';
import { renderAt } from '../../test/render.tsx';
import JobPage from './JobPage.tsx';

const one = 'api/v1/jobs/checkout-latency';
const routes = (overrides: Routes = {}): Routes => ({
  [`GET ${one}`]: ok(aJob()),
  [`GET ${one}/series`]: ok(aPage([aSeries()])),
  [`GET ${one}/series/s1/forecast`]: ok(aJobForecast()),
  [`GET ${one}/fits`]: ok(aPage([aFit()])),
  ...overrides,
});
const open = (query = '') =>
  renderAt(`${appRoot}/forecasts/checkout-latency${query}`, `${appRoot}/forecasts/:name`, <JobPage />);

beforeEach(() => stream());

test('a job shows its chart, its quality and its back-test', async () => {
  fakeGrafana({ routes: routes() });
  open();
  expect(await screen.findByTestId('data-testid job-chart')).toBeVisible();
  expect(screen.getByText(/2 series · blend · right 94.6 %/)).toBeVisible();
  expect(screen.getByText(/A blend of 1 models/)).toBeVisible();
});

test('the tab of the address is open and lists the trainings', async () => {
  fakeGrafana({
    routes: routes({
      [`GET ${one}/fits`]: ok(
        aPage([
          aFit({ state: 'failed', error: { code: 'source_timeout', message: 'main did not answer within 30 s' } }),
        ])
      ),
    }),
  });
  open('?tab=fits');
  expect(await screen.findByText(/main did not answer within 30 s/)).toBeVisible();
  expect(screen.getByText('Failed')).toBeVisible();
});

test('training now is asked for, and its progress comes from the stream', async () => {
  stream({ kind: 'training', job: 'checkout-latency', fitId: 'f', done: 3, total: 12, failed: 0, ended: false });
  const grafana = fakeGrafana({ routes: routes({ [`POST ${one}/retrain`]: ok(aJob({ state: 'training' })) }) });
  open();
  expect(await screen.findByText(/Training 3 of 12 series/)).toBeVisible();
  expect(grafana.calls).not.toContain(`POST ${one}/retrain`);
});

test('the button queues a training', async () => {
  const grafana = fakeGrafana({ routes: routes({ [`POST ${one}/retrain`]: ok(aJob({ state: 'training' })) }) });
  open();
  await userEvent.click(await screen.findByRole('button', { name: 'Retrain now' }));
  await waitFor(() => expect(grafana.calls).toContain(`POST ${one}/retrain`));
});

test('a job is deleted only after a confirmation, and the list follows', async () => {
  const grafana = fakeGrafana({ routes: routes({ [`DELETE ${one}`]: ok('') }) });
  open();
  await userEvent.click(await screen.findByRole('button', { name: 'Delete' }));
  expect(grafana.calls).not.toContain(`DELETE ${one}`);
  const buttons = await screen.findAllByRole('button', { name: 'Delete', hidden: true });
  await userEvent.click(buttons[buttons.length - 1] ?? document.body);
  expect(await screen.findByText('elsewhere')).toBeVisible();
  expect(grafana.calls).toContain(`DELETE ${one}`);
});

test('a provisioned job is locked and says in which file it is changed', async () => {
  const job = aJob({ origin: { kind: 'file', file: 'jobs/shop.yaml' } });
  fakeGrafana({ routes: routes({ [`GET ${one}`]: ok(job) }) });
  open('?tab=settings');
  expect(await screen.findByText('This job is provisioned: change it in jobs/shop.yaml.')).toBeVisible();
  expect(screen.queryByRole('link', { name: 'Edit' })).toBeNull();
});

test('a job that does not exist says so', async () => {
  fakeGrafana({ routes: { [`GET ${one}`]: problem(404, 'not_found', 'There is no job checkout-latency.') } });
  open();
  expect(await screen.findByText('There is no job checkout-latency.')).toBeVisible();
});

test('a source that does not answer leaves the band and tells why the observed line is missing', async () => {
  const forecast = aJobForecast({ observed: null, observedError: 'main did not answer: connection refused' });
  fakeGrafana({ routes: routes({ [`GET ${one}/series/s1/forecast`]: ok(forecast) }) });
  open();
  expect(await screen.findByText('main did not answer: connection refused')).toBeVisible();
  expect(screen.getByTestId('data-testid job-chart')).toBeVisible();
});
