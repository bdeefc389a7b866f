import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { appRoot } from '../../pluginId.ts';
import { aJob, aPage } from '../../test/builders.ts';
import { fail, fakeGrafana, ok, problem } from '../../test/grafana.ts';
import { renderAt } from '../../test/render.tsx';
import ForecastsPage from './ForecastsPage.tsx';

const list = 'GET api/v1/jobs';
const open = (query = '') => renderAt(`${appRoot}/forecasts${query}`, `${appRoot}/forecasts`, <ForecastsPage />);

test('each job shows its state in words, its model, its error and how often its band was right', async () => {
  const failing = aJob(
    { state: 'failing', stateReason: 'main did not answer: connection refused', model: null },
    'disk'
  );
  fakeGrafana({ routes: { [list]: ok(aPage([aJob(), failing])) } });
  open();
  const rows = (await screen.findAllByRole('row')).slice(1);
  expect(rows[0]).toHaveTextContent(/checkout-latency.*Fresh.*2.*blend.*0.61.*right 94.6 % of the time, 95 % promised/);
  expect(rows[1]).toHaveTextContent(/disk.*connection refused.*Failing/);
});

test('a provisioned job has a lock that names its file', async () => {
  const job = aJob({ origin: { kind: 'file', file: 'provisioning/aiops/jobs/shop.yaml' } });
  fakeGrafana({ routes: { [list]: ok(aPage([job])) } });
  open();
  await screen.findByText('checkout-latency');
  expect(screen.getByLabelText('Provisioned by provisioning/aiops/jobs/shop.yaml')).toBeVisible();
});

test('search and state come from the address and are sent to the backend', async () => {
  const grafana = fakeGrafana({ routes: { [list]: ok(aPage([])) } });
  open('?search=disk&state=failing');
  expect(await screen.findByText('No job matches')).toBeVisible();
  expect(grafana.requests[0]?.params).toMatchObject({ search: 'disk', state: 'failing' });
  await userEvent.click(screen.getByRole('button', { name: 'Clear search and filter' }));
  expect(await screen.findByText('No forecast jobs yet')).toBeVisible();
});

test('typing asks once after a pause, not once a key', async () => {
  const grafana = fakeGrafana({ routes: { [list]: ok(aPage([aJob()])) } });
  open();
  await screen.findByText('checkout-latency');
  await userEvent.type(screen.getByRole('textbox', { name: /Search/ }), 'disk');
  await waitFor(() => expect(grafana.requests.at(-1)?.params).toMatchObject({ search: 'disk' }));
  expect(grafana.requests).toHaveLength(2);
});

test('a state that does not exist in the address is ignored', async () => {
  const grafana = fakeGrafana({ routes: { [list]: ok(aPage([aJob()])) } });
  open('?state=nonsense');
  await screen.findByText('checkout-latency');
  expect(grafana.requests[0]?.params).not.toHaveProperty('state');
});

test('a backend that is down is told once, and the page does not keep asking', async () => {
  const grafana = fakeGrafana({ routes: { [list]: fail(502, '') } });
  open();
  expect(await screen.findByText('The AIOps backend does not answer')).toBeVisible();
  expect(grafana.calls).toEqual([list]);
});

test('more than a page is loaded on demand', async () => {
  const grafana = fakeGrafana({
    routes: {
      [list]: ({ params }) =>
        params?.cursor === 'c2'
          ? { data: aPage([aJob({}, 'second')]) }
          : { data: { items: [aJob({}, 'first')], nextCursor: 'c2', total: 2 } },
    },
  });
  open();
  await userEvent.click(await screen.findByRole('button', { name: 'Show more' }));
  expect(await screen.findByText('second')).toBeVisible();
  expect(within(screen.getByRole('table')).getAllByRole('row')).toHaveLength(3);
  expect(grafana.calls).toHaveLength(2);
});

test('a viewer sees that creating needs a role', async () => {
  fakeGrafana({ role: 'Viewer', routes: { [list]: ok(aPage([aJob()])) } });
  open();
  await screen.findByText('checkout-latency');
  expect(screen.queryByRole('link', { name: /Create job/ })).toBeNull();
  const create = screen.getByRole('button', { name: 'Create job' });
  expect(create).toHaveAttribute('aria-disabled', 'true');
  await userEvent.hover(create);
  expect(await screen.findByRole('tooltip')).toHaveTextContent(/Editor role/);
});

test('a job that was deleted by mistake is created again as it was', async () => {
  const { spec } = aJob();
  const grafana = fakeGrafana({ routes: { [list]: ok(aPage([])), 'POST api/v1/jobs': ok(aJob()) } });
  renderAt({ pathname: `${appRoot}/forecasts`, state: { deleted: spec } }, `${appRoot}/forecasts`, <ForecastsPage />);
  expect(await screen.findByText('Job checkout-latency was deleted')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Undo' }));
  await waitFor(() => expect(screen.queryByText('Job checkout-latency was deleted')).toBeNull());
  expect(grafana.requests.find(({ method }) => method === 'POST')?.data).toEqual(spec);
});

test('undoing a deletion names the cause when it fails', async () => {
  const taken = problem(409, 'conflict', 'There is a job checkout-latency already.');
  fakeGrafana({ routes: { [list]: ok(aPage([])), 'POST api/v1/jobs': taken } });
  const state = { deleted: aJob().spec };
  renderAt({ pathname: `${appRoot}/forecasts`, state }, `${appRoot}/forecasts`, <ForecastsPage />);
  await userEvent.click(await screen.findByRole('button', { name: 'Undo' }));
  expect(await screen.findByText('There is a job checkout-latency already.')).toBeVisible();
});
