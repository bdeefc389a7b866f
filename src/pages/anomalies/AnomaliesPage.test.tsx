import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { appRoot } from '../../pluginId.ts';
import { aJob, aPage, nowMs } from '../../test/builders.ts';
import { anAnomaly } from '../../test/detectionBuilders.ts';
import { stream } from '../../test/events.ts';
import { fail, fakeGrafana, ok, type Routes } from '../../test/grafana.ts';
import { renderAt } from '../../test/render.tsx';
import AnomaliesPage from './AnomaliesPage.tsx';

const list = 'GET api/v1/anomalies';
const jobs = 'GET api/v1/jobs';
const open = (query = '') => renderAt(`${appRoot}/anomalies${query}`, `${appRoot}/anomalies`, <AnomaliesPage />);
const withJobs = (routes: Routes): Routes => ({ [jobs]: ok(aPage([aJob()])), ...routes });

beforeEach(() => stream());

test('each anomaly says in words whether it lasts, what it is, how long and how far', async () => {
  const closed = anAnomaly({
    id: 'a2',
    kind: 'silence',
    state: 'closed',
    endedAtMs: nowMs - 5 * 60_000,
    peakScore: null,
    flaps: 3,
    mutedBy: 'change-freeze',
    verdict: { verdict: 'expected', by: 'kim', atMs: nowMs },
    evidence: [{ code: 'silence-returned', text: '', facts: { silentMs: 900_000 } }],
  });
  fakeGrafana({ routes: withJobs({ [list]: ok(aPage([anAnomaly(), closed])) }) });
  open();
  const rows = (await screen.findAllByRole('row')).slice(1);
  expect(rows[0]).toHaveTextContent(/Open.*checkout-latency.*service="api".*Outside the band.*19m.*3.1/);
  expect(rows[1]).toHaveTextContent(
    /Closed.*Alert kept back.*Expected.*Samples are back after 15m without any.*Silence.*15m.*–.*3/
  );
  expect(within(rows[0] ?? document.body).getByRole('link', { name: 'checkout-latency' })).toHaveAttribute(
    'href',
    `${appRoot}/anomalies/a1`
  );
});

test('the filter comes from the address and is sent to the backend', async () => {
  const grafana = fakeGrafana({ routes: withJobs({ [list]: ok(aPage([])) }) });
  open('?search=api&job=disk&kind=flat&state=open&verdict=none&from=1000&to=2000');
  expect(await screen.findByText('No anomaly matches')).toBeVisible();
  const asked = grafana.requests.find(({ url }) => url.endsWith('/anomalies'))?.params;
  expect(asked).toEqual({
    search: 'api',
    job: 'disk',
    kind: 'flat',
    state: 'open',
    verdict: 'none',
    from: 1000,
    to: 2000,
    limit: 100,
  });
});

test('what the address says wrongly is ignored, and a week up to now is shown', async () => {
  const grafana = fakeGrafana({ routes: withJobs({ [list]: ok(aPage([anAnomaly()])) }) });
  open('?kind=nonsense&state=half&from=never&to=12:00');
  await screen.findByText('Open');
  const params = grafana.requests.find(({ url }) => url.endsWith('/anomalies'))?.params ?? {};
  expect(Object.keys(params).sort()).toEqual(['from', 'limit']);
});

test('another state is chosen and asked for', async () => {
  const grafana = fakeGrafana({ routes: withJobs({ [list]: ok(aPage([anAnomaly()])) }) });
  open();
  await screen.findByText('checkout-latency');
  await userEvent.click(screen.getByRole('combobox', { name: 'State' }));
  await userEvent.keyboard('{ArrowDown}{Enter}');
  await waitFor(() => expect(grafana.requests.at(-1)?.params).toMatchObject({ state: 'open' }));
});

test('a time without anomalies says so and leads to what is watched', async () => {
  fakeGrafana({ routes: withJobs({ [list]: ok(aPage([])) }) });
  open();
  expect(await screen.findByText('Nothing abnormal in this time')).toBeVisible();
  expect(screen.getByRole('link', { name: 'See what is watched' })).toHaveAttribute('href', `${appRoot}/forecasts`);
});

test('a backend that is down is told with a way to try again', async () => {
  let down = true;
  const answer = () => (down ? fail(502, '')() : ok(aPage([anAnomaly()]))());
  fakeGrafana({ routes: withJobs({ [list]: answer }) });
  open();
  expect(await screen.findByText('The AIOps backend does not answer')).toBeVisible();
  down = false;
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByText('checkout-latency')).toBeVisible();
});

test('an event of the backend asks for the list anew', async () => {
  stream({ kind: 'anomaly', job: 'checkout-latency', id: 'a2', change: 'opened' });
  let found = [anAnomaly()];
  fakeGrafana({
    routes: withJobs({
      [list]: () => {
        const answer = { data: aPage(found) };
        found = [anAnomaly({ id: 'a2', job: 'disk' }), anAnomaly()];
        return answer;
      },
    }),
  });
  open();
  expect(await screen.findByText('disk')).toBeVisible();
});

test('more than a page is loaded on demand', async () => {
  fakeGrafana({
    routes: withJobs({
      [list]: ({ params }) =>
        params?.cursor === 'c2'
          ? { data: aPage([anAnomaly({ id: 'a2', job: 'second' })]) }
          : { data: { items: [anAnomaly()], nextCursor: 'c2', total: 2 } },
    }),
  });
  open();
  expect(await screen.findByText('1 of 2 anomalies')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Show more' }));
  expect(await screen.findByText('second')).toBeVisible();
});
