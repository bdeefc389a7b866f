import { resolve } from 'node:path';
import { parseDurationMs } from '../contract/duration.ts';
import type { SourceSettings, SourceTls } from '../datasources/source-settings.ts';
import { showAs } from './hidden.ts';
import type { AlertmanagerSettings, ConnectionSettings, WebhookSettings, WriterSettings } from './config-types.ts';
import type { AlertmanagerEntry, SourceEntry, WriterEntry } from './settings-schema.ts';
import { parseSizeBytes } from './size.ts';
import type { WebhookEntry } from './webhook-schema.ts';

/** A checked source in units, with absolute paths; `folder` is where relative ones start. */
export function resolveSource(entry: SourceEntry, folder: string, maxBytes: number): SourceSettings {
  const settings: SourceSettings = {
    name: entry.name,
    kind: entry.kind,
    url: entry.url.replace(/\/+$/, ''),
    tenant: entry.tenant,
    bearerTokenFile: pathIn(folder, entry.bearerTokenFile),
    basic: resolveBasic(entry.basic, folder),
    tls: entry.tls === undefined ? undefined : resolveTls(entry.tls, folder),
    headers: entry.headers,
    timeoutMs: parseDurationMs(entry.timeout) ?? 0,
    delayMs: parseDurationMs(entry.delay) ?? 0,
    maxBytes,
  };
  return showAs(settings, { ...settings, headers: hiddenHeaders(entry.headers) });
}

/** A checked writer in units, with absolute paths. */
export function resolveWriter(entry: WriterEntry, folder: string): WriterSettings {
  const settings: WriterSettings = {
    ...connectionOf(entry, folder),
    name: entry.name,
    tenant: entry.tenant,
    dialects: entry.dialects,
    horizonsMs: entry.horizons.map((text) => parseDurationMs(text) ?? 0),
    queueBytes: parseSizeBytes(entry.queueSize) ?? 0,
  };
  return showAs(settings, { ...settings, headers: hiddenHeaders(entry.headers) });
}

/** A checked Alertmanager in units, with absolute paths. */
export function resolveAlertmanager(entry: AlertmanagerEntry, folder: string): AlertmanagerSettings {
  const settings = connectionOf(entry, folder);
  return showAs(settings, { ...settings, headers: hiddenHeaders(entry.headers) });
}

/** A checked webhook in units, with absolute paths. */
export function resolveWebhook({ lease, maxBody, ...entry }: WebhookEntry, folder: string): WebhookSettings {
  return {
    ...entry,
    bearerTokenFile: pathIn(folder, entry.bearerTokenFile),
    basic: resolveBasic(entry.basic, folder),
    hmacSecretFile: pathIn(folder, entry.hmacSecretFile),
    timestampHeader: entry.timestampHeader,
    receiver: entry.receiver,
    leaseMs: parseDurationMs(lease) ?? 0,
    maxBodyBytes: parseSizeBytes(maxBody) ?? 0,
  };
}

/** The connection of a checked entry in units, with absolute paths. */
export function connectionOf(entry: AlertmanagerEntry, folder: string): ConnectionSettings {
  return {
    url: entry.url.replace(/\/+$/, ''),
    bearerTokenFile: pathIn(folder, entry.bearerTokenFile),
    basic: resolveBasic(entry.basic, folder),
    tls: entry.tls === undefined ? undefined : resolveTls(entry.tls, folder),
    headers: entry.headers,
    timeoutMs: parseDurationMs(entry.timeout) ?? 0,
  };
}

function resolveBasic(basic: SourceEntry['basic'], folder: string): SourceSettings['basic'] {
  return basic === undefined ? undefined : { user: basic.user, passwordFile: resolve(folder, basic.passwordFile) };
}

/** Headers as logs may show them: each may hold a key. */
export function hiddenHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.keys(headers).map((name) => [name, '[hidden]']));
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
