import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { KillSwitch } from '../../backend/src/contract/index.ts';
import { fail, fakeGrafana, ok, problem, type FakeRole, type Routes } from '../test/grafana.ts';
import { aKillSwitch } from '../test/remediationBuilders.ts';
import { renderAt } from '../test/render.tsx';
import { KillSwitchButton } from './KillSwitchButton.tsx';

const list = 'GET api/v1/kill-switches';
const on = 'PUT api/v1/kill-switches/on';
const off = 'PUT api/v1/kill-switches/off';

function open(switches: () => readonly KillSwitch[], routes: Routes = {}, role: FakeRole = 'Admin') {
  const grafana = fakeGrafana({ role, routes: { [list]: () => ok({ items: switches() })(), ...routes } });
  renderAt('/', '/', <KillSwitchButton />);
  return grafana;
}

test('stopping asks first, keeps the reason, and shows who stopped it', async () => {
  let all: readonly KillSwitch[] = [];
  const stopped = aKillSwitch({ by: 'Ada', reason: 'migration' });
  const grafana = open(() => all, {
    [on]: () => {
      all = [stopped];
      return ok(stopped)();
    },
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Remediation: on' }));
  const dialog = await screen.findByRole('dialog');
  expect(dialog).toHaveTextContent(/Within two seconds/);
  expect(grafana.calls).not.toContain(on);
  await userEvent.type(within(dialog).getByRole('textbox', { name: /Reason/ }), 'migration');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Stop all' }));
  expect(await screen.findByRole('button', { name: 'Remediation: stopped' })).toBeVisible();
  expect(screen.getByRole('status')).toHaveTextContent(/stopped by Ada .*: migration/);
  expect(grafana.requests.find(({ method }) => method === 'PUT')?.data).toEqual({
    scope: 'global',
    on: true,
    reason: 'migration',
  });
});

test('a switch that somebody else turned is seen within two seconds', async () => {
  let all: readonly KillSwitch[] = [];
  open(() => all);
  await screen.findByRole('button', { name: 'Remediation: on' });
  all = [aKillSwitch()];
  expect(await screen.findByRole('button', { name: 'Remediation: stopped' }, { timeout: 2_000 })).toBeVisible();
});

test('an administrator lets it go on', async () => {
  const grafana = open(() => [aKillSwitch()], { [off]: ok(aKillSwitch({ on: false })) });
  await userEvent.click(await screen.findByRole('button', { name: 'Remediation: stopped' }));
  await userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Let it go on' }));
  await waitFor(() => expect(grafana.calls).toContain(off));
});

test.each<[FakeRole, readonly KillSwitch[], RegExp, RegExp]>([
  ['Viewer', [], /Stop all/, /needs the Editor role/],
  ['Editor', [aKillSwitch()], /Let it go on/, /needs the Admin role/],
])('a %s sees the state, and why they cannot turn it', async (role, all, button, why) => {
  open(() => all, {}, role);
  await userEvent.click(await screen.findByRole('button', { name: /^Remediation: (on|stopped)/ }));
  const dialog = within(await screen.findByRole('dialog'));
  expect(dialog.getByRole('button', { name: button })).toBeDisabled();
  expect(dialog.getByText(why)).toBeVisible();
});

test('an editor may stop: whoever is on call can', async () => {
  open(() => [], {}, 'Editor');
  await userEvent.click(await screen.findByRole('button', { name: 'Remediation: on' }));
  expect(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Stop all' })).toBeEnabled();
});

test('policies and targets that are stopped for themselves are counted and let go on one by one', async () => {
  const policy = aKillSwitch({ scope: 'policy', name: 'restart-shop' });
  const over = aKillSwitch({ scope: 'target', name: 'web-2', on: false });
  const grafana = open(() => [policy, over], { [off]: ok({ ...policy, on: false }) });
  await userEvent.click(await screen.findByRole('button', { name: 'Remediation: on, 1 stopped' }));
  const others = await screen.findByRole('list', { name: 'Stopped for themselves' });
  expect(within(others).getAllByRole('listitem')).toHaveLength(1);
  expect(others).toHaveTextContent(/Policy restart-shop.*stopped by ada.*: migration/);
  await userEvent.click(within(others).getByRole('button', { name: 'Let it go on' }));
  await waitFor(() => expect(grafana.calls).toContain(off));
  expect(grafana.requests.find(({ method }) => method === 'PUT')?.data).toMatchObject({
    scope: 'policy',
    name: 'restart-shop',
    on: false,
  });
});

test('a switch that could not be turned says why, and stays open', async () => {
  open(() => [], { [on]: problem(403, 'forbidden', 'Your role is Viewer.') });
  await userEvent.click(await screen.findByRole('button', { name: 'Remediation: on' }));
  await userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Stop all' }));
  expect(await screen.findByText('Your role is Viewer.')).toBeVisible();
  expect(screen.getByRole('dialog')).toBeVisible();
});

test('what is not known is not called on', async () => {
  fakeGrafana({ routes: { [list]: fail(502, '') } });
  renderAt('/', '/', <KillSwitchButton />);
  const button = () => screen.getByRole('button', { name: 'Remediation: not known' });
  await waitFor(() => expect(button()).toHaveAttribute('aria-disabled', 'true'));
  await userEvent.hover(button());
  expect(await screen.findByRole('tooltip')).toHaveTextContent('The AIOps backend does not answer');
});
