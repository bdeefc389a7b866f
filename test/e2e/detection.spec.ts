import { expect, test, type Page } from '@playwright/test';
import { AnomalyRecord, pageOf } from '../../backend/src/contract/index.ts';
import { drawnPixels, keepPicture, nextPreview, openForecast, panel } from './grafana-page.ts';
import { addresses } from './servers.ts';

const { grafana12, gauges } = addresses();
const app = `${grafana12}/a/selfheal-aiops-app`;
const api = `${grafana12}/api/plugin-proxy/selfheal-aiops-app/api/v1`;
const queueJob = {
  name: 'queue-length',
  query: 'shop_queue_length',
  step: '5s',
  training: '3h',
  horizon: '30m',
  direction: 'above',
  range: { min: 0 },
  atLeast: { absolute: 40 },
  alert: { severity: 'critical', labels: { team: 'orders' } },
};
const diskJob = {
  name: 'disk-usage',
  query: 'shop_disk_used_ratio',
  step: '1m',
  training: '7d',
  horizon: '6h',
  unit: 'percentunit',
  detect: [{ kind: 'capacity', limit: '95%', warn: '7d' }],
  alert: 'none',
};
/** Two of three steps of 5 s, the tick after them, and a busy machine. */
const foundMs = 90_000;
const Anomalies = pageOf(AnomalyRecord);

async function anomaliesOf(page: Page, job: string): Promise<AnomalyRecord[]> {
  const answer = await page.request.get(`${api}/anomalies`, { params: { job } });
  expect(answer.status()).toBe(200);
  return Anomalies.parse(await answer.json()).items;
}

async function waitUntilFresh(page: Page, job: string): Promise<void> {
  const state = async () => {
    const answer = (await (await page.request.get(`${api}/jobs/${job}`)).json()) as { state: string };
    return answer.state;
  };
  await expect.poll(state, { timeout: 60_000, intervals: [1_000] }).toBe('fresh');
}

const setFault = async (fault: 'high' | 'none') => await fetch(`${gauges}/fault/${fault}`, { method: 'POST' });

test.describe.configure({ mode: 'serial', timeout: 180_000 });

test.afterAll(async () => {
  await setFault('none');
});

test('a fault becomes an anomaly that the list shows by itself', async ({ page }) => {
  for (const job of [queueJob, diskJob]) {
    expect((await page.request.post(`${api}/jobs`, { data: job })).status()).toBe(201);
  }
  await waitUntilFresh(page, queueJob.name);
  await page.goto(`${app}/anomalies?job=${queueJob.name}&state=open`);
  await expect(page.getByText('No anomaly matches')).toBeVisible();
  await setFault('high');
  const row = page.getByRole('row', { name: /queue-length/ });
  await expect(row).toBeVisible({ timeout: foundMs });
  await expect(row).toContainText(/Open.*Outside the band/);
  await keepPicture(page, '50-anomalies');
});

test('the alert of the anomaly is in the panel of a dashboard, and opens in place', async ({ page }) => {
  await page.goto(`${grafana12}/d/queue`);
  const row = panel(page, 'AIOps alerts').getByRole('listitem').filter({ hasText: 'orders' }).first();
  await expect(row).toContainText(/Firing.*CRITICAL.*score \d/);
  await row.getByRole('button', { expanded: false }).first().click();
  await expect(row.getByRole('list', { name: 'Why it is abnormal' })).toBeVisible();
  await keepPicture(page, '51-alerts-panel');
  await row.getByRole('link', { name: 'Open anomaly' }).click();
  await expect(page.getByRole('heading', { name: queueJob.name, level: 1 })).toBeVisible();
});

test('an anomaly shows its picture and evidence, and closes once the fault is gone', async ({ page }) => {
  const [found] = await anomaliesOf(page, queueJob.name);
  await page.goto(`${app}/anomalies/${found?.id ?? ''}`);
  const chart = page.getByTestId('data-testid job-chart');
  await expect.poll(async () => await drawnPixels(chart)).toBeGreaterThan(2000);
  await expect(page.getByRole('region', { name: 'Why it is abnormal' })).toContainText('above the band');
  const explore = await page.getByRole('link', { name: 'Explore' }).getAttribute('href');
  expect(decodeURIComponent(explore ?? '')).toContain('shop_queue_length');
  await setFault('none');
  await expect(page.getByText('Closed', { exact: true })).toBeVisible({ timeout: foundMs });
  await keepPicture(page, '52-anomaly');
});

test('a verdict says first what it would change, is saved, and is taken back', async ({ page }) => {
  const [found] = await anomaliesOf(page, queueJob.name);
  await page.goto(`${app}/anomalies/${found?.id ?? ''}`);
  await page.getByRole('button', { name: 'False alarm' }).click();
  const effect = page.getByRole('region', { name: 'What it would change' });
  await expect(effect.getByRole('button', { name: 'Save "False alarm" only' })).toBeEnabled({ timeout: 60_000 });
  await expect(effect).toContainText(/alerts of the last 30 days|no setting of the job/);
  expect((await anomaliesOf(page, queueJob.name))[0]?.verdict).toBeNull();
  await keepPicture(page, '53-verdict-preview');
  await effect.getByRole('button', { name: 'Save "False alarm" only' }).click();
  await expect(page.getByText(/^False alarm, said/)).toBeVisible();
  expect((await anomaliesOf(page, queueJob.name))[0]?.verdict?.verdict).toBe('false-alarm');
  await page.getByRole('button', { name: 'Take back' }).click();
  await expect(page.getByText(/^False alarm, said/)).toBeHidden();
  expect((await anomaliesOf(page, queueJob.name))[0]?.verdict).toBeNull();
});

test('a Viewer reads anomalies, and Grafana refuses a verdict', async ({ page }) => {
  const [found] = await anomaliesOf(page, queueJob.name);
  await page.goto(`${app}/anomalies/${found?.id ?? ''}?role=Viewer`);
  await expect(page.getByRole('button', { name: 'Real' })).toBeDisabled();
  const refused = await page.request.put(`${api}/anomalies/${found?.id ?? ''}/verdict`, { data: { verdict: 'real' } });
  expect(refused.status()).toBe(403);
});

test('what fills up has a date, and what does not has none', async ({ page }) => {
  await page.goto(`${app}/capacity`);
  const filling = page.getByRole('row', { name: /\/var/ });
  await expect(filling).toContainText(/Growing.*in \d/, { timeout: foundMs });
  await expect(page.getByRole('row', { name: /\/home/ })).toContainText(/none claimed/);
  await keepPicture(page, '54-capacity');
});

test('the forecast is laid over a panel by one edit and taken away again', async ({ page }) => {
  const targets = async () => {
    const answer = await page.request.get(`${grafana12}/api/dashboards/uid/queue`);
    const { dashboard } = (await answer.json()) as { dashboard: { panels: Array<{ targets?: unknown[] }> } };
    return dashboard.panels[0]?.targets?.length;
  };
  await page.goto(`${grafana12}/d/queue`);
  const answer = nextPreview(page);
  const modal = await openForecast(page, 'Orders in the queue');
  await answer;
  await expect(modal.getByRole('link', { name: queueJob.name })).toBeVisible();
  await modal.getByRole('button', { name: 'Add overlay' }).click();
  await modal.getByRole('button', { name: 'Add overlay to this panel' }).click();
  await expect(modal.getByText('Band and forecast are on the panel now')).toBeVisible();
  expect(await targets()).toBeGreaterThan(1);
  await keepPicture(page, '55-overlay-added');
  await modal.getByRole('button', { name: 'Remove overlay' }).click();
  await expect(modal.getByText('The panel is as it was before')).toBeVisible();
  expect(await targets()).toBe(1);
});

test('an alert of a job is a rule to copy', async ({ page }) => {
  await page.goto(`${grafana12}/d/queue`);
  const answer = nextPreview(page);
  const modal = await openForecast(page, 'Orders in the queue');
  await answer;
  await expect(modal.getByRole('link', { name: queueJob.name })).toBeVisible();
  await modal.getByRole('button', { name: 'Create alert' }).click();
  await expect(modal.locator('pre')).toContainText(/alert: /);
  await expect(modal.getByText(/tells Alertmanager of each anomaly, as severity critical/)).toBeVisible();
  await keepPicture(page, '56-alert-rule');
});
