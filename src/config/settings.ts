import { getBackendSrv } from '@grafana/runtime';
import { lastValueFrom, timeout } from 'rxjs';
import { pluginId } from '../pluginId.ts';

/** The app's jsonData. Every Viewer can read it: nothing secret belongs here. */
export interface AppSettings {
  readonly apiUrl?: string;
  /** The file that provisions the app, written there by its author: Grafana itself does not tell. */
  readonly provisionedBy?: string;
}

export interface SettingsChange {
  readonly enabled: boolean;
  readonly pinned: boolean;
  /** All keys: Grafana replaces jsonData as a whole. */
  readonly jsonData: AppSettings & Readonly<Record<string, unknown>>;
  /** Left out when the token is to stay: an empty text would overwrite it. */
  readonly backendToken?: string;
}

const deadlineMs = 30_000;

/** Saves the app's settings in this organization. */
export async function saveSettings({ backendToken, ...change }: SettingsChange): Promise<void> {
  const saved = getBackendSrv().fetch({
    method: 'POST',
    url: `api/plugins/${pluginId}/settings`,
    showErrorAlert: false,
    data: { ...change, ...(backendToken === undefined ? {} : { secureJsonData: { backendToken } }) },
  });
  await lastValueFrom(saved.pipe(timeout(deadlineMs)));
}

/** Why the text cannot be a backend's address; undefined when it can. */
export function faultOfUrl(text: string): 'missing' | 'no-url' | 'credentials' | 'query' | undefined {
  if (text.trim() === '') {
    return 'missing';
  }
  if (!URL.canParse(text)) {
    return 'no-url';
  }
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return 'no-url';
  }
  if (url.username !== '' || url.password !== '') {
    return 'credentials';
  }
  // Grafana's proxy loses a fixed query.
  return url.search === '' && url.hash === '' ? undefined : 'query';
}
