import type { Page } from '@playwright/test';
import { z } from 'zod';
import type { DemoLine, Step } from './line.ts';
import { takePicture } from './pictures.ts';
import { latencyPanelId, shopDashboardUid, shopJobName } from './shop/watch.ts';
import { waitFor } from './wait.ts';

const openDeadlineMs = 90_000;
const closeDeadlineMs = 180_000;
const pageDeadlineMs = 45_000;
const settleMs = 800;

const Anomalies = z.object({
  items: z.array(
    z.object({ id: z.string(), kind: z.string(), state: z.string(), labels: z.record(z.string(), z.string()) })
  ),
});
const Alerts = z.array(z.object({ labels: z.record(z.string(), z.string()), startsAt: z.string() }));
const Annotations = z.array(
  z.object({ id: z.number(), panelId: z.number(), time: z.number(), timeEnd: z.number(), tags: z.array(z.string()) })
);
const Vector = z.object({
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
});
const DashboardVersion = z.object({ dashboard: z.object({ version: z.number().optional() }).loose() });

async function readJson<T>(schema: z.ZodType<T>, url: string, init: RequestInit = {}): Promise<T> {
  const answer = await fetch(url, init);
  if (!answer.ok) {
    throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  }
  return schema.parse(await answer.json());
}

async function switchFault({ shopUrl }: DemoLine, method: 'POST' | 'DELETE'): Promise<void> {
  await readJson(z.unknown(), `${shopUrl}/faults/slow-checkout`, { method });
}

/** Anomalies of the shop's job in a state, as the backend tells them. */
async function anomaliesOf({ backendUrl, token }: DemoLine, state: 'open' | 'closed', signal: AbortSignal) {
  const headers = { authorization: `Bearer ${token}`, 'x-aiops-grant': 'insights:read' };
  const url = `${backendUrl}/api/v1/anomalies?job=${shopJobName}&state=${state}`;
  return (await readJson(Anomalies, url, { headers, signal })).items;
}

/** Alerts of ours about the slow page, as Alertmanager lists them. */
async function alertsOf({ alertmanagerUrl }: DemoLine, signal: AbortSignal) {
  const filter = ['origin="aiops"', `job_name="${shopJobName}"`].map((one) => `filter=${encodeURIComponent(one)}`);
  return await readJson(Alerts, `${alertmanagerUrl}/api/v2/alerts?${filter.join('&')}`, { signal });
}

async function annotationsOf({ hostUrl, grafanaToken }: DemoLine, signal: AbortSignal) {
  const headers = { authorization: `Bearer ${grafanaToken}` };
  return await readJson(Annotations, `${hostUrl}/api/annotations?dashboardUID=${shopDashboardUid}&tags=aiops`, {
    headers,
    signal,
  });
}

async function dashboardText({ hostUrl, grafanaToken }: DemoLine): Promise<string> {
  const headers = { authorization: `Bearer ${grafanaToken}` };
  const { dashboard } = await readJson(DashboardVersion, `${hostUrl}/api/dashboards/uid/${shopDashboardUid}`, {
    headers,
  });
  return JSON.stringify(dashboard);
}

async function waitUntilTold(line: DemoLine): Promise<string> {
  const anomaly = await waitFor('an anomaly of the checkout', openDeadlineMs, async (signal) =>
    (await anomaliesOf(line, 'open', signal)).find(({ labels }) => labels['http_route'] === '/checkout')
  );
  const alert = await waitFor('the alert in Alertmanager', openDeadlineMs, async (signal) =>
    (await alertsOf(line, signal)).find(({ labels }) => labels['http_route'] === '/checkout')
  );
  expectLabels(alert.labels, { origin: 'aiops', severity: 'critical', team: 'shop', kind: 'band' });
  const annotation = await waitFor('the annotation on the existing dashboard', openDeadlineMs, async (signal) =>
    (await annotationsOf(line, signal)).find(({ tags }) => tags.includes(`aiops:${anomaly.id}`))
  );
  if (annotation.panelId !== latencyPanelId || annotation.timeEnd <= annotation.time) {
    throw new Error(`the annotation is not a region on panel ${latencyPanelId}: ${JSON.stringify(annotation)}`);
  }
  await waitFor('the written score in Prometheus', openDeadlineMs, async (signal) => {
    const query = encodeURIComponent(`anomaly_score{for="${shopJobName}",http_route="/checkout"} > 1`);
    const { data } = await readJson(Vector, `${line.prometheusUrl}/api/v1/query?query=${query}`, { signal });
    return data.result.length > 0 ? true : undefined;
  });
  return anomaly.id;
}

function expectLabels(labels: Readonly<Record<string, string>>, expected: Readonly<Record<string, string>>): void {
  const wrong = Object.entries(expected).filter(([name, value]) => labels[name] !== value);
  if (wrong.length > 0) {
    throw new Error(`the alert has not ${JSON.stringify(Object.fromEntries(wrong))}: ${JSON.stringify(labels)}`);
  }
}

async function waitUntilOver(line: DemoLine, id: string): Promise<void> {
  await waitFor('the end of the anomaly', closeDeadlineMs, async (signal) =>
    (await anomaliesOf(line, 'closed', signal)).some((one) => one.id === id) ? true : undefined
  );
  await waitFor('the resolved alert', closeDeadlineMs, async (signal) =>
    (await alertsOf(line, signal)).length === 0 ? true : undefined
  );
}

async function lookAtRegion(line: DemoLine, page: Page, pictures: string): Promise<void> {
  await page.goto(`${line.hostUrl}/d/${shopDashboardUid}`, { timeout: pageDeadlineMs });
  await page.locator('.u-over').first().waitFor({ timeout: pageDeadlineMs });
  await page.waitForTimeout(settleMs);
  await takePicture(page, pictures, 'shop-broken');
}

async function lookAtAnomaly(line: DemoLine, page: Page, pictures: string, id: string): Promise<void> {
  await page.goto(`${line.hostUrl}/a/selfheal-aiops-app/anomalies`, { timeout: pageDeadlineMs });
  await page.locator(`a[href*="/anomalies/${id}"]`).first().waitFor({ timeout: pageDeadlineMs });
  await page.waitForTimeout(settleMs);
  await takePicture(page, pictures, 'anomalies');
  await page.locator(`a[href*="/anomalies/${id}"]`).first().click();
  await page.locator('.u-over').first().waitFor({ timeout: pageDeadlineMs });
  await page.waitForTimeout(settleMs);
  await takePicture(page, pictures, 'anomaly');
}

/** Breaks the shop and asks everyone who has to know, from outside; repairs it and sees that all of it ends by itself. */
export async function runFault(line: DemoLine, step: Step, page: Page, pictures: string): Promise<void> {
  const before = await dashboardText(line);
  await step('breaking the shop: slow checkout', () => switchFault(line, 'POST'));
  try {
    const id = await step('anomaly, alert, annotation and written score', () => waitUntilTold(line));
    await step('the annotation on the existing dashboard', () => lookAtRegion(line, page, pictures));
    await step('the anomaly on its page', () => lookAtAnomaly(line, page, pictures, id));
    await step('repairing the shop', () => switchFault(line, 'DELETE'));
    await step('all of it ends by itself', () => waitUntilOver(line, id));
  } finally {
    await switchFault(line, 'DELETE');
  }
  if ((await dashboardText(line)) !== before) {
    throw new Error('the dashboard was edited');
  }
}
