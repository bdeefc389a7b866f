import { expect, test, type Page } from '@playwright/test';
import { EpisodeDetail, Run, pageOf } from '../../backend/src/contract/index.ts';
import { keepPicture } from './grafana-page.ts';
import { addresses } from './servers.ts';

const { grafana12, gauges } = addresses();
const app = `${grafana12}/a/selfheal-aiops-app`;
const api = `${grafana12}/api/plugin-proxy/selfheal-aiops-app/api/v1`;
/** Scrape, rule, Alertmanager and webhook of a second each, on a busy machine. */
const toldMs = 60_000;
/** The action, a second to settle, three to hold. */
const healedMs = 60_000;
const Runs = pageOf(Run);

const setWorker = async (turn: 'start' | 'stop') => await fetch(`${gauges}/worker/${turn}`, { method: 'POST' });

async function waitingRuns(page: Page): Promise<Run[]> {
  const answer = await page.request.get(`${api}/runs`, { params: { state: 'awaiting-approval' } });
  expect(answer.status()).toBe(200);
  return Runs.parse(await answer.json()).items;
}

async function waitingRun(page: Page): Promise<Run> {
  await expect.poll(async () => (await waitingRuns(page)).length, { timeout: toldMs }).toBe(1);
  const [run] = await waitingRuns(page);
  if (run === undefined) {
    throw new Error('the run was decided on meanwhile');
  }
  return run;
}

/** Opens the page anew as somebody else; the host keeps the role in a cookie. */
async function openAs(page: Page, role: 'Viewer' | 'Editor' | 'Admin', path: string): Promise<void> {
  await page.goto(`${app}${path}${path.includes('?') ? '&' : '?'}role=${role}`);
}

test.describe.configure({ mode: 'serial', timeout: 180_000 });

test.afterAll(async () => {
  await setWorker('start');
});

test('a stopped worker becomes a run that waits for a person, and a Viewer sees why they cannot answer', async ({
  page,
}) => {
  await setWorker('stop');
  await openAs(page, 'Viewer', '/remediation?tab=approvals');
  const waiting = page.getByRole('list', { name: 'Waiting for approval' }).getByRole('listitem').first();
  await expect(waiting).toContainText('start_worker on gauges', { timeout: toldMs });
  await expect(page.getByRole('button', { name: 'Approve and run' })).toBeDisabled();
  await page.getByRole('button', { name: 'Approve and run' }).hover({ force: true });
  await expect(page.getByRole('tooltip')).toContainText('needs the Admin role');
  await keepPicture(page, '60-approvals-viewer');
  const run = await waitingRun(page);
  const refused = await page.request.put(`${api}/runs/${run.id}/approval`, {
    data: { decision: 'approve', planHash: run.plan.hash },
  });
  expect(refused.status()).toBe(403);
  await page.getByRole('tab', { name: 'Policies' }).click();
  await page.getByRole('link', { name: 'Start a worker that stands still' }).click();
  await expect(page.getByRole('button', { name: 'What would it have done?' })).toBeDisabled();
});

test('the menu of the alert leads an Admin to the plan; approved, it runs, and the recovery is proved', async ({
  page,
}) => {
  await page.goto(`${grafana12}/d/worker?role=Admin`);
  await page.getByRole('button', { name: 'More actions for WorkerDown' }).click();
  await page.getByRole('menuitem', { name: 'Remediate alert' }).click();
  const modal = page.getByRole('dialog');
  await expect(modal).toContainText('worker=mailer');
  await expect(modal.getByRole('region', { name: 'Plan' })).toContainText('start_worker on gauges');
  await modal.getByRole('textbox', { name: /Reason/ }).fill('journey');
  await keepPicture(page, '61-remediate-waiting');
  await modal.getByRole('button', { name: 'Approve and run' }).click();
  await expect(modal.getByText(/^Healed in/)).toBeVisible({ timeout: healedMs });
  await expect(modal.getByRole('region', { name: 'Verification' })).toContainText('Recovered');
  await expect(modal.getByRole('list', { name: 'Who decided' })).toContainText(/Approved.*Ada Admin.*: journey/);
  await keepPicture(page, '62-remediate-healed');
});

test('the run, its episode and the audit tell the same story', async ({ page }) => {
  await openAs(page, 'Viewer', '/remediation');
  const row = page.getByRole('row', { name: /start_worker on gauges/ }).first();
  await expect(row).toContainText('Healed');
  await row.getByRole('link', { name: 'start_worker on gauges' }).click();
  await expect(page.getByRole('list', { name: 'Steps' })).toContainText(
    /Waits for approval.*Running.*Verifying.*Healed/s
  );
  await keepPicture(page, '63-run');
  await page.getByRole('link', { name: 'Alert WorkerDown' }).click();
  await expect(page.getByRole('list', { name: 'What the policies thought of it' })).toContainText('start-worker');
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
  const episode = EpisodeDetail.parse(await (await page.request.get(`${api}/episodes/${id}`)).json());
  expect(episode.runs.map(({ state }) => state)).toEqual(['verified']);
  await page.goto(`${app}/remediation?tab=audit`);
  await page.getByRole('button', { name: 'Check the chain' }).click();
  await expect(page.getByText(/All \d+ entries stand as they were written/)).toBeVisible();
  await keepPicture(page, '64-audit');
});

test('an Editor stops everything from any page; it is seen elsewhere at once, and an Admin lets it go on', async ({
  browser,
  page,
}) => {
  const elsewhere = await (await browser.newContext()).newPage();
  await openAs(elsewhere, 'Viewer', '/capacity');
  await expect(elsewhere.getByRole('button', { name: 'Remediation: on' })).toBeVisible();
  await openAs(page, 'Editor', '/overview');
  await page.getByRole('button', { name: 'Remediation: on' }).click();
  await page
    .getByRole('dialog')
    .getByRole('textbox', { name: /Reason/ })
    .fill('journey');
  await page.getByRole('dialog').getByRole('button', { name: 'Stop all' }).click();
  await expect(page.getByRole('button', { name: 'Remediation: stopped' })).toBeVisible();
  await expect(elsewhere.getByText(/stopped by Eun Editor.*: journey/)).toBeVisible({ timeout: 5_000 });
  await keepPicture(page, '65-stopped');
  await page.getByRole('button', { name: 'Remediation: stopped' }).click();
  await expect(page.getByRole('dialog').getByRole('button', { name: 'Let it go on' })).toBeDisabled();
  await openAs(page, 'Admin', '/overview');
  await page.getByRole('button', { name: 'Remediation: stopped' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Let it go on' }).click();
  await expect(elsewhere.getByRole('button', { name: 'Remediation: on' })).toBeVisible({ timeout: 5_000 });
  await elsewhere.context().close();
});

test('an Editor reaches what takes an Admin neither straight nor through a route of their own', async ({ page }) => {
  await openAs(page, 'Editor', '/remediation');
  const mode = { data: { mode: 'auto' } };
  expect((await page.request.put(`${api}/policy-modes/start-worker`, mode)).status()).toBe(403);
  expect((await page.request.put(`${api}/policies/..%2Fpolicy-modes%2Fstart-worker`, mode)).status()).toBe(400);
  expect((await page.request.put(`${api}/policies/start-worker/mode`, mode)).status()).toBe(404);
  const off = { data: { scope: 'global', on: false } };
  expect((await page.request.put(`${api}/kill-switches/off`, off)).status()).toBe(403);
  expect((await page.request.put(`${api}/kill-switches/on`, off)).status()).toBe(400);
});

test('an Editor replays a policy and sees each guard', async ({ page }) => {
  await openAs(page, 'Editor', '/remediation/policies/start-worker');
  await page.getByRole('button', { name: 'What would it have done?' }).click();
  await expect(page.getByText(/Of \d+ episodes in 30 days \d+ fit/)).toBeVisible();
  await expect(page.getByRole('row', { name: /WorkerDown/ })).toContainText(/guards pass|:/);
  await keepPicture(page, '66-replay');
});
