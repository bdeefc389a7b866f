import { fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { JobSpecInput } from '../../../backend/src/contract/index.ts';
import { aJob, aPage, aPreview, aSource } from '../../test/builders.ts';
import { fakeGrafana, ok, problem, type Routes } from '../../test/grafana.ts';
import { renderAt } from '../../test/render.tsx';
import { JobForm } from './JobForm.tsx';
import { parseJobForm, toFormValues } from './jobFormValues.ts';

const create = 'POST api/v1/jobs';
const preview = 'POST api/v1/jobs/preview';
const spec: JobSpecInput = { name: 'checkout-latency', query: 'up' };

function open(routes: Routes, initial: JobSpecInput = spec) {
  const grafana = fakeGrafana({ routes: { 'GET api/v1/sources': ok(aPage([aSource()])), ...routes } });
  const onSaved = jest.fn();
  renderAt('/form', '/form', <JobForm initial={initial} onCancel={jest.fn()} onSaved={onSaved} />);
  return { grafana, onSaved };
}

const submit = () => userEvent.click(screen.getByRole('button', { name: 'Create job' }));

test('a job with what was typed is saved', async () => {
  const { grafana, onSaved } = open({ [create]: ok(aJob()) });
  await userEvent.clear(screen.getByLabelText(/^Horizon/));
  await userEvent.type(screen.getByLabelText(/^Horizon/), '3d');
  await submit();
  await waitFor(() => expect(onSaved).toHaveBeenCalled());
  expect(grafana.requests.at(-1)?.data).toMatchObject({ name: 'checkout-latency', query: 'up', horizon: '3d' });
});

test('faults are shown at their fields and nothing is sent', async () => {
  const { grafana } = open({}, { name: 'Not A Name', query: '', step: 'often' });
  await submit();
  expect(await screen.findByText(/expected lower-case letters, digits and dashes/)).toBeVisible();
  expect(screen.getByText(/expected a duration such as 30s/)).toBeVisible();
  expect(grafana.calls).not.toContain(create);
});

test('forecast and cost are shown before anything is saved', async () => {
  const answer = { seriesCount: 12, seriesLabels: [{ service: 'api' }], warnings: [], preview: aPreview() };
  const { grafana } = open({ [preview]: ok(answer) });
  await userEvent.click(screen.getByRole('button', { name: 'Preview and cost' }));
  expect(await screen.findByText('First of 12 series')).toBeVisible();
  expect(screen.getByText(/CPU-seconds a day/)).toBeVisible();
  expect(grafana.calls).not.toContain(create);
});

test('the slider is followed once there is a preview, and its choice is saved', async () => {
  const answer = { seriesCount: 1, seriesLabels: [{}], warnings: [], preview: aPreview() };
  const { grafana, onSaved } = open({ [preview]: ok(answer), [create]: ok(aJob()) });
  const slider = screen.getByRole('slider', { name: 'Sensitivity' });
  expect(slider).toHaveAttribute('aria-valuetext', '1 alert a week');
  await userEvent.click(screen.getByRole('button', { name: 'Preview and cost' }));
  expect(await screen.findByText('1 alert a week (back-test: 0.8)')).toBeVisible();
  fireEvent.change(slider, { target: { value: '5' } });
  const asked = () => grafana.requests.filter(({ data }) => data?.job !== undefined).map(({ data }) => data.job);
  await waitFor(() => expect(asked().map(({ sensitivity }) => sensitivity)).toEqual([1, 14]));
  await submit();
  await waitFor(() => expect(onSaved).toHaveBeenCalled());
  expect(grafana.requests.at(-1)?.data).toMatchObject({ sensitivity: 14 });
});

test.each([
  [
    'a name that is taken',
    problem(409, 'conflict', 'There is a job checkout-latency already.'),
    /a job checkout-latency already/,
  ],
  ['a query without series', problem(422, 'no_series', 'The query answers no series.'), /answers no series/],
  [
    'a field that the backend refuses',
    problem(400, 'invalid_request', 'One fault', [{ path: 'labels.x', message: 'reserved label' }]),
    /reserved label/,
  ],
])('%s is told where it was typed', async (_name, answer, text) => {
  const { onSaved } = open({ [create]: answer });
  await submit();
  await waitFor(() => expect(screen.getAllByText(text).length).toBeGreaterThan(0));
  expect(screen.getAllByRole('alert').some((alert) => text.test(alert.textContent ?? ''))).toBe(true);
  expect(onSaved).not.toHaveBeenCalled();
});

test('a preview that fails names the cause', async () => {
  open({ [preview]: problem(502, 'source_refused', 'main refused the connection.') });
  await userEvent.click(screen.getByRole('button', { name: 'Preview and cost' }));
  expect(await screen.findByText('main refused the connection.')).toBeVisible();
});

test('what the form does not show of a job is kept when it is edited', () => {
  const before: JobSpecInput = {
    ...spec,
    title: { en: 'Checkout', ko: '결제' },
    labels: { team: 'pay' },
    sensitivity: '2 alerts per day',
  };
  expect(parseJobForm(toFormValues(before), before)).toMatchObject({
    ok: true,
    spec: {
      title: { en: 'Checkout', ko: '결제' },
      labels: { team: 'pay' },
      models: 'auto',
      levels: [80, 95],
      sensitivity: 14,
    },
  });
});

test('an emptied field takes the backend’s default', () => {
  const parsed = parseJobForm({ ...toFormValues(spec), source: '', unit: ' ', min: '', max: '' }, spec);
  expect(parsed.ok && Object.keys(parsed.spec)).not.toContain('source');
  expect(parsed.ok && Object.keys(parsed.spec)).not.toContain('range');
});

test('a limit that is no number and a range upside down are faults of their fields', () => {
  const fault = (min: string, max: string) => parseJobForm({ ...toFormValues(spec), min, max }, spec);
  expect(fault('low', '')).toMatchObject({ ok: false, faults: [{ field: 'min' }] });
  expect(fault('', 'high')).toMatchObject({ ok: false, faults: [{ field: 'max' }] });
  expect(fault('5', '1')).toMatchObject({ ok: false, faults: [{ message: 'expected min below max' }] });
});
