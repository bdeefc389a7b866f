import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { AnomalyRecord, JudgedAnomaly } from '../../../backend/src/contract/index.ts';
import { appRoot } from '../../pluginId.ts';
import { aJob, aJobForecast, nowMs } from '../../test/builders.ts';
import { anAnomaly, aVerdictPreview } from '../../test/detectionBuilders.ts';
import { stream } from '../../test/events.ts';
import { fail, fakeGrafana, ok, problem, type Routes } from '../../test/grafana.ts';
import { renderAt } from '../../test/render.tsx';
import AnomalyPage from './AnomalyPage.tsx';

const one = 'api/v1/anomalies/a1';
const verdict = `PUT ${one}/verdict`;
const preview = `POST ${one}/verdict-preview`;

const applied: JudgedAnomaly['setting'] = { state: 'applied', key: 'sensitivity', value: '0.5' };

/** A backend that keeps what it is told of one anomaly. */
function routesOf(overrides: Partial<AnomalyRecord> = {}, more: Routes = {}): Routes {
  let record = anAnomaly(overrides);
  const decided = { by: 'admin', atMs: nowMs };
  return {
    [`GET ${one}`]: () => ({ data: record }),
    [`GET ${one}/chart`]: ok(aJobForecast()),
    'GET api/v1/jobs/checkout-latency': ok(aJob()),
    [preview]: ok(aVerdictPreview()),
    [verdict]: ({ data }) => {
      record = { ...record, verdict: data.verdict === null ? null : { verdict: data.verdict, ...decided } };
      const setting = data.apply === true ? applied : { state: 'unchanged' };
      return { data: { ...record, setting } };
    },
    [`PUT ${one}/level-decision`]: ({ data }) => {
      record = { ...record, levelDecision: { decision: data.decision, ...decided } };
      return { data: record };
    },
    ...more,
  };
}

const open = () => renderAt(`${appRoot}/anomalies/a1`, `${appRoot}/anomalies/:id`, <AnomalyPage />);
const button = (name: string) => screen.findByRole('button', { name });

beforeEach(() => stream());

test('an anomaly has its picture, its evidence, its figures and how it was told', async () => {
  fakeGrafana({ routes: routesOf() });
  open();
  expect(await screen.findByText('It has been above the band for 19m.')).toBeVisible();
  expect((await screen.findByTestId('data-testid job-chart')).querySelector('canvas')).not.toBeNull();
  const figures = screen.getByLabelText('Figures', { selector: 'dl' });
  expect(figures).toHaveTextContent(/Outside the band above what is expected/);
  expect(figures).toHaveTextContent(/Duration19m/);
  expect(figures).toHaveTextContent(/Peak412.*expected 120, score 3.1/);
  expect(figures).toHaveTextContent(/Told after2m/);
  expect(screen.getByText('Accepted, firing')).toBeVisible();
});

test('it leads to the job, to the query in Explore and to the panels that show it', async () => {
  fakeGrafana({ routes: routesOf() });
  open();
  const panel = await screen.findByRole('link', { name: 'Panel shop-main/4' });
  expect(panel).toHaveAttribute('href', expect.stringContaining('/d/shop-main?viewPanel=4'));
  expect(screen.getByRole('link', { name: 'Job checkout-latency' })).toBeVisible();
  const explore = await screen.findByRole('link', { name: 'Explore' });
  const query = new URL(explore.getAttribute('href') ?? '', 'http://x').searchParams;
  expect(JSON.parse(query.get('panes') ?? '')).toMatchObject({
    aiops: { datasource: 'prom', queries: [{ expr: 'rate(http_requests_total[5m])' }] },
  });
});

test('without a data source that could answer there is no way to Explore', async () => {
  fakeGrafana({ routes: routesOf(), dataSources: [{ uid: 'aiops', name: 'AIOps', type: 'prometheus' }] });
  open();
  await screen.findByRole('link', { name: 'Panel shop-main/4' });
  expect(screen.queryByRole('link', { name: 'Explore' })).toBeNull();
});

test('a verdict shows what it would change before anything is saved', async () => {
  const grafana = fakeGrafana({ routes: routesOf() });
  open();
  await userEvent.click(await button('False alarm'));
  expect(await screen.findByText('Would have removed 3 of 9 alerts of the last 30 days.')).toBeVisible();
  expect(screen.getByText('The sensitivity of the job goes from 1 to 0.5.')).toBeVisible();
  expect(screen.getByText('75 % of 4 judged anomalies of this job were real.')).toBeVisible();
  expect(grafana.calls).not.toContain(verdict);
  await userEvent.click(await button('Cancel'));
  expect(grafana.calls).not.toContain(verdict);
});

test('a verdict is saved with the change of the job, and taken back', async () => {
  const grafana = fakeGrafana({ routes: routesOf() });
  open();
  await userEvent.click(await button('False alarm'));
  await userEvent.click(await button('Save and change the job'));
  expect(await screen.findByText(/False alarm, said admin/)).toBeVisible();
  expect(grafana.requests.find(({ method }) => method === 'PUT')?.data).toEqual({
    verdict: 'false-alarm',
    apply: true,
  });
  expect(screen.getByText('The job now has sensitivity: 0.5')).toBeVisible();
  await userEvent.click(await button('Take back'));
  await waitFor(() => expect(screen.queryByText(/said admin/)).toBeNull());
  expect(grafana.requests.filter(({ method }) => method === 'PUT').at(-1)?.data).toEqual({ verdict: null });
});

test('a verdict that changes nothing of the job is saved on its own', async () => {
  const unchanged = aVerdictPreview({ change: null, removed: [], precision: null, judged: 0 });
  const grafana = fakeGrafana({ routes: routesOf({}, { [preview]: ok(unchanged) }) });
  open();
  await userEvent.click(await button('Real'));
  expect(await screen.findByText(/no setting of the job would help here/)).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Save and change the job' })).toBeNull();
  await userEvent.click(await button('Save "Real" only'));
  expect(await screen.findByText(/Real, said admin/)).toBeVisible();
  expect(grafana.requests.find(({ method }) => method === 'PUT')?.data).toEqual({ verdict: 'real' });
});

test('a verdict on a provisioned job says what to write where', async () => {
  const setting = { state: 'in-file', file: 'jobs/shop.yaml', line: 7, write: 'sensitivity: 0.5' } as const;
  fakeGrafana({ routes: routesOf({}, { [verdict]: ok({ ...anAnomaly(), setting }) }) });
  open();
  await userEvent.click(await button('False alarm'));
  await userEvent.click(await button('Save and change the job'));
  expect(await screen.findByText('The job is provisioned: write this in jobs/shop.yaml:7')).toBeVisible();
  expect(screen.getByText('sensitivity: 0.5')).toBeVisible();
});

test('a verdict that is refused names the cause and changes nothing', async () => {
  const refused = problem(403, 'forbidden', 'Verdicts need the Editor role.');
  fakeGrafana({ routes: routesOf({}, { [verdict]: refused }) });
  open();
  await userEvent.click(await button('Expected'));
  await userEvent.click(await button('Save "Expected" only'));
  expect(await screen.findByText('Verdicts need the Editor role.')).toBeVisible();
  expect(screen.queryByText(/said admin/)).toBeNull();
});

test('a preview that fails names the cause, and the verdict can still be kept', async () => {
  fakeGrafana({ routes: routesOf({}, { [preview]: problem(504, 'source_timeout', 'main took too long') }) });
  open();
  await userEvent.click(await button('Real'));
  expect(await screen.findByText('main took too long')).toBeVisible();
  expect(await button('Save "Real" only')).toBeEnabled();
});

test('a viewer sees the verdicts but is told why there is none to give', async () => {
  fakeGrafana({ role: 'Viewer', routes: routesOf() });
  open();
  const real = await button('Real');
  expect(real).toHaveAttribute('aria-disabled', 'true');
  await userEvent.hover(real);
  expect(await screen.findByRole('tooltip')).toHaveTextContent(/Editor role/);
});

test('a change of level is accepted as the new normal, or rejected', async () => {
  const grafana = fakeGrafana({ routes: routesOf({ kind: 'level-shift' }) });
  open();
  await userEvent.click(await button('Accept the new level'));
  expect(await screen.findByText(/Accepted as the new normal by admin/)).toBeVisible();
  await userEvent.click(await button('Reject it'));
  expect(await screen.findByText(/Rejected by admin/)).toBeVisible();
  const told = grafana.requests.filter(({ method }) => method === 'PUT').map(({ data }) => data);
  expect(told).toEqual([{ decision: 'accepted' }, { decision: 'rejected' }]);
});

test('an anomaly of another kind has no level to accept', async () => {
  fakeGrafana({ routes: routesOf() });
  open();
  await button('Real');
  expect(screen.queryByRole('button', { name: 'Accept the new level' })).toBeNull();
});

test('a receiver that does not accept it is named with its error', async () => {
  const deliveries = [{ receiver: 'am-1', state: 'failing', acceptedAtMs: null, error: 'connection refused' }] as const;
  fakeGrafana({ routes: routesOf({ deliveries: [...deliveries] }) });
  open();
  expect(await screen.findByText('connection refused')).toBeVisible();
  expect(screen.getByText('Not accepted')).toBeVisible();
});

test('an anomaly that nobody was told of says why', async () => {
  fakeGrafana({ routes: routesOf({ deliveries: [], mutedBy: 'change-freeze' }) });
  open();
  expect(await screen.findByText('Told to nobody while change-freeze keeps alerts back.')).toBeVisible();
});

test('a chart that cannot be drawn leaves the words', async () => {
  fakeGrafana({ routes: routesOf({}, { [`GET ${one}/chart`]: fail(502, '') }) });
  open();
  expect(await screen.findByText('The AIOps backend does not answer')).toBeVisible();
  expect(within(screen.getByRole('region', { name: 'Why it is abnormal' })).getByRole('listitem')).toBeVisible();
});

test('an anomaly that does not exist says so', async () => {
  fakeGrafana({ routes: { [`GET ${one}`]: problem(404, 'not_found', 'There is no anomaly a1.') } });
  open();
  expect(await screen.findByText('There is no anomaly a1.')).toBeVisible();
});
