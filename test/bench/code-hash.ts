import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** Where the constants of forecasts and scores are: what a logged run is told apart by. */
export const constantsSources = ['backend/src/forecasting', 'backend/src/detection', 'backend/src/timeseries'];

/**
 * One hash over the names and texts of all source files below the given paths, tests left out.
 * @param root the paths are relative to it
 */
export function codeHash(root: string, paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of paths.flatMap((one) => filesBelow(root, one)).sort()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(path.join(root, file)))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 12);
}

function filesBelow(root: string, relative: string): string[] {
  if (statSync(path.join(root, relative)).isFile()) {
    return [relative];
  }
  return readdirSync(path.join(root, relative), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|mjs|py|json|txt)$/.test(file) && !file.endsWith('.test.ts'))
    .map((file) => path.join(relative, file));
}
