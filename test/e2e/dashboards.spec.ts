import { expect, test } from '@playwright/test';
import { drawnPixels, keepPicture, nextPreview, openForecast, panel } from './grafana-page.ts';
import { addresses } from './servers.ts';

const { grafana12 } = addresses();

test.beforeEach(async ({ page }) => {
  await page.goto(`${grafana12}/d/journeys`);
  await expect(panel(page, 'All services').locator('canvas').first()).toBeVisible();
});

test('the Forecast panel draws beyond now', async ({ page }) => {
  const preview = await nextPreview(page);
  const endMs =
    (preview.forecast?.startMs ?? 0) + (preview.forecast?.stepMs ?? 0) * (preview.forecast?.expected.length ?? 0);
  expect(endMs).toBeGreaterThan(Date.now() + 20 * 3_600_000);
  const drawn = panel(page, 'Forecast of api');
  await expect.poll(async () => await drawnPixels(drawn)).toBeGreaterThan(2000);
  await keepPicture(page, '10-dashboard-with-forecast-panel');
});

test('a panel with several series asks which one to forecast', async ({ page }) => {
  const answer = nextPreview(page);
  const modal = await openForecast(page, 'All services');
  await answer;
  await expect(modal.getByRole('combobox', { name: 'Series (3)' })).toBeVisible();
  await expect(modal.getByTestId('data-testid forecast-chart').locator('canvas').first()).toBeVisible();
  await keepPicture(page, '11-modal-several-series');
});

test('a repeated panel is forecast with its own value of the variable', async ({ page }) => {
  const wanted = page.waitForRequest(
    (request) => request.url().endsWith('/forecasts/preview') && (request.postData() ?? '').includes('"service":"web"')
  );
  await panel(page, 'Repeated web').scrollIntoViewIfNeeded();
  await openForecast(page, 'Repeated web');
  expect((await wanted).postDataJSON()).toMatchObject({ series: { labels: { service: 'web' } } });
});

test('another value of a dashboard variable forecasts another series', async ({ page }) => {
  await page.goto(`${grafana12}/d/journeys?var-service=search`);
  const wanted = page.waitForRequest(
    (request) =>
      request.url().endsWith('/forecasts/preview') && (request.postData() ?? '').includes('"service":"search"')
  );
  const modal = await openForecast(page, 'Requests of search');
  await wanted;
  await expect(modal.getByRole('heading', { name: 'Requests of search' })).toBeVisible();
});

test('a panel without a query says that there is nothing to forecast', async ({ page }) => {
  const modal = await openForecast(page, 'Notes');
  await expect(modal.getByText('This panel has no query')).toBeVisible();
  await keepPicture(page, '12-modal-no-query');
});

test('a query without data says so and what to try', async ({ page }) => {
  const modal = await openForecast(page, 'Nothing here');
  await expect(modal.getByText('No data in the training window')).toBeVisible();
  await keepPicture(page, '13-modal-no-data');
});

test('Escape closes the modal, and the keyboard reaches its buttons with a visible focus', async ({ page }) => {
  const answer = nextPreview(page);
  const modal = await openForecast(page, 'Requests of api');
  await answer;
  // The answer adds controls to the modal: the order of Tab is settled once the chart stands.
  await expect(modal.getByTestId('data-testid forecast-chart').locator('canvas').first()).toBeVisible();
  const create = modal.getByRole('button', { name: 'Create job' });
  await create.focus();
  await expect(create).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Tab');
  await expect(create).toBeFocused();
  const ring = await create.evaluate((element) => getComputedStyle(element).boxShadow);
  expect(ring).not.toBe('none');
  await page.keyboard.press('Escape');
  await expect(modal).toBeHidden();
});

test('the light theme draws the modal on light ground', async ({ page }) => {
  await page.goto(`${grafana12}/d/journeys?theme=light`);
  const answer = nextPreview(page);
  const modal = await openForecast(page, 'Requests of api');
  await answer;
  await expect(modal.getByTestId('data-testid forecast-chart').locator('canvas').first()).toBeVisible();
  const ground = await modal.evaluate((element) => getComputedStyle(element).backgroundColor);
  expect(ground).toBe('rgb(255, 255, 255)');
  await keepPicture(page, '14-modal-light');
});
