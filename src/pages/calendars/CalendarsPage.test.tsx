import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { appRoot } from '../../pluginId.ts';
import { aCalendar } from '../../test/detectionBuilders.ts';
import { fail, fakeGrafana, ok, problem, type Routes } from '../../test/grafana.ts';
import { renderAt } from '../../test/render.tsx';
import { parseCalendarForm, toCalendarForm } from './calendarForm.ts';
import CalendarsPage from './CalendarsPage.tsx';

const list = 'GET api/v1/calendars';
const create = 'POST api/v1/calendars';
const one = 'api/v1/calendars/change-freeze';

function open(routes: Routes, role: 'Editor' | 'Viewer' = 'Editor') {
  const grafana = fakeGrafana({ role, routes });
  renderAt(`${appRoot}/calendars`, `${appRoot}/calendars`, <CalendarsPage />);
  return grafana;
}

async function fill(form: HTMLElement, fields: Readonly<Record<string, string>>) {
  for (const [label, text] of Object.entries(fields)) {
    const field = within(form).getByRole('textbox', { name: new RegExp(`^${label}`) });
    await userEvent.clear(field);
    await userEvent.type(field, text);
  }
}

test('calendars say what is on now, what comes, who uses them and where they are from', async () => {
  const broken = aCalendar({
    spec: { name: 'kr', use: 'holidays', ical: 'https://c.example/kr.ics', timeZone: 'Asia/Seoul', refresh: '6h' },
    origin: { kind: 'file', file: 'aiops.yaml' },
    error: 'c.example answered 404',
    next: [],
    jobs: [],
  });
  open({ [list]: ok({ items: [aCalendar(), broken] }) });
  const rows = (await screen.findAllByRole('row')).slice(1);
  expect(rows[0]).toHaveTextContent(
    /change-freeze.*made here by admin.*Maintenance.*Asia\/Seoul.*Year end.*checkout-latency/
  );
  expect(rows[1]).toHaveTextContent(
    /kr.*from aiops.yaml.*c.example answered 404.*Holidays.*nothing ahead.*no job uses it/
  );
  const edit = within(rows[1] ?? document.body).getByRole('button', { name: 'Edit kr' });
  expect(edit).toHaveAttribute('aria-disabled', 'true');
  await userEvent.hover(edit);
  expect(await screen.findByRole('tooltip')).toHaveTextContent('Change it in aiops.yaml');
});

test('a calendar with a period is made', async () => {
  const grafana = open({ [list]: ok({ items: [] }), [create]: ok(aCalendar()) });
  await screen.findByText('No calendars yet');
  await userEvent.click(screen.getAllByRole('button', { name: 'New calendar' })[0] ?? document.body);
  const form = await screen.findByRole('form', { name: 'Calendar' });
  await fill(form, {
    'Name(?! of)': 'upgrades',
    'Name of the period': 'Upgrade',
    From: '2026-12-24T22:00',
    To: '2026-12-25T02:00',
  });
  await userEvent.click(within(form).getByRole('button', { name: 'Save calendar' }));
  await waitFor(() => expect(screen.queryByRole('form')).toBeNull());
  expect(grafana.requests.find(({ method }) => method === 'POST')?.data).toMatchObject({
    name: 'upgrades',
    use: 'maintenance',
    periods: [{ name: 'Upgrade', from: '2026-12-24T22:00', to: '2026-12-25T02:00' }],
  });
});

test('a period that ends before it starts is told at its field, and nothing is sent', async () => {
  const grafana = open({ [list]: ok({ items: [aCalendar()] }) });
  await userEvent.click(await screen.findByRole('button', { name: 'Edit change-freeze' }));
  const form = await screen.findByRole('form', { name: 'Calendar' });
  await fill(form, { To: '2026-12-01T00:00' });
  await userEvent.click(within(form).getByRole('button', { name: 'Save calendar' }));
  expect(await within(form).findByText('expected from before to')).toBeVisible();
  expect(grafana.calls).toEqual([list]);
});

test('what the backend finds wrong is told at its field', async () => {
  const issues = [{ path: 'body.periods.0.repeat', message: 'expected an RFC 5545 rule' }];
  open({
    [list]: ok({ items: [aCalendar()] }),
    [`PUT ${one}`]: problem(400, 'invalid_request', 'One fault', issues),
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Edit change-freeze' }));
  const form = await screen.findByRole('form', { name: 'Calendar' });
  await fill(form, { 'Comes back': 'FREQ=SOMETIMES' });
  await userEvent.click(within(form).getByRole('button', { name: 'Save calendar' }));
  expect(await within(form).findByText('expected an RFC 5545 rule')).toBeVisible();
});

test('a calendar is deleted only after a confirmation', async () => {
  const grafana = open({ [list]: ok({ items: [aCalendar()] }), [`DELETE ${one}`]: ok('') });
  await userEvent.click(await screen.findByRole('button', { name: 'Delete change-freeze' }));
  expect(grafana.calls).not.toContain(`DELETE ${one}`);
  await userEvent.click(await screen.findByRole('button', { name: 'Delete' }));
  await waitFor(() => expect(grafana.calls).toContain(`DELETE ${one}`));
});

test('a viewer sees calendars and why they cannot be changed', async () => {
  open({ [list]: ok({ items: [aCalendar()] }) }, 'Viewer');
  await screen.findByText('change-freeze');
  expect(screen.getByRole('button', { name: 'New calendar' })).toHaveAttribute('aria-disabled', 'true');
});

test('a backend that is down is told', async () => {
  open({ [list]: fail(502, '') });
  expect(await screen.findByText('The AIOps backend does not answer')).toBeVisible();
});

test('an address is kept with its zone, and periods of the other choice are left out', () => {
  const values = {
    ...toCalendarForm(undefined, 'Asia/Seoul'),
    name: 'kr',
    kind: 'ical',
    ical: 'https://c.example',
  } as const;
  expect(parseCalendarForm(values)).toEqual({
    ok: true,
    spec: { name: 'kr', use: 'maintenance', timeZone: 'Asia/Seoul', ical: 'https://c.example', refresh: '6h' },
  });
});

test('a zone that does not exist is a fault of its field', () => {
  const { spec } = aCalendar();
  const parsed = parseCalendarForm({ ...toCalendarForm(spec, ''), timeZone: 'Asia/Nowhere' });
  expect(parsed).toMatchObject({ ok: false, faults: [{ field: 'timeZone' }] });
});
