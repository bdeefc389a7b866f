import { expect, test } from '@playwright/test';
import { drawnPixels, keepPicture, nextPreview, openForecast, panel } from './grafana-page.ts';
import { addresses } from './servers.ts';

const { grafana12, backend, token } = addresses();
const jobName = 'requests-of-api';
const hourMs = 3_600_000;

interface Matrix {
  readonly data: {
    readonly result: ReadonlyArray<{
      readonly metric: Record<string, string>;
      readonly values: ReadonlyArray<[number, string]>;
    }>;
  };
}

/** The forecast as the backend serves it to Grafana, from now to `hours` ahead. */
async function servedForecast(metric: string, hours: number): Promise<Matrix['data']['result']> {
  const nowS = Math.floor(Date.now() / 1000);
  const form = { query: `${metric}{for="${jobName}"}`, start: `${nowS}`, end: `${nowS + hours * 3600}`, step: '300' };
  const answer = await fetch(`${backend}/prometheus/api/v1/query_range`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: new URLSearchParams(form),
  });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as Matrix).data.result;
}

test.describe.configure({ mode: 'serial' });

test('a panel of a dashboard is forecast in its menu, and kept as a job', async ({ page }) => {
  await page.goto(`${grafana12}/d/journeys`);
  await expect(panel(page, 'Requests of api').locator('canvas').first()).toBeVisible();

  const answer = nextPreview(page);
  const modal = await openForecast(page, 'Requests of api');
  const preview = await answer;
  expect(preview.state).toBe('modelled');
  expect(preview.forecast?.expected.length).toBeGreaterThanOrEqual(24);
  expect(preview.anomalies.some((anomaly) => anomaly.direction === 'above')).toBe(true);
  const chart = modal.getByTestId('data-testid forecast-chart');
  await expect(chart.locator('canvas').first()).toBeVisible();
  await expect.poll(async () => await drawnPixels(chart)).toBeGreaterThan(3000);
  await keepPicture(page, '01-modal-forecast');

  await modal.getByRole('button', { name: /^Why this forecast/ }).click();
  const table = modal.getByRole('table');
  await expect(table).toBeVisible();
  const rows = table.getByRole('row');
  await expect(rows.first()).toContainText(/Model.*MASE.*Mean error.*Bands.*Seconds a fit.*Share/);
  await expect(rows.nth(1)).toContainText(/Used.*right [\d.]+ % of the time, 95 % promised/);
  expect(await rows.count()).toBe(1 + (preview.backtest?.rows.length ?? 0));
  await expect(modal.getByText(/on data it had not seen/)).toBeVisible();
  await expect(modal.getByText(/^Right by how far ahead: .*\(95 % promised\)\.$/)).toBeVisible();
  await keepPicture(page, '02-modal-backtest');

  await modal.getByRole('button', { name: 'Create job' }).click();
  await expect(modal.getByRole('textbox', { name: /Name/ })).toHaveValue(jobName);
  await keepPicture(page, '03-modal-create-job');
  await modal.getByRole('button', { name: 'Create job' }).click();
  await expect(page.getByText(`Job ${jobName} created`)).toBeVisible();
});

test('the slider says alerts a week, shows what the back-test measured, and the job keeps it', async ({ page }) => {
  await page.goto(`${grafana12}/d/journeys`);
  const first = nextPreview(page);
  const modal = await openForecast(page, 'Requests of api');
  const usual = await first;
  const slider = modal.getByRole('slider', { name: 'Sensitivity' });
  await expect(slider).toHaveAttribute('aria-valuetext', '1 alert a week');
  const second = nextPreview(page, 14);
  await slider.focus();
  await page.keyboard.press('End');
  const sensitive = await second;
  expect(sensitive.anomalies.length).toBeGreaterThanOrEqual(usual.anomalies.length);
  const measured = Math.round(sensitive.cost.alertsPerSeriesWeek * 10) / 10;
  await expect(modal.getByText(`14 alerts a week (2 a day) (back-test: ${measured})`)).toBeVisible();
  await keepPicture(page, '08-modal-sensitivity');
  await modal.getByRole('button', { name: 'Create job' }).click();
  await expect(slider).toHaveAttribute('aria-valuetext', '14 alerts a week (2 a day)');
  await keepPicture(page, '09-form-sensitivity');
});

test('the job appears in Forecasts, is trained, and its detail page draws it', async ({ page }) => {
  await page.goto(`${grafana12}/a/selfheal-aiops-app/forecasts`);
  const row = page.getByRole('row', { name: /Requests of api/ });
  await expect(row).toBeVisible();
  await expect(row).toContainText(/Fresh/i, { timeout: 45_000 });
  await keepPicture(page, '04-forecasts');
  await row.getByRole('link').first().click();
  const chart = page.getByTestId('data-testid job-chart');
  await expect(chart.locator('canvas').first()).toBeVisible();
  await expect.poll(async () => await drawnPixels(chart)).toBeGreaterThan(3000);
  await keepPicture(page, '05-forecast-detail');
});

test('the forecast is served back as a Prometheus series that reaches into the future', async () => {
  const [expected, lower, upper] = await Promise.all(
    ['yhat', 'yhat_lower', 'yhat_upper'].map(async (metric) => (await servedForecast(metric, 20))[0])
  );
  expect(expected?.metric).toMatchObject({ service: 'api' });
  const lastS = expected?.values.at(-1)?.[0] ?? 0;
  expect(lastS * 1000).toBeGreaterThan(Date.now() + 18 * hourMs);
  const ordered = expected?.values.map(([, y], i) => [
    Number(lower?.values[i]?.[1]),
    Number(y),
    Number(upper?.values[i]?.[1]),
  ]);
  expect(ordered?.every(([low = NaN, y = NaN, high = NaN]) => low <= y && y <= high)).toBe(true);
});

test('a dashboard draws observed values, band and future from two data sources in one panel', async ({ page }) => {
  const asked = page.waitForResponse((r) => r.url().includes('/proxy/uid/aiops/api/v1/query_range') && r.ok());
  await page.goto(`${grafana12}/d/observed-and-forecast`);
  const { data } = (await (await asked).json()) as Matrix;
  expect((data.result[0]?.values.at(-1)?.[0] ?? 0) * 1000).toBeGreaterThan(Date.now() + 18 * hourMs);
  const drawn = panel(page, 'Observed and forecast');
  for (const name of ['observed', 'forecast', 'lower', 'upper']) {
    await expect(drawn.getByRole('button', { name })).toBeVisible();
  }
  await expect.poll(async () => await drawnPixels(drawn)).toBeGreaterThan(3000);
  await keepPicture(page, '06-dashboard-band-and-future');
});

test('the overview tells that backend and source answer and how often the bands were right', async ({ page }) => {
  await page.goto(`${grafana12}/a/selfheal-aiops-app/overview`);
  const sources = page.getByRole('region', { name: 'Sources' });
  await expect(sources).toContainText('prometheus');
  await keepPicture(page, '07-overview');
});
