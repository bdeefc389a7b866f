import { expect, test } from '@playwright/test';
import { keepPicture, nextPreview, openForecast } from './grafana-page.ts';
import { addresses } from './servers.ts';

const { grafana12 } = addresses();
const jobsUrl = `${grafana12}/api/plugin-proxy/selfheal-aiops-app/api/v1/jobs`;
const job = { name: 'not-allowed', query: 'shop_requests_per_second' };

for (const role of ['Viewer', 'Anonymous']) {
  test(`${role} sees the forecast and why a job cannot be created, and Grafana refuses it`, async ({ page }) => {
    await page.goto(`${grafana12}/d/journeys?role=${role}`);
    const answer = nextPreview(page);
    const modal = await openForecast(page, 'Requests of api');
    await answer;
    const create = modal.getByRole('button', { name: 'Create job' });
    await expect(create).toBeDisabled();
    await create.hover({ force: true });
    await expect(page.getByText('Creating a job needs the Editor role')).toBeVisible();
    await keepPicture(page, `20-modal-${role.toLowerCase()}`);
    const refused = await page.request.post(jobsUrl, { data: job });
    expect(refused.status()).toBe(403);
    expect(await refused.json()).toEqual({ message: 'plugin proxy route access denied' });
  });
}

test('a Viewer cannot reach a writing route through a reading one', async ({ page }) => {
  await page.goto(`${grafana12}/d/journeys?role=Viewer`);
  const sneaky = await page.request.post(`${grafana12}/api/plugin-proxy/selfheal-aiops-app/api/v1/sources/..%2Fjobs`, {
    data: job,
  });
  expect(sneaky.status()).toBe(400);
});

test('a Korean user reads Korean', async ({ page }) => {
  await page.goto(`${grafana12}/a/selfheal-aiops-app/forecasts?lang=ko`);
  await expect(page.getByRole('main')).toContainText(/[가-힣]{2}/);
  await keepPicture(page, '21-forecasts-korean');
  for (const name of ['anomalies', 'capacity', 'calendars', 'remediation']) {
    await page.goto(`${grafana12}/a/selfheal-aiops-app/${name}`);
    await expect(page.getByRole('main')).toContainText(/[가-힣]{2}/);
  }
  await page.goto(`${grafana12}/d/journeys`);
  const answer = nextPreview(page);
  const modal = await openForecast(page, 'Requests of api', '예측과 이상 탐지');
  await answer;
  await expect(modal.getByTestId('data-testid forecast-chart').locator('canvas').first()).toBeVisible();
  await expect(modal).toContainText(/[가-힣]{2}/);
  await keepPicture(page, '22-modal-korean');
});
