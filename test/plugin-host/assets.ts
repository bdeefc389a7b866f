import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Grafana's core brings the font Inter; its packages do not, so the host takes it from Fontsource. */
const interWeights = { Regular: 400, Medium: 500 } as const;

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
  await writeFile(path.join(outDir, 'fonts.css'), css.replaceAll("'Noto Sans KR Variable'", "'Inter'"));
}
