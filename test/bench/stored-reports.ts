import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Report } from './report.ts';

export const resultsDir = path.join(import.meta.dirname, 'results');

/** All stored results: what BENCHMARKS.md is written from. */
export function storedReports(): Report[] {
  return readdirSync(resultsDir)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(path.join(resultsDir, file), 'utf8')) as Report);
}
