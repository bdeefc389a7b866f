import { expect, test } from '@playwright/test';
import { drawnPixels, keepPicture, nextPreview, openForecast, panel } from './grafana-page.ts';
import { addresses } from './servers.ts';

const { grafana13 } = addresses();

test('on Grafana 13 with React 19 modal and panel draw the forecast', async ({ page }) => {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  const first = nextPreview(page);
  await page.goto(`${grafana13}/d/journeys`);
  await first;
  await expect.poll(async () => await drawnPixels(panel(page, 'Forecast of api'))).toBeGreaterThan(2000);
  const answer = nextPreview(page);
  const modal = await openForecast(page, 'Requests of api');
  expect((await answer).forecast).not.toBeNull();
  const chart = modal.getByTestId('data-testid forecast-chart');
  await expect.poll(async () => await drawnPixels(chart)).toBeGreaterThan(3000);
  await keepPicture(page, '40-grafana-13-modal');
  expect(errors).toEqual([]);
});

test('on Grafana 13 with React 19 the app pages draw', async ({ page }) => {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  for (const name of ['Overview', 'Forecasts', 'Anomalies', 'Capacity', 'Remediation', 'Calendars']) {
    await page.goto(`${grafana13}/a/selfheal-aiops-app/${name.toLowerCase()}`);
    await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
    await expect(page.getByRole('alert')).toHaveCount(0);
    await keepPicture(page, `41-grafana-13-${name.toLowerCase()}`);
  }
  expect(errors).toEqual([]);
});

test('on Grafana 13 with React 19 the alerts panel draws', async ({ page }) => {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  const answered = page.waitForResponse((answer) => answer.url().endsWith('/api/v1/alerts') && answer.ok());
  await page.goto(`${grafana13}/d/queue`);
  await answered;
  await expect(panel(page, 'AIOps alerts')).toContainText(/No alerts|Firing|No alert matches/);
  await keepPicture(page, '42-grafana-13-alerts');
  expect(errors).toEqual([]);
});
