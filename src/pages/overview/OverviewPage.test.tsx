import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { appRoot } from '../../pluginId.ts';
import { aPage, aSource, aStatus, nowMs } from '../../test/builders.ts';
import { aCapacityRow, anAnomaly } from '../../test/detectionBuilders.ts';
import { stream } from '../../test/events.ts';
import { fail, fakeGrafana, ok, type Routes } from '../../test/grafana.ts';
import { aRemediationStatus, aVerifiedRun } from '../../test/remediationBuilders.ts';
import { renderAt } from '../../test/render.tsx';
import OverviewPage from './OverviewPage.tsx';

const status = 'GET api/v1/status';
const quiet: Routes = {
  'GET api/v1/anomalies': ok(aPage([])),
  'GET api/v1/capacity': ok({ items: [] }),
  'GET api/v1/changes': ok({ items: [] }),
  'GET api/v1/runs': ok(aPage([])),
  'GET api/v1/remediation/status': ok(
    aRemediationStatus({ awaitingApproval: 0, last30Days: { runs: 0, verified: 0, failed: 0, medianRecoveryMs: null } })
  ),
};

function open(routes: Routes) {
  const grafana = fakeGrafana({ routes: { ...quiet, ...routes } });
  renderAt(`${appRoot}/overview`, `${appRoot}/overview`, <OverviewPage />);
  return grafana;
}

beforeEach(() => stream());

test('jobs by state, measured coverage, backend and sources are on one page', async () => {
  open({ [status]: ok(aStatus()) });
  expect(await screen.findByText('Jobs: 3 · series: 14')).toBeVisible();
  expect(screen.getByText('right 94.6 % of the time, 95 % promised')).toBeVisible();
  expect(screen.getByText(/version 0.1.0/)).toBeVisible();
  expect(screen.getByRole('link', { name: /Failing 1/ })).toHaveAttribute(
    'href',
    expect.stringContaining('state=failing')
  );
  expect(within(screen.getByRole('table')).getByText('http://prometheus:9090')).toBeVisible();
});

test('an empty product shows what to do first, with something to copy', async () => {
  const jobs = { ...aStatus().jobs, total: 0, series: 0 };
  open({ [status]: ok(aStatus({ jobs, sources: [], coverage: [] })) });
  expect(await screen.findByText('1. Connect a source')).toBeVisible();
  expect(screen.getByText(/kind: prometheus/)).toBeVisible();
  expect(screen.getByRole('link', { name: 'Create a job' })).toHaveAttribute(
    'href',
    expect.stringContaining('/forecasts/new')
  );
  expect(screen.getByText('Not measured yet: train a job first.')).toBeVisible();
});

test('a backend that is down is told and not asked again by itself', async () => {
  const grafana = open({ [status]: fail(502, '') });
  expect(await screen.findByText('The AIOps backend does not answer')).toBeVisible();
  expect(grafana.calls).toEqual([status]);
});

test('warnings of the backend are shown', async () => {
  open({ [status]: ok(aStatus({ warnings: ['No token is set: only this machine may call.'] })) });
  expect(await screen.findByText('No token is set: only this machine may call.')).toBeVisible();
});

test('testing a source lists its steps up to the one that failed', async () => {
  const report = {
    ok: false,
    cause: 'refused',
    message: 'prometheus:9090 refuses connections. Is it running?',
    steps: [
      { step: 'dns', ok: true, detail: '10.0.0.7' },
      { step: 'tcp', ok: false, detail: 'connection refused' },
    ],
  };
  open({ [status]: ok(aStatus({ sources: [aSource()] })), 'POST api/v1/sources/main/check': ok(report) });
  await userEvent.click(await screen.findByRole('button', { name: 'Test main' }));
  expect(await screen.findByText(/refuses connections/)).toBeVisible();
  expect(screen.getByText(/TCP: connection refused/)).toBeVisible();
});

test('what is abnormal, what runs out and what changed is told first', async () => {
  const change = {
    id: 'c1',
    title: 'checkout 2.4.1',
    labels: { service: 'checkout' },
    atMs: nowMs - 30 * 60_000,
    widenUntilMs: nowMs,
    source: 'api',
    by: 'ci',
    url: null,
  };
  open({
    [status]: ok(aStatus({ scoring: { ...aStatus().scoring, openAnomalies: 2, judged: 4, precision: 0.75 } })),
    'GET api/v1/anomalies': ok(aPage([anAnomaly(), anAnomaly({ id: 'a2', job: 'disk', kind: 'capacity' })])),
    'GET api/v1/capacity': ok({ items: [aCapacityRow()] }),
    'GET api/v1/changes': ok({ items: [change] }),
  });
  expect(await screen.findByText('2 abnormal')).toBeVisible();
  expect(await screen.findByText(/mountpoint="\/var"\} in 41 h .*87 %/)).toBeVisible();
  expect(screen.getByText('75 % of 4 judged anomalies were real')).toBeVisible();
  const latest = await within(screen.getByRole('region', { name: 'Latest' })).findAllByRole('listitem');
  expect(latest.map((entry) => entry.textContent)).toEqual([
    expect.stringContaining('checkout-latency'),
    expect.stringContaining('disk'),
    expect.stringContaining('checkout 2.4.1'),
  ]);
});

test('what was healed and what waits for a person is told with where to go', async () => {
  open({
    [status]: ok(aStatus()),
    'GET api/v1/remediation/status': ok(aRemediationStatus({ awaitingApproval: 2 })),
    'GET api/v1/runs': ok(aPage([aVerifiedRun()])),
  });
  expect(await screen.findByText('14 of 15 verified')).toBeVisible();
  expect(screen.getByText('median 1m14s from alert to healthy')).toBeVisible();
  expect(screen.getByText('1 failed')).toBeVisible();
  expect(screen.getByRole('link', { name: '2 waiting for approval' })).toHaveAttribute(
    'href',
    expect.stringContaining('/remediation?tab=approvals')
  );
  const latest = within(screen.getByRole('region', { name: 'Latest' }));
  expect(await latest.findByText('restart_service on web-1')).toBeVisible();
});

test('a receiver that does not accept is named with the cause', async () => {
  const receiver = {
    name: 'alertmanager-1',
    kind: 'alertmanager' as const,
    state: 'failing' as const,
    message: 'connection refused',
    waiting: 3,
    oldestWaitingAtMs: nowMs,
    lastAcceptedAtMs: null,
  };
  open({ [status]: ok(aStatus({ receivers: [receiver] })) });
  expect(await screen.findByText('connection refused')).toBeVisible();
  expect(screen.getByText('3 waiting')).toBeVisible();
});

test('a quiet product says that nothing is abnormal, and a part that fails leaves the others', async () => {
  open({ [status]: ok(aStatus()), 'GET api/v1/capacity': fail(502, '') });
  expect(await screen.findByText('Nothing abnormal')).toBeVisible();
  expect(await screen.findByText('Neither anomalies nor changes nor runs so far.')).toBeVisible();
  expect(screen.getByText('The AIOps backend does not answer')).toBeVisible();
});
