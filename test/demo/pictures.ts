import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from '@playwright/test';

/** A blank or half-loaded page has hardly any spread in its brightness. */
const leastSpread = 6;
const leastColors = 40;

interface Look {
  /** Standard deviation of the brightness, 0 to 128. */
  readonly spread: number;
  /** Different colours on a grid of samples, with 4 bits a channel. */
  readonly colors: number;
}

/** Reads a picture's pixels with the browser that took it. */
async function lookAt(page: Page, png: Buffer): Promise<Look> {
  return await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext('2d');
    if (context === null) {
      throw new Error('this browser has no canvas');
    }
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    const colors = new Set<number>();
    let [sum, squares, count] = [0, 0, 0];
    for (let i = 0; i + 2 < data.length; i += 4) {
      const [r = 0, g = 0, b = 0] = [data[i], data[i + 1], data[i + 2]];
      const brightness = (r + g + b) / 3;
      sum += brightness;
      squares += brightness * brightness;
      count += 1;
      colors.add(((r >> 4) << 8) | ((g >> 4) << 4) | (b >> 4));
    }
    return { spread: Math.sqrt(squares / count - (sum / count) ** 2), colors: colors.size };
  }, png.toString('base64'));
}

/** Takes a picture of the page and refuses a blank one. */
export async function takePicture(page: Page, folder: string, name: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const png = await page.screenshot({ animations: 'disabled' });
  await writeFile(path.join(folder, `${name}.png`), png);
  const { spread, colors } = await lookAt(page, png);
  if (spread < leastSpread || colors < leastColors) {
    throw new Error(`${name}.png looks blank: ${colors} colours, spread of brightness ${spread.toFixed(1)}`);
  }
}
