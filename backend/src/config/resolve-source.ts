import { resolve } from 'node:path';
import { parseDurationMs } from '../contract/duration.ts';
import type { SourceSettings, SourceTls } from '../datasources/source-settings.ts';
import { showAs } from './hidden.ts';
import type { SourceEntry } from './settings-schema.ts';

/** A checked source in units, with absolute paths; `folder` is where relative ones start. */
export function resolveSource(entry: SourceEntry, folder: string, maxBytes: number): SourceSettings {
  const settings: SourceSettings = {
    name: entry.name,
    kind: entry.kind,
    url: entry.url.replace(/\/+$/, ''),
    tenant: entry.tenant,
    bearerTokenFile: pathIn(folder, entry.bearerTokenFile),
    basic:
      entry.basic === undefined
        ? undefined
        : { user: entry.basic.user, passwordFile: resolve(folder, entry.basic.passwordFile) },
    tls: entry.tls === undefined ? undefined : resolveTls(entry.tls, folder),
    headers: entry.headers,
    timeoutMs: parseDurationMs(entry.timeout) ?? 0,
    delayMs: parseDurationMs(entry.delay) ?? 0,
    maxBytes,
  };
  // a header may hold a key, and log lines may hold the settings
  const shown = Object.fromEntries(Object.keys(entry.headers).map((name) => [name, '[hidden]']));
  return showAs(settings, { ...settings, headers: shown });
}

function resolveTls(tls: NonNullable<SourceEntry['tls']>, folder: string): SourceTls {
  return {
    caFile: pathIn(folder, tls.ca),
    certFile: pathIn(folder, tls.cert),
    keyFile: pathIn(folder, tls.key),
    serverName: tls.serverName,
    insecureSkipVerify: tls.insecureSkipVerify,
  };
}

function pathIn(folder: string, path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(folder, path);
}
