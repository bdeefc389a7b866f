import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Grafana's core brings the font Inter; its packages do not, so the host takes it from Fontsource. */
const interWeights = { Regular: 400, Medium: 500 } as const;

const icon = (drawing: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2">${drawing}</svg>`;

/** Icons that `@grafana/ui` asks for and does not publish. */
const missingIcons = {
  spinner: icon('<path d="M12 3a9 9 0 1 0 9 9"/>'),
  'angle-double-left': icon('<path d="m11 7-5 5 5 5M18 7l-5 5 5 5"/>'),
} as const;

/**
 * Copies what the bundle does not hold: the icons of `@grafana/ui`, the font Inter, and Korean glyphs under the same
 * family name, so that a Korean page shows letters on a machine without Korean fonts.
 */
export async function copyAssets(packagesDir: string, outDir: string): Promise<void> {
  await cp(path.join(packagesDir, '@grafana/ui/dist/public/img'), path.join(outDir, 'img'), { recursive: true });
  await mkdir(path.join(outDir, 'fonts/inter'), { recursive: true });
  for (const [name, weight] of Object.entries(interWeights)) {
    const file = path.join(packagesDir, `@fontsource/inter/files/inter-latin-${weight}-normal.woff2`);
    await cp(file, path.join(outDir, `fonts/inter/Inter-${name}.woff2`));
  }
  const korean = path.join(packagesDir, '@fontsource-variable/noto-sans-kr');
  const css = await readFile(path.join(korean, 'index.css'), 'utf8');
  await cp(path.join(korean, 'files'), path.join(outDir, 'files'), { recursive: true });
  // A browser picks the face of the exact weight first: each of Inter's weights needs its own Korean faces.
  const faces = css.replaceAll("'Noto Sans KR Variable'", "'Inter'");
  const byWeight = Object.values(interWeights).map((weight) => faces.replaceAll('100 900', String(weight)));
  await writeFile(path.join(outDir, 'fonts.css'), byWeight.join('\n'));
  for (const [name, svg] of Object.entries(missingIcons)) {
    await writeFile(path.join(outDir, `img/icons/unicons/${name}.svg`), svg);
  }
}
