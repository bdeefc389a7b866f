import path from 'node:path';
import { expect, type Locator, type Page, type Response } from '@playwright/test';
import { Preview } from '../../backend/src/contract/index.ts';

const pictures = path.join(import.meta.dirname, 'output');
const previewPath = '/api/v1/forecasts/preview';

/** Keeps a picture for people to look at. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path.join(pictures, `${name}.png`) });
}

/** A panel of the open dashboard by its title. */
export function panel(page: Page, title: string): Locator {
  return page.getByTestId(`data-testid Panel header ${title}`);
}

/** Opens our entry in a panel's menu the way a person does. */
export async function openForecast(page: Page, title: string, entry = 'Forecast and anomalies'): Promise<Locator> {
  await panel(page, title).hover();
  await page.getByTestId(`data-testid Panel menu ${title}`).click();
  await page.getByRole('menuitem', { name: 'Extensions' }).hover();
  await page.getByRole('menuitem', { name: entry }).click();
  const modal = page.getByRole('dialog');
  await expect(modal).toBeVisible();
  return modal;
}

/** The next answer of the preview; to be asked for before the click that causes it. */
export async function nextPreview(page: Page, sensitivity?: number): Promise<Preview> {
  const wanted = sensitivity === undefined ? '' : `"sensitivity":${sensitivity}`;
  const isPreview = (answer: Response): boolean =>
    answer.url().endsWith(previewPath) && answer.ok() && (answer.request().postData() ?? '').includes(wanted);
  const answer = await page.waitForResponse(isPreview);
  return Preview.parse(await answer.json());
}

/** The pixels of a chart's canvas that differ from its most frequent colour: 0 for an empty drawing. */
export async function drawnPixels(chart: Locator): Promise<number> {
  return await chart
    .locator('canvas')
    .first()
    .evaluate((element) => {
      const canvas = element as HTMLCanvasElement;
      const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      let drawn = 0;
      for (let i = 3; i < pixels.length; i += 4) {
        drawn += (pixels[i] ?? 0) > 0 ? 1 : 0;
      }
      return drawn;
    });
}
