import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { appRoot } from '../../pluginId.ts';
import { aPage, nowMs } from '../../test/builders.ts';
import { stream } from '../../test/events.ts';
import { fail, fakeGrafana, ok, problem, type FakeRole, type Routes } from '../../test/grafana.ts';
import {
  anApproval,
  anAuditEntry,
  anEpisode,
  aPolicy,
  aPolicySpec,
  aRemediationStatus,
  aRun,
  aVerifiedRun,
} from '../../test/remediationBuilders.ts';
import { renderAt } from '../../test/render.tsx';
import RemediationPage from './RemediationPage.tsx';

const usual: Routes = {
  'GET api/v1/remediation/status': ok(aRemediationStatus()),
  'GET api/v1/runs': ok(aPage([aRun(), aVerifiedRun()])),
  'GET api/v1/policies': ok({ items: [aPolicy()] }),
  'GET api/v1/episodes': ok(aPage([anEpisode()])),
  'GET api/v1/audit': ok(aPage([anAuditEntry()])),
};
const decide = 'PUT api/v1/runs/r1/approval';

function open(query: string, routes: Routes = {}, role: FakeRole = 'Admin') {
  const grafana = fakeGrafana({ role, routes: { ...usual, ...routes } });
  renderAt(`${appRoot}/remediation${query}`, `${appRoot}/remediation`, <RemediationPage />);
  return grafana;
}

beforeEach(() => stream());

test('runs say their state, what they do, under which policy, and how soon it was healthy', async () => {
  open('');
  const rows = (await screen.findAllByRole('row')).slice(1);
  expect(rows[0]).toHaveTextContent(/Waits for approval.*restart_service on web-1.*restart-shop/);
  expect(rows[1]).toHaveTextContent(/Healed.*restart_service on web-1.*1m14s/);
  expect(within(rows[1] ?? document.body).getByRole('link', { name: 'restart_service on web-1' })).toHaveAttribute(
    'href',
    expect.stringContaining('/remediation/runs/r2')
  );
  expect(screen.getByRole('tab', { name: /Approvals.*1/ })).toBeVisible();
});

test('the filter of an address is the one that is asked for, and nonsense in it is none', async () => {
  const grafana = open('?state=open&policy=restart-shop');
  await screen.findAllByRole('row');
  const asked = () => grafana.requests.filter(({ url }) => url.endsWith('/runs')).map(({ params }) => params);
  expect(asked()).toEqual([{ limit: 100, state: 'open', policy: 'restart-shop' }]);
  await userEvent.click(screen.getByRole('button', { name: 'Policy restart-shop' }));
  await waitFor(() => expect(asked().at(-1)).toEqual({ limit: 100, state: 'open' }));
});

test('an address with a state that does not exist shows all runs', async () => {
  const grafana = open('?state=exploded&policy=../../x');
  await screen.findAllByRole('row');
  expect(grafana.requests.find(({ url }) => url.endsWith('/runs'))?.params).toEqual({ limit: 100 });
});

test('an administrator approves exactly the plan that is shown, with a reason', async () => {
  const grafana = open('?tab=approvals', {
    'GET api/v1/runs': ok(aPage([aRun()])),
    [decide]: ok(aRun({ state: 'queued' })),
  });
  const card = await screen.findByRole('region', { name: 'Approval' });
  expect(card).toHaveTextContent(/Asked for by policy restart-shop.*0 of 1 have agreed.*No answer within 14m means no/);
  await userEvent.type(within(card).getByRole('textbox', { name: /Reason/ }), 'known fault');
  await userEvent.click(within(card).getByRole('button', { name: 'Approve and run' }));
  await waitFor(() => expect(grafana.calls).toContain(decide));
  expect(grafana.requests.find(({ method }) => method === 'PUT')?.data).toEqual({
    decision: 'approve',
    planHash: 'a'.repeat(64),
    reason: 'known fault',
  });
});

test.each<FakeRole>(['Viewer', 'Editor'])(
  'a person with the role %s sees what waits, and why they cannot answer',
  async (role) => {
    open('?tab=approvals', { 'GET api/v1/runs': ok(aPage([aRun()])) }, role);
    const approve = await screen.findByRole('button', { name: 'Approve and run' });
    expect(approve).toHaveAttribute('aria-disabled', 'true');
    expect(screen.getByRole('button', { name: 'Deny' })).toHaveAttribute('aria-disabled', 'true');
    await userEvent.hover(approve);
    expect(await screen.findByRole('tooltip')).toHaveTextContent(/needs the Admin role/);
  }
);

test('an answer that the backend refuses says why, and the list is read anew', async () => {
  const detail = 'You asked for this run; another person must agree.';
  const grafana = open('?tab=approvals', {
    'GET api/v1/runs': ok(aPage([aRun()])),
    [decide]: problem(409, 'conflict', detail),
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Approve and run' }));
  expect(await screen.findByText(detail)).toBeVisible();
  const reads = () => grafana.calls.filter((call) => call === 'GET api/v1/runs').length;
  await waitFor(() => expect(reads()).toBeGreaterThan(1));
});

test('once the time is over nobody can answer any more', async () => {
  const late = aRun({ approval: anApproval({ expiresAtMs: nowMs - 1 }) });
  open('?tab=approvals', { 'GET api/v1/runs': ok(aPage([late])) });
  expect(await screen.findByText('Too late to answer')).toBeVisible();
  expect(screen.getByRole('button', { name: 'Approve and run' })).toHaveAttribute('aria-disabled', 'true');
});

test('policies say where they are from, how far they go, what came of them and what held them back', async () => {
  const broken = aPolicy({
    spec: aPolicySpec({ name: 'scale', title: 'Scale out', mode: 'auto', enabled: false }),
    origin: { kind: 'api', by: 'eun' },
    breaker: { state: 'open', untilMs: nowMs + 60_000 },
    runs: { total: 0, verified: 0, failed: 0 },
    refusals: {},
    fault: 'The playbook scale_out is gone.',
  });
  open('?tab=policies', { 'GET api/v1/policies': ok({ items: [aPolicy(), broken] }) });
  const rows = (await screen.findAllByRole('row')).slice(1);
  expect(rows[0]).toHaveTextContent(
    /Restart the shop.*from policies\/shop.yaml.*Observe.*Breaker closed.*11 of 12 healed, 1 failed.*Cooldown 5 · Blast radius in the group 2/
  );
  expect(rows[1]).toHaveTextContent(
    /Scale out.*made here by eun.*Disabled.*Left aside.*The playbook scale_out is gone.*Auto.*Breaker open.*none/
  );
});

test('without a policy there is one to copy', async () => {
  open('?tab=policies', { 'GET api/v1/policies': ok({ items: [] }) });
  expect(await screen.findByText('No policies yet')).toBeVisible();
  expect(screen.getByText('provisioning/aiops/policies/shop.yaml')).toBeVisible();
});

test('episodes say how they ended, and an end without proof is not called resolved', async () => {
  const gone = anEpisode({ id: 'e2', closedAtMs: nowMs, closeReason: 'unknown', absence: 'NoData', flaps: 2 });
  open('?tab=episodes', { 'GET api/v1/episodes': ok(aPage([anEpisode(), gone])) });
  const rows = (await screen.findAllByRole('row')).slice(1);
  expect(rows[0]).toHaveTextContent(/Open.*ServiceDown.*service="shop-api".*alertmanager/);
  expect(rows[1]).toHaveTextContent(/Ended without proof.*only that data is missing \(NoData\)/);
});

test('the chain of the audit is checked on demand, and a break is named by its entry', async () => {
  const fault = { seq: 5, message: 'Its hash does not fit what it says.' };
  const check = { ok: false, entries: 7, head: 'c'.repeat(64), fault, clockSteps: [{ seq: 3, byMs: 5_000 }] };
  open('?tab=audit', { 'GET api/v1/audit/check': ok({ ...check, longestGap: { seq: 6, ms: 3_600_000 } }) });
  expect((await screen.findAllByRole('row'))[1]).toHaveTextContent(/7.*run.approved.*r1.*ada/);
  await userEvent.click(screen.getByRole('button', { name: 'Check the chain' }));
  const broken = await screen.findByText('The chain is broken at entry 5');
  expect(broken).toBeVisible();
  expect(screen.getByText('Its hash does not fit what it says.')).toBeVisible();
  expect(screen.getByText('Before entry 3 the clock was set back by 5s.')).toBeVisible();
});

test('the audit is exported as the backend wrote it', async () => {
  const saved: Blob[] = [];
  URL.createObjectURL = (blob: Blob) => `blob:${saved.push(blob)}`;
  URL.revokeObjectURL = () => undefined;
  jest.spyOn(HTMLAnchorElement.prototype, 'click').mockReturnValue();
  open('?tab=audit', { 'GET api/v1/audit/export': ok('{"seq":1}\n') });
  await userEvent.click(await screen.findByRole('button', { name: 'Export (NDJSON)' }));
  await waitFor(() => expect(saved).toHaveLength(1));
  expect(saved[0]?.size).toBe(10);
});

test('what keeps remediation from working is told above everything', async () => {
  const webhook = { name: 'grafana', kind: 'grafana' as const, path: '/api/v1/webhooks/grafana', authenticated: false };
  open('', {
    'GET api/v1/remediation/status': ok(
      aRemediationStatus({
        configured: false,
        webhooks: [{ ...webhook, lastDeliveryAtMs: null, waiting: 0, message: 'The secret does not fit.' }],
        blockedTargets: [{ target: 'web-9', runId: 'r9', sinceMs: nowMs }],
      })
    ),
  });
  expect(await screen.findByText('Remediation is not configured')).toBeVisible();
  expect(screen.getByText('grafana: The secret does not fit.')).toBeVisible();
  expect(screen.getByText('Nothing acts on web-9 until a person has looked')).toBeVisible();
  expect(screen.getByRole('link', { name: 'Open the run' })).toHaveAttribute(
    'href',
    expect.stringContaining('/remediation/runs/r9')
  );
});

test.each(['runs', 'approvals', 'policies', 'episodes', 'audit'])(
  'a backend that is down is told on the tab %s, with a way to try again',
  async (tab) => {
    open(`?tab=${tab}`, Object.fromEntries(Object.keys(usual).map((route) => [route, fail(502, '')])));
    expect((await screen.findAllByText('The AIOps backend does not answer')).length).toBeGreaterThan(0);
    expect(screen.getAllByRole('button', { name: 'Try again' }).length).toBeGreaterThan(0);
  }
);
