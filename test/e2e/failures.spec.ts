import { expect, test } from '@playwright/test';
import { keepPicture, openForecast, panel } from './grafana-page.ts';
import { addresses } from './servers.ts';

const { grafana12, backendDown, wrongToken } = addresses();
const settingsPage = '/plugins/selfheal-aiops-app';
const silent = 'The AIOps backend does not answer';

test('without a backend the modal says what to check', async ({ page }) => {
  await page.goto(`${backendDown}/d/journeys`);
  const modal = await openForecast(page, 'Requests of api');
  await expect(modal.getByText(silent)).toBeVisible();
  await expect(modal.getByRole('button', { name: 'Try again' })).toBeVisible();
  await keepPicture(page, '30-modal-backend-down');
});

test('without a backend the Forecast panel says so in its place', async ({ page }) => {
  await page.goto(`${backendDown}/d/journeys`);
  await expect(panel(page, 'Forecast of api').getByText(silent)).toBeVisible();
  await keepPicture(page, '31-panel-backend-down');
});

for (const name of ['overview', 'forecasts']) {
  test(`without a backend the page ${name} says what to check, below a sub-path too`, async ({ page }) => {
    await page.goto(`${backendDown}/a/selfheal-aiops-app/${name}`);
    await expect(page.getByText(silent)).toBeVisible();
    await keepPicture(page, `32-${name}-backend-down`);
  });
}

test('the connection test passes where everything is right', async ({ page }) => {
  await page.goto(`${grafana12}${settingsPage}`);
  await page.getByRole('button', { name: 'Test the connection' }).click();
  await expect(page.getByRole('list', { name: 'Connection test' }).getByRole('listitem').first()).toBeVisible();
  await expect(page.getByRole('alert')).toHaveCount(0);
  await keepPicture(page, '33-settings-connected');
});

test('the connection test names a wrong token', async ({ page }) => {
  await page.goto(`${wrongToken}${settingsPage}`);
  await page.getByRole('button', { name: 'Test the connection' }).click();
  await expect(page.getByText(/token/i).last()).toBeVisible();
  await expect(page.getByRole('list', { name: 'Connection test' })).toContainText(/token/i);
  await keepPicture(page, '34-settings-wrong-token');
});

test('the connection test names a backend that does not run', async ({ page }) => {
  await page.goto(`${backendDown}${settingsPage}`);
  await page.getByRole('button', { name: 'Test the connection' }).click();
  await expect(page.getByText(silent)).toBeVisible();
  await keepPicture(page, '35-settings-backend-down');
});
