import { rm } from 'node:fs/promises';
import path from 'node:path';
import { chromium, type Locator, type Page, type Response } from '@playwright/test';
import { checkFacade } from './facade-check.ts';
import { runFault } from './fault.ts';
import { runHealing } from './healing.ts';
import { historyJobNames } from './forecast-ready.ts';
import type { DemoLine, Step } from './line.ts';
import { takePicture } from './pictures.ts';

const pageDeadlineMs = 45_000;
const size = { width: 1600, height: 1000 };
/** Settling time of charts after their data has come: one animation frame is not enough for legends and axes. */
const settleMs = 800;

export interface OnceSpec {
  readonly line: DemoLine;
  readonly step: Step;
  readonly firstPage: string;
  readonly pictures: string;
}

interface Visit {
  readonly page: Page;
  readonly line: DemoLine;
  readonly pictures: string;
}

interface Matrix {
  readonly data?: { readonly result?: ReadonlyArray<{ readonly values?: ReadonlyArray<readonly [number, string]> }> };
}

/** Resolves with how many values after now the page itself got from the façade for `metric`. */
async function futureValuesOf(page: Page, metric: string): Promise<number> {
  const isAsked = (response: Response): boolean =>
    response.url().includes('/uid/aiops/') &&
    response.url().includes('query_range') &&
    new URLSearchParams(response.request().postData() ?? '').get('query')?.startsWith(`${metric}{`) === true;
  const response = await page.waitForResponse(isAsked, { timeout: pageDeadlineMs });
  const body = (await response.json()) as Matrix;
  const nowSeconds = Date.now() / 1000;
  return (body.data?.result ?? []).flatMap((series) => series.values ?? []).filter(([time]) => time > nowSeconds)
    .length;
}

async function openDashboard({ page, pictures }: Visit, url: string, picture: string): Promise<void> {
  const future = Promise.all(['yhat', 'yhat_lower', 'yhat_upper'].map((metric) => futureValuesOf(page, metric)));
  // The first response may come while the page is still loading: an error of `goto` is the one to tell.
  future.catch(() => undefined);
  await page.goto(url, { timeout: pageDeadlineMs });
  const counts = await future;
  if (counts.some((count) => count === 0)) {
    throw new Error(`the dashboard got ${counts.join(', ')} future values of the expected line and its bounds`);
  }
  await page.locator('.u-over').first().waitFor({ timeout: pageDeadlineMs });
  await page.getByText('observed', { exact: true }).first().waitFor({ timeout: pageDeadlineMs });
  await page.waitForTimeout(settleMs);
  await takePicture(page, pictures, picture);
}

async function openModal({ page, pictures }: Visit): Promise<void> {
  const panel = page.getByTestId(/Panel header .*observed, expected/).first();
  await panel.hover();
  await panel.getByRole('button', { name: /^Menu for panel/ }).click();
  await page.getByText('Extensions', { exact: true }).hover();
  await page.getByText(/^Forecast and anomalies/).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByTestId('data-testid forecast-chart').waitFor({ timeout: pageDeadlineMs });
  await dialog
    .getByText(/right [\d.]+ %/)
    .first()
    .waitFor({ timeout: pageDeadlineMs });
  await page.waitForTimeout(settleMs);
  await takePicture(page, pictures, 'modal');
  await page.keyboard.press('Escape');
}

async function openForecasts({ page, line, pictures }: Visit): Promise<void> {
  await page.goto(`${line.hostUrl}/a/selfheal-aiops-app/forecasts`, { timeout: pageDeadlineMs });
  const rows = historyJobNames.map((name) => page.getByRole('row').filter({ has: jobLink(page, name) }));
  for (const row of rows) {
    await row.getByText('Fresh').waitFor({ timeout: pageDeadlineMs });
  }
  await takePicture(page, pictures, 'forecasts');
}

const jobLink = (page: Page, name: string): Locator => page.locator(`a[href$="/forecasts/${name}"]`);

async function openJob({ page, pictures }: Visit): Promise<void> {
  await jobLink(page, historyJobNames[0]).click();
  await page.getByTestId('data-testid job-chart').locator('.u-over').waitFor({ timeout: pageDeadlineMs });
  await page.waitForTimeout(settleMs);
  await takePicture(page, pictures, 'job');
}

async function openOverview({ page, line, pictures }: Visit): Promise<void> {
  await page.goto(`${line.hostUrl}/a/selfheal-aiops-app/overview`, { timeout: pageDeadlineMs });
  await page.getByText('prometheus').first().waitFor({ timeout: pageDeadlineMs });
  await page.waitForTimeout(settleMs);
  await takePicture(page, pictures, 'overview');
}

async function lookAround({ line, step, firstPage, pictures }: OnceSpec, page: Page): Promise<void> {
  const visit = { page, line, pictures };
  await step('dashboard with band and future', () => openDashboard(visit, firstPage, 'dashboard'));
  await step('Forecast and anomalies in a panel menu', () => openModal(visit));
  await step('list of forecasts', () => openForecasts(visit));
  await step('one job', () => openJob(visit));
  await step('overview', () => openOverview(visit));
  await runFault(line, step, page, pictures);
  await runHealing(line, step, page, pictures);
  await step('the same dashboard in the light theme', () =>
    openDashboard(visit, `${firstPage}&theme=light`, 'dashboard-light')
  );
}

/** Runs through the line as a person would, with pictures; throws at the first thing that is off. */
export async function runOnce(spec: OnceSpec): Promise<void> {
  await rm(spec.pictures, { recursive: true, force: true });
  for (const job of historyJobNames) {
    console.log(`    ${await checkFacade(spec.line, job)}`);
  }
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: size, locale: 'en-US' });
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await lookAround(spec, page).catch(async (error: unknown) => {
      await page.screenshot({ path: path.join(spec.pictures, 'failed.png') });
      throw error;
    });
    if (errors.length > 0) {
      throw new Error(`the pages threw:\n${errors.join('\n')}`);
    }
  } finally {
    await browser.close();
  }
}
