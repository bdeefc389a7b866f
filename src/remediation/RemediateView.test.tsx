import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { Proposals } from '../../backend/src/contract/index.ts';
import { stream } from '../test/events.ts';
import { fakeGrafana, ok, problem, type FakeRole, type Routes } from '../test/grafana.ts';
import {
  anEpisode,
  aPlan,
  aProposal,
  aProposals,
  aRefusal,
  aRun,
  aRunDetail,
  aRunEvent,
  aVerdict,
  aVerifiedRun,
} from '../test/remediationBuilders.ts';
import { renderAt } from '../test/render.tsx';
import { RemediateView } from './RemediateView.tsx';

const propose = 'POST api/v1/remediation/proposals';
const dryRun = 'POST api/v1/remediation/dry-runs';
const start = 'POST api/v1/remediation/runs';
const labels = { alertname: 'ServiceDown', service: 'shop-api' };
const asked = { episodeId: 'e1', policy: 'restart-shop', planHash: 'a'.repeat(64) };

interface Shown {
  readonly role?: FakeRole;
  readonly labels?: Record<string, string>;
  readonly runbookUrl?: string | null;
}

function open(answer: Proposals, routes: Routes = {}, shown: Shown = {}) {
  const grafana = fakeGrafana({ role: shown.role ?? 'Admin', routes: { [propose]: ok(answer), ...routes } });
  const known = shown.labels ?? labels;
  renderAt(
    '/',
    '/',
    <RemediateView
      request={{ labels: known }}
      labels={known}
      state="Alerting"
      summary="shop-api does not answer"
      runbookUrl={shown.runbookUrl ?? null}
    />
  );
  return grafana;
}

beforeEach(() => stream());

test('plan, guards, verification and mode are told before anything can be pressed', async () => {
  open(aProposals());
  expect(await screen.findByRole('region', { name: 'Plan' })).toHaveTextContent(/restart_service on web-1.*Low risk/);
  expect(screen.getByRole('region', { name: 'Guards' })).toHaveTextContent(/Cooldown.*no run of this policy/);
  expect(screen.getByRole('region', { name: 'Verify' })).toHaveTextContent('probe_success == 1 for 45s within 5m');
  expect(screen.getByRole('region', { name: 'Mode' })).toHaveTextContent(/Approve: It asks.*Approvals needed: 1\./);
  expect(screen.getByRole('button', { name: 'Approve and run' })).toBeEnabled();
});

test('a dry run shows what would change, and starts nothing', async () => {
  const events = [aRunEvent({ kind: 'diff', host: 'web-1', text: '-inactive\n+active' })];
  const report = { planHash: asked.planHash, ok: true, reason: null, events };
  const grafana = open(aProposals(), { [dryRun]: ok(report) });
  await userEvent.click(await screen.findByRole('button', { name: 'Dry run' }));
  const result = await screen.findByRole('region', { name: 'What would change' });
  expect(result).toHaveTextContent(/The dry run went through.*\+active/s);
  expect(grafana.requests.at(-1)?.data).toEqual(asked);
  expect(grafana.calls).not.toContain(start);
});

test('running asks for exactly the plan that was shown, and the run takes its place', async () => {
  const grafana = open(aProposals(), {
    [start]: ok(aRun({ id: 'r2', state: 'queued' })),
    'GET api/v1/runs/r2': ok(aRunDetail(aVerifiedRun())),
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Approve and run' }));
  expect(await screen.findByText('Healed in 1m14s')).toBeVisible();
  expect(grafana.requests.find(({ url }) => url.endsWith('remediation/runs'))?.data).toEqual(asked);
  await userEvent.click(screen.getByRole('button', { name: 'Back to the plan' }));
  expect(await screen.findByRole('button', { name: 'Dry run' })).toBeVisible();
});

test('a run of this plan that is known already is shown in place of its buttons', async () => {
  open(aProposals(aProposal({ runId: 'r1' })), { 'GET api/v1/runs/r1': ok(aRunDetail()) });
  expect(await screen.findByRole('region', { name: 'Approval' })).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Dry run' })).toBeNull();
});

test('the guard that refuses comes first, with its numbers, who can change it, and the way by hand', async () => {
  open(aProposals(aProposal({ allowed: false, verdicts: [aVerdict(), aRefusal()] })));
  const refusal = (await screen.findByText('Refused: Blast radius in the group')).closest('[role=alert]');
  expect(refusal).toHaveTextContent(/3 of 3 targets of web.*targets 3 · atMost 3 · share 10 % · perMs 30m/);
  expect(refusal).toHaveTextContent(/part of policy restart-shop: people with the Editor role/);
  const runbook = screen.getByRole('link', { name: 'By hand: open the runbook' });
  expect(runbook).toHaveAttribute('href', 'https://runbooks.example/service-down');
  expect(runbook).toHaveAttribute('rel', 'noreferrer noopener');
  const run = screen.getByRole('button', { name: 'Approve and run' });
  expect(run).toHaveAttribute('aria-disabled', 'true');
  await userEvent.hover(run);
  expect(await screen.findByRole('tooltip')).toHaveTextContent('A guard keeps it from running now.');
});

test('a policy that only observes says so before anybody presses', async () => {
  open(aProposals(aProposal({ mode: 'observe' })));
  const run = await screen.findByRole('button', { name: 'Approve and run' });
  expect(run).toHaveAttribute('aria-disabled', 'true');
  await userEvent.hover(run);
  expect(await screen.findByRole('tooltip')).toHaveTextContent('its mode must be suggest or more');
});

test.each([
  ['kill-switch', /An administrator can let remediation go on/],
  ['exclusion', /the same for every policy/],
  ['cooldown', /part of policy restart-shop/],
])('who can lift the guard %s is told', async (name, who) => {
  open(aProposals(aProposal({ allowed: false, verdicts: [aVerdict({ name, outcome: 'refuse' })] })));
  expect(await screen.findByText(who)).toBeVisible();
});

test('a runbook that is no web address is no link', async () => {
  const episode = anEpisode({ annotations: { runbook_url: 'javascript:alert(1)' } });
  open({ episode, items: [aProposal({ allowed: false, verdicts: [aRefusal()] })] });
  expect(await screen.findByText('The alert names no runbook for doing it by hand.')).toBeVisible();
  expect(screen.queryByRole('link', { name: /runbook/ })).toBeNull();
});

test('an editor plans and tries, and is told why running is for others', async () => {
  open(aProposals(), {}, { role: 'Editor' });
  expect(await screen.findByRole('button', { name: 'Dry run' })).toBeEnabled();
  const run = screen.getByRole('button', { name: 'Approve and run' });
  expect(run).toHaveAttribute('aria-disabled', 'true');
  await userEvent.hover(run);
  expect(await screen.findByRole('tooltip')).toHaveTextContent(/needs the Admin role/);
});

test('a viewer is told which role it takes, and nothing is asked of the backend', async () => {
  const grafana = open(aProposals(), {}, { role: 'Viewer', runbookUrl: 'https://runbooks.example/x' });
  expect(await screen.findByText(/needs the Editor role/)).toBeVisible();
  expect(screen.getByRole('link', { name: /runbook/ })).toBeVisible();
  expect(grafana.calls).toEqual([]);
});

test.each([
  ['no episode', { episode: null, items: [] }, 'AIOps has no open episode of this alert'],
  ['no policy', { episode: anEpisode(), items: [] }, 'No policy fits this alert'],
])('with %s there is a next step', async (_name, answer, text) => {
  open(answer);
  expect(await screen.findByText(text)).toBeVisible();
  expect(screen.getByRole('link', { name: 'See the policies' })).toBeVisible();
});

test('an alert without labels is not asked about', async () => {
  const grafana = open(aProposals(), {}, { labels: {} });
  expect(await screen.findByText('Grafana shows no labels of this alert')).toBeVisible();
  expect(grafana.calls).toEqual([]);
});

test('a policy that cannot make a plan says why and has nothing to press', async () => {
  const fault = 'web-9 is not in the inventory.';
  open(aProposals(aProposal({ plan: null, fault, allowed: false, verdicts: [] })));
  expect(await screen.findByText(fault)).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Approve and run' })).toBeNull();
});

test('several policies are chosen among, each with its own plan', async () => {
  const drain = aProposal({ policy: 'drain', title: 'Drain the host', plan: aPlan({ action: 'drain_host' }) });
  open(aProposals(aProposal(), drain));
  expect(await screen.findByText('restart_service on web-1')).toBeVisible();
  await userEvent.click(screen.getByRole('tab', { name: 'Drain the host' }));
  expect(await screen.findByText('drain_host on web-1')).toBeVisible();
});

test('a plan that has changed meanwhile is refused with the reason of the backend', async () => {
  const detail = 'The plan is another one than you saw: look at it again.';
  const grafana = open(aProposals(), { [start]: problem(409, 'conflict', detail) });
  await userEvent.click(await screen.findByRole('button', { name: 'Approve and run' }));
  expect(await screen.findByText(detail)).toBeVisible();
  await waitFor(() => expect(grafana.calls.filter((call) => call === propose).length).toBeGreaterThan(1));
});

test('labels of strangers are text, and hide nothing', async () => {
  const evil = { alertname: '<img src=x onerror=alert(1)>', host: 'web\u202e1' };
  open(aProposals(), {}, { labels: evil });
  const list = within(await screen.findByRole('list', { name: 'Labels' }));
  expect(list.getByText('alertname=<img src=x onerror=alert(1)>')).toBeVisible();
  expect(list.getByText('host=web\\u202e1')).toBeVisible();
});
