import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { PolicySummary } from '../../../backend/src/contract/index.ts';
import { appRoot } from '../../pluginId.ts';
import { nowMs } from '../../test/builders.ts';
import { fakeGrafana, ok, problem, type FakeRole, type Routes } from '../../test/grafana.ts';
import { aKillSwitch, aPolicy, aPolicySpec, aRefusal, aVerdict } from '../../test/remediationBuilders.ts';
import { renderAt } from '../../test/render.tsx';
import PolicyPage from './PolicyPage.tsx';

const one = 'GET api/v1/policies/restart-shop';
const mode = 'PUT api/v1/policy-modes/restart-shop';
const replay = 'POST api/v1/policies/replay';
const made = (overrides: Partial<PolicySummary> = {}) => aPolicy({ origin: { kind: 'api', by: 'eun' }, ...overrides });

function open(policy: PolicySummary, routes: Routes = {}, role: FakeRole = 'Admin') {
  const versions = [
    { version: 4, spec: aPolicySpec(), atMs: nowMs, by: 'eun' },
    { version: 3, spec: aPolicySpec({ mode: 'auto', priority: 5 }), atMs: nowMs - 60_000, by: 'ada' },
  ];
  const grafana = fakeGrafana({
    role,
    routes: {
      [one]: ok(policy),
      [`${one}/versions`]: ok({ items: versions }),
      'GET api/v1/kill-switches': ok({ items: [] }),
      ...routes,
    },
  });
  renderAt(`${appRoot}/remediation/policies/restart-shop`, `${appRoot}/remediation/policies/:name`, <PolicyPage />);
  return grafana;
}

test('a change of mode says what it means and is confirmed first', async () => {
  const grafana = open(made(), { [mode]: ok(made({ spec: aPolicySpec({ mode: 'suggest' }) })) });
  await userEvent.click(await screen.findByRole('radio', { name: 'Suggest' }));
  expect(grafana.calls).not.toContain(mode);
  const dialog = await screen.findByRole('dialog');
  expect(dialog).toHaveTextContent(/from Observe to Suggest\?.*offers its plan to people/);
  await userEvent.click(within(dialog).getByRole('button', { name: 'Change the mode' }));
  await waitFor(() => expect(grafana.calls).toContain(mode));
  expect(grafana.requests.find(({ method }) => method === 'PUT')?.data).toEqual({ mode: 'suggest' });
});

test('auto that is not earned yet cannot be chosen, and says what is missing', async () => {
  open(made({ promotion: '10 verified runs are needed; it has 3' }));
  expect(await screen.findByText('Not auto yet: 10 verified runs are needed; it has 3')).toBeVisible();
  expect(screen.getByRole('radio', { name: 'Auto' })).toBeDisabled();
  expect(screen.getByRole('radio', { name: 'Approve' })).toBeEnabled();
});

test.each<[string, PolicySummary, FakeRole, RegExp]>([
  ['of a file', aPolicy(), 'Admin', /change it in policies\/shop.yaml/],
  ['for an editor', made(), 'Editor', /needs the Admin role/],
])('the mode %s is shown, and why it cannot be changed here', async (_name, policy, role, why) => {
  open(policy, {}, role);
  expect(await screen.findByText(why)).toBeVisible();
  expect(screen.getByRole('radio', { name: 'Suggest' })).toBeDisabled();
});

test('a mode that the backend refuses stays as it was and says why', async () => {
  const detail = 'Only one step at a time: from observe to suggest first.';
  open(made(), { [mode]: problem(409, 'conflict', detail) });
  await userEvent.click(await screen.findByRole('radio', { name: 'Approve' }));
  await userEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Change the mode' }));
  expect(await screen.findByText(detail)).toBeVisible();
  expect(screen.getByRole('radio', { name: 'Observe' })).toBeChecked();
});

test('a replay counts what would have run and opens each refusal to its guards', async () => {
  const item = { alertname: 'ServiceDown', openedAtMs: nowMs - 3_600_000 };
  const report = {
    days: 30,
    episodes: 31,
    matched: 2,
    wouldRun: 1,
    refusedBy: { 'blast-radius': 1 },
    items: [
      { ...item, episodeId: 'e1', target: 'web-1', outcome: 'would-run', verdicts: [aVerdict()] },
      { ...item, episodeId: 'e2', target: null, outcome: 'refused', verdicts: [aVerdict(), aRefusal()] },
    ],
  };
  const grafana = open(made(), { [replay]: ok(report) }, 'Editor');
  await userEvent.click(await screen.findByRole('button', { name: 'What would it have done?' }));
  expect(await screen.findByText('Of 31 episodes in 30 days 2 fit; it would have run 1 times.')).toBeVisible();
  expect(screen.getByText('Refused by: Blast radius in the group 1')).toBeVisible();
  const rows = screen.getAllByRole('row').slice(1);
  expect(rows[0]).toHaveTextContent(/Would run.*ServiceDown.*web-1.*all 1 guards pass/);
  expect(rows[1]).toHaveTextContent(/Refused.*Blast radius in the group: 3 of 3 targets/);
  expect(grafana.requests.find(({ method }) => method === 'POST')?.data).toMatchObject({
    days: 30,
    spec: { name: 'restart-shop' },
  });
});

test('a viewer is told why a replay is not for them', async () => {
  open(made(), {}, 'Viewer');
  expect(await screen.findByRole('button', { name: 'What would it have done?' })).toHaveAttribute(
    'aria-disabled',
    'true'
  );
});

test('each version says who made it and what it changed', async () => {
  open(made());
  const lines = await screen.findAllByText(/^Version \d$/);
  expect(lines.map((line) => line.textContent)).toEqual(['Version 4', 'Version 3']);
  expect(screen.getByRole('list', { name: 'Versions' })).toHaveTextContent(
    /Version 4 by eun.*mode: auto → observe.*priority: 5 → 0.*Version 3 by ada.*First version/
  );
});

test('one policy is stopped for itself', async () => {
  const on = 'PUT api/v1/kill-switches/on';
  const grafana = open(made(), { [on]: ok(aKillSwitch({ scope: 'policy', name: 'restart-shop' })) });
  const stop = await screen.findByRole('button', { name: 'Stop it' });
  await waitFor(() => expect(stop).toBeEnabled());
  await userEvent.click(stop);
  await waitFor(() => expect(grafana.calls).toContain(on));
  expect(grafana.requests.find(({ method }) => method === 'PUT')?.data).toEqual({
    scope: 'policy',
    name: 'restart-shop',
    on: true,
  });
});

test('a policy that is left aside says why', async () => {
  open(made({ fault: 'The playbook restart_service is gone.' }));
  expect(await screen.findByText('The playbook restart_service is gone.')).toBeVisible();
});
