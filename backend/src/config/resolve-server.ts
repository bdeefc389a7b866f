import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { messageOf } from '../errors.ts';
import type { ServerConfig } from './config-types.ts';
import type { Environment } from './environment.ts';
import { showAs } from './hidden.ts';
import { isLoopback, parseListenAddress } from './listen-address.ts';
import type { ConfigProblem } from './problems.ts';
import type { SettingsFile } from './settings-schema.ts';
import type { YamlFile } from './yaml-file.ts';

export interface ServerResolution {
  /** Undefined when there are problems. */
  readonly server: ServerConfig | undefined;
  readonly problems: readonly ConfigProblem[];
}

interface Loading {
  readonly settings: SettingsFile['server'];
  readonly file: YamlFile;
  readonly env: Environment;
}

/** The address and the token; an address that others can reach needs a token. */
export function resolveServer(loading: Loading): ServerResolution {
  const { settings } = loading;
  const address = parseListenAddress(settings.listen);
  const token = readToken(loading);
  if (address === undefined || 'problem' in token) {
    return { server: undefined, problems: 'problem' in token ? [token.problem] : [] };
  }
  if (token.text === undefined && !isLoopback(address.host)) {
    const message =
      `${settings.listen} can be reached from other machines, and no token is set: ` +
      'set server.tokenFile or AIOPS_TOKEN, or listen on 127.0.0.1';
    return { server: undefined, problems: [{ ...placeOf(loading, 'AIOPS_LISTEN', 'listen'), message }] };
  }
  const server: ServerConfig = { ...address, token: token.text, trustedProxies: settings.trustedProxies };
  const shown = { ...server, token: token.text === undefined ? undefined : '[hidden]' };
  return { server: showAs(server, shown), problems: [] };
}

function placeOf({ file, env }: Loading, variable: string, key: string): Omit<ConfigProblem, 'message'> {
  return isSet(env[variable])
    ? { where: `environment ${variable}` }
    : { where: file.file, ...file.positionOf(['server', key]) };
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

type Token = { readonly text: string | undefined } | { readonly problem: ConfigProblem };

function readToken(loading: Loading): Token {
  const own = loading.env['AIOPS_TOKEN'];
  if (isSet(own)) {
    return checkToken(own, { where: 'environment AIOPS_TOKEN' });
  }
  const { tokenFile } = loading.settings;
  if (tokenFile === undefined) {
    return { text: undefined };
  }
  const place = placeOf(loading, 'AIOPS_TOKEN_FILE', 'tokenFile');
  try {
    return checkToken(readFileSync(resolve(dirname(loading.file.file), tokenFile), 'utf8'), place);
  } catch (cause) {
    return { problem: { ...place, message: `the token file can't be read: ${messageOf(cause)}` } };
  }
}

function checkToken(text: string, place: Omit<ConfigProblem, 'message'>): Token {
  const token = text.trim();
  return /^[\x21-\x7e]{8,4096}$/.test(token)
    ? { text: token }
    : { problem: { ...place, message: 'expected a token of at least 8 letters, digits or signs, without spaces' } };
}
