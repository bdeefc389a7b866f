import type { ContactSettings } from '../remediation/outbox/contact-settings.ts';
import type { ConnectionSettings } from './config-types.ts';
import { showAs } from './hidden.ts';
import { connectionOf, hiddenHeaders } from './resolve-source.ts';
import type { ContactEntry } from './settings-schema.ts';

const submissionPort = 587;
const smtpsPort = 465;

/** A checked contact in units, with absolute paths; `folder` is where relative ones start. */
export function resolveContact(entry: ContactEntry, folder: string): ContactSettings {
  const { url, ...connection } = connectionOf(entry, folder);
  const settings = settingsOf(entry, url, connection);
  return showAs(settings, { ...settings, headers: hiddenHeaders(entry.headers) });
}

function settingsOf(
  { name, kind, from = '', to = [] }: ContactEntry,
  url: string,
  connection: Omit<ConnectionSettings, 'url'>
): ContactSettings {
  if (kind !== 'email') {
    return { ...connection, name, kind, url };
  }
  const { hostname, port, protocol } = new URL(url);
  const secure = protocol === 'smtps:';
  const usual = secure ? smtpsPort : submissionPort;
  const host = hostname.replace(/^\[|\]$/g, '');
  return { ...connection, name, kind, host, port: port === '' ? usual : Number(port), secure, from, to };
}
