import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { appRoot } from '../../pluginId.ts';
import { aSource, aStatus } from '../../test/builders.ts';
import { fail, fakeGrafana, ok, type Routes } from '../../test/grafana.ts';
import { renderAt } from '../../test/render.tsx';
import OverviewPage from './OverviewPage.tsx';

const status = 'GET api/v1/status';
function open(routes: Routes) {
  const grafana = fakeGrafana({ routes });
  renderAt(`${appRoot}/overview`, `${appRoot}/overview`, <OverviewPage />);
  return grafana;
}

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
