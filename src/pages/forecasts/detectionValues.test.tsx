import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { JobSpecInput } from '../../../backend/src/contract/index.ts';
import { aJob, aPage, aSource } from '../../test/builders.ts';
import { aCalendar, anOverlayTarget } from '../../test/detectionBuilders.ts';
import { fakeGrafana, ok, problem, type Routes } from '../../test/grafana.ts';
import { renderAt } from '../../test/render.tsx';
import { JobForm } from './JobForm.tsx';
import { JobSettings } from './JobSettings.tsx';
import { parseJobForm, toFormValues } from './jobFormValues.ts';

const spec: JobSpecInput = { name: 'disk', query: 'up' };
const targets = 'GET api/v1/jobs/disk/overlay-targets';
const save = 'PUT api/v1/jobs/disk';

const parse = (changes: object, before: JobSpecInput = spec) =>
  parseJobForm({ ...toFormValues(before), ...changes }, before);

function open(routes: Routes, editing?: string, initial = spec) {
  const grafana = fakeGrafana({
    routes: {
      'GET api/v1/sources': ok(aPage([aSource()])),
      'GET api/v1/calendars': ok({ items: [aCalendar()] }),
      ...routes,
    },
  });
  const onSaved = jest.fn();
  const edit = editing === undefined ? {} : { editing };
  renderAt('/form', '/form', <JobForm initial={initial} {...edit} onCancel={jest.fn()} onSaved={onSaved} />);
  return { grafana, onSaved };
}

const openSection = async () => userEvent.click(screen.getByRole('button', { name: /^Detection and alerts/ }));

test('a job without wishes looks for values outside the band and tells Alertmanager', () => {
  expect(parse({})).toMatchObject({
    ok: true,
    spec: { detect: [{ kind: 'band' }], open: '2 of 3', alert: { severity: 'warning' }, overlay: 'none' },
  });
});

test('every wish of a job comes back as it was', () => {
  const before: JobSpecInput = {
    ...spec,
    detect: [
      { kind: 'outlier', among: ['service'] },
      { kind: 'capacity', limit: 0.95, side: 'above', warn: '7d', probability: 0.9 },
      { kind: 'silence' },
    ],
    atLeast: { absolute: 0.05, relative: 0.1 },
    open: '3 of 5',
    close: '2 of 2',
    ignoreLabels: ['pod'],
    calendars: ['change-freeze'],
    alert: { severity: 'critical', labels: { team: 'pay' }, annotations: { summary: 'Look at {{ $value }}' } },
    overlay: ['shop-main/4'],
    write: 'main',
  };
  expect(parse({}, before)).toMatchObject({ ok: true, spec: before });
});

test('kinds by name and quiet jobs come back as well', () => {
  const before: JobSpecInput = { ...spec, detect: ['flat', 'band'], alert: 'none', overlay: 'matching' };
  expect(parse({}, before)).toMatchObject({
    ok: true,
    spec: { detect: [{ kind: 'flat' }, { kind: 'band' }], alert: 'none', overlay: 'matching' },
  });
});

test.each([
  [{ kinds: [] }, 'kinds'],
  [{ kinds: ['band', 'capacity'], capacityLimit: 'much' }, 'capacityLimit'],
  [{ kinds: ['capacity'], capacityLimit: '95%', capacityWarn: 'soon' }, 'capacityWarn'],
  [{ kinds: ['capacity'], capacityLimit: '95%', capacityProbability: '120%' }, 'capacityProbability'],
  [{ kinds: ['outlier'], outlierAmong: 'not a label' }, 'outlierAmong'],
  [{ atLeastAbsolute: 'far' }, 'atLeastAbsolute'],
  [{ atLeastRelative: 'ten' }, 'atLeastRelative'],
  [{ open: '3 of 2' }, 'open'],
  [{ close: 'never' }, 'close'],
  [{ ignoreLabels: 'a-b' }, 'ignoreLabels'],
  [{ alertLabels: 'alertname=x' }, 'alertLabels'],
  [{ alertSeverity: '' }, 'alertSeverity'],
  [{ overlay: 'chosen', overlayPanels: [] }, 'overlayPanels'],
])('%j is a fault of the field %s', (changes, field) => {
  expect(parse(changes)).toMatchObject({ ok: false, faults: [{ field }] });
});

test('the section is closed at first, and opens at a fault of it that the backend finds', async () => {
  const issues = [{ path: 'body.calendars', message: 'there is no calendar change-freeze' }];
  open({ 'POST api/v1/jobs': problem(400, 'invalid_request', 'One fault', issues) });
  expect(screen.queryByLabelText(/^Opens after/)).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'Create job' }));
  expect(await screen.findByText('there is no calendar change-freeze')).toBeVisible();
  expect(screen.getByLabelText(/^Opens after/)).toBeVisible();
});

test('a limit is asked for once capacity is looked for, and is saved', async () => {
  const { grafana, onSaved } = open({ 'POST api/v1/jobs': ok(aJob()) });
  await openSection();
  expect(screen.queryByLabelText(/^Limit/)).toBeNull();
  await userEvent.type(screen.getByLabelText(/^What to look for/), 'Capacity{ArrowDown}{Enter}{Escape}');
  await userEvent.type(screen.getByLabelText(/^Limit/), '95%');
  await userEvent.click(screen.getByRole('button', { name: 'Create job' }));
  await waitFor(() => expect(onSaved).toHaveBeenCalled());
  expect(grafana.requests.at(-1)?.data.detect).toEqual([
    { kind: 'band' },
    { kind: 'capacity', limit: 0.95, side: 'above', warn: '3d', probability: 0.8 },
  ]);
});

test('panels are chosen from those that show the query', async () => {
  const similar = anOverlayTarget({ panel: 'other/2', panelTitle: 'Other', match: 'similar', provisioned: true });
  const found = { items: [anOverlayTarget(), similar], indexedAtMs: 1, dashboards: 3, error: null };
  const { grafana, onSaved } = open({ [targets]: ok(found), [save]: ok(aJob()) }, 'disk');
  await openSection();
  await userEvent.click(screen.getByLabelText('On chosen panels'));
  expect(
    await screen.findByText(
      /Panels with this query: 2, in 3 dashboards that were looked through. No dashboard is edited./
    )
  ).toBeVisible();
  await userEvent.click(screen.getByLabelText('Shop / Requests'));
  await userEvent.click(screen.getByRole('button', { name: 'Save job' }));
  await waitFor(() => expect(onSaved).toHaveBeenCalled());
  expect(grafana.requests.at(-1)?.data.overlay).toEqual(['shop-main/4']);
});

test('a panel that was chosen and is gone can be taken away', async () => {
  const none = { items: [], indexedAtMs: 1, dashboards: 3, error: 'Grafana answered 403 for two dashboards' };
  open({ [targets]: ok(none) }, 'disk', { ...spec, overlay: ['gone/1'] });
  await openSection();
  const lost = await screen.findByLabelText('gone/1 (not found any more)');
  expect(screen.getByText('Grafana answered 403 for two dashboards')).toBeVisible();
  await userEvent.click(lost);
  expect(screen.queryByLabelText('gone/1 (not found any more)')).toBeNull();
});

test('a backend that may not look into Grafana says what to set', async () => {
  const refused = problem(409, 'conflict', 'set grafana.tokenFile to a service account token in aiops.yaml');
  open({ [targets]: refused }, 'disk', { ...spec, overlay: 'matching' });
  await openSection();
  expect(await screen.findByText(/set grafana.tokenFile/)).toBeVisible();
});

test('the job page says in words what is looked for and who is told', () => {
  fakeGrafana();
  const job = aJob();
  const detect = [{ kind: 'capacity', limit: 0.95, side: 'above', warn: '3d', probability: 0.8 } as const];
  const told = { ...job.spec, unit: 'percentunit', detect, calendars: ['change-freeze'] };
  renderAt('/job', '/job', <JobSettings job={{ ...job, spec: told }} />);
  const summary = screen.getByRole('region', { name: 'Detection and alerts' });
  expect(summary).toHaveTextContent(/Capacity running out \(95% within 3d, at 80 %\)/);
  expect(summary).toHaveTextContent(/2 of 3 values outside, 3 of 3 inside/);
  expect(summary).toHaveTextContent(/change-freeze/);
  expect(screen.getByRole('link', { name: 'Anomalies that it found' })).toHaveAttribute(
    'href',
    expect.stringContaining('/anomalies?job=checkout-latency')
  );
});
