import type { Page } from '@playwright/test';
import { z } from 'zod';
import { AuditCheck, Run, pageOf } from '../../backend/src/contract/index.ts';
import type { DemoLine, Step } from './line.ts';
import { takePicture } from './pictures.ts';
import type { ServiceName } from './services.ts';
import { shopDashboardUid } from './shop/watch.ts';
import { waitFor } from './wait.ts';

const alertDeadlineMs = 90_000;
const healedDeadlineMs = 150_000;
const pageDeadlineMs = 45_000;
const settleMs = 800;

const Runs = pageOf(Run);
const Vector = z.object({
  data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
});

async function ask<T>(line: DemoLine, schema: z.ZodType<T>, path: string, signal: AbortSignal): Promise<T> {
  const headers = { authorization: `Bearer ${line.token}`, 'x-aiops-grant': 'insights:read' };
  const answer = await fetch(`${line.backendUrl}/api/v1/${path}`, { headers, signal });
  if (!answer.ok) {
    throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  }
  return schema.parse(await answer.json());
}

async function isUp(line: DemoLine, name: ServiceName, signal: AbortSignal): Promise<boolean> {
  const query = encodeURIComponent(`up{job="${name}"}`);
  const answer = await fetch(`${line.prometheusUrl}/api/v1/query?query=${query}`, { signal });
  return Vector.parse(await answer.json()).data.result[0]?.value[1] === '1';
}

async function kill({ shopUrl }: DemoLine, name: ServiceName): Promise<void> {
  const answer = await fetch(`${shopUrl}/faults/${name}-down`, { method: 'POST' });
  if (!answer.ok) {
    throw new Error(`the shop answered ${answer.status} to breaking ${name}`);
  }
}

/** The one run of a policy, once it ended; two of them would be one too many. */
async function endedRun(line: DemoLine, name: ServiceName): Promise<Run> {
  const run = await waitFor(`the end of the run for ${name}`, healedDeadlineMs, async (signal) => {
    const { items } = await ask(line, Runs, `runs?policy=restart-${name}`, signal);
    return items.find(({ endedAtMs }) => endedAtMs !== null);
  });
  if (run.state !== 'verified') {
    throw new Error(`the run for ${name} ended ${run.state}: ${run.stateReason ?? ''}`);
  }
  return run;
}

async function isFiring({ alertmanagerUrl }: DemoLine, alert: string, signal: AbortSignal): Promise<boolean> {
  const filter = encodeURIComponent(`alertname="${alert}"`);
  const answer = await fetch(`${alertmanagerUrl}/api/v2/alerts?filter=${filter}`, { signal });
  return ((await answer.json()) as unknown[]).length > 0;
}

/** Asks from outside whether it is healed: Prometheus sees the service, and Alertmanager no longer has the alert. */
async function expectHealed(line: DemoLine, name: ServiceName, alert: string): Promise<void> {
  await waitFor(`${name} in Prometheus`, healedDeadlineMs, async (signal) =>
    (await isUp(line, name, signal)) ? true : undefined
  );
  await waitFor(`the resolved ${alert}`, healedDeadlineMs, async (signal) =>
    (await isFiring(line, alert, signal)) ? undefined : true
  );
}

async function healsAlone(line: DemoLine, page: Page, pictures: string): Promise<void> {
  await kill(line, 'payment');
  const run = await endedRun(line, 'payment');
  await expectHealed(line, 'payment', 'PaymentDown');
  await page.goto(`${line.hostUrl}/a/selfheal-aiops-app/remediation/runs/${run.id}`, { timeout: pageDeadlineMs });
  await page.getByRole('list', { name: 'Steps' }).waitFor({ timeout: pageDeadlineMs });
  await page.waitForTimeout(settleMs);
  await takePicture(page, pictures, 'healed');
}

/** The same by a person, from the menu of the alert on the team's own dashboard. */
async function healsByClick(line: DemoLine, page: Page, pictures: string): Promise<void> {
  await kill(line, 'mailer');
  await waitFor('the alert MailerDown', alertDeadlineMs, async (signal) =>
    (await isFiring(line, 'MailerDown', signal)) ? true : undefined
  );
  await page.goto(`${line.hostUrl}/d/${shopDashboardUid}`, { timeout: pageDeadlineMs });
  await page.getByRole('button', { name: 'More actions for MailerDown' }).click({ timeout: alertDeadlineMs });
  await page.getByRole('menuitem', { name: 'Remediate alert' }).click();
  const modal = page.getByRole('dialog');
  const button = modal.getByRole('button', { name: /^(Approve and r|R)un$/ });
  await button.waitFor({ timeout: alertDeadlineMs });
  await page.waitForTimeout(settleMs);
  await takePicture(page, pictures, 'remediate');
  await button.click();
  await endedRun(line, 'mailer');
  await expectHealed(line, 'mailer', 'MailerDown');
  await modal.getByText(/^Healed in/).waitFor({ timeout: pageDeadlineMs });
  await takePicture(page, pictures, 'remediated');
  await page.goto(`${line.hostUrl}/a/selfheal-aiops-app/remediation`, { timeout: pageDeadlineMs });
  await page
    .getByRole('row', { name: /restart_service on shop-1/ })
    .first()
    .waitFor({ timeout: pageDeadlineMs });
  await takePicture(page, pictures, 'remediation');
}

/** Kills services and sees them healed: one by its policy alone, one by a click; exactly one run each, all of it proved. */
export async function runHealing(line: DemoLine, step: Step, page: Page, pictures: string): Promise<void> {
  await step('payment is killed, and heals alone', () => healsAlone(line, page, pictures));
  await step('mailer is killed, and heals by a click on Remediate alert', () => healsByClick(line, page, pictures));
  const signal = AbortSignal.timeout(pageDeadlineMs);
  for (const name of ['payment', 'mailer'] as const) {
    const { total } = await ask(line, Runs, `runs?policy=restart-${name}`, signal);
    if (total !== 1) {
      throw new Error(`${total} runs for ${name}: there must be exactly one`);
    }
  }
  const check = await ask(line, AuditCheck, 'audit/check', signal);
  if (!check.ok || check.entries === 0) {
    throw new Error(`the audit does not hold: ${JSON.stringify(check.fault)}`);
  }
}
