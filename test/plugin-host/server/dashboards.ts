import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

interface DashboardFile {
  readonly uid: string;
  readonly title: string;
  readonly tags?: readonly string[];
}

function isDashboard(value: unknown): value is DashboardFile {
  return typeof value === 'object' && value !== null && 'uid' in value && 'title' in value && 'panels' in value;
}

async function jsonFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith('.json')).map((name) => path.join(folder, name));
}

/** The dashboards of some folders, read anew at each call so that an edited file shows at the next reload. */
export async function readDashboards(folders: readonly string[]): Promise<readonly DashboardFile[]> {
  const files = (await Promise.all(folders.map(jsonFiles))).flat().sort();
  const parsed = await Promise.all(files.map(async (file) => JSON.parse(await readFile(file, 'utf8')) as unknown));
  return parsed.filter(isDashboard);
}
