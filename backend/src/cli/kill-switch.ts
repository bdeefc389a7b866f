import { userInfo } from 'node:os';
import { pino } from 'pino';
import { systemClock } from '../clock.ts';
import { loadConfig, type Config } from '../config.ts';
import { KillSwitch, type KillSwitchRequest } from '../contract/remediation/control.ts';
import { AppError, messageOf } from '../errors.ts';
import { AuditLog } from '../remediation/audit/audit-log.ts';
import { KillSwitches } from '../remediation/controls/kill-switches.ts';
import { openDatabase } from '../store/database.ts';
import { type Command, type CommandIo, parseTextOptions, UsageError } from './command.ts';

const answerMs = 5_000;

async function run(args: readonly string[], { stdout, signal }: CommandIo): Promise<number> {
  const { values, positionals } = parseTextOptions(args, ['config', 'policy', 'target', 'reason']);
  const [state, ...others] = positionals;
  if ((state !== 'on' && state !== 'off') || others.length > 0) {
    throw new UsageError('say "on" to stop remediation, or "off" to let it go on');
  }
  const config = loadConfig({ file: values['config'] });
  const request = requestOf(state === 'on', values);
  const set = (await tellBackend(config.server, request, signal)) ?? (await writeStore(config.store.file, request));
  const what = set.scope === 'global' ? 'all remediation' : `${set.scope} ${set.name}`;
  stdout.write(`${set.on ? 'stopped' : 'goes on'}: ${what} (by ${set.by})\n`);
  return 0;
}

function requestOf(on: boolean, values: Readonly<Record<string, string | undefined>>): KillSwitchRequest {
  const { policy, target, reason = '' } = values;
  if (policy !== undefined && target !== undefined) {
    throw new UsageError('--policy and --target are two switches: set one after the other');
  }
  if (policy !== undefined) {
    return { scope: 'policy', name: policy, on, reason };
  }
  return target === undefined
    ? { scope: 'global', name: '', on, reason }
    : { scope: 'target', name: target, on, reason };
}

/** @returns undefined when no backend listens there: the store is free then */
async function tellBackend(
  { host, port, token }: Config['server'],
  request: KillSwitchRequest,
  signal: AbortSignal
): Promise<KillSwitch | undefined> {
  const name = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
  const url = `http://${name.includes(':') ? `[${name}]` : name}:${port}/api/v1/operator/kill-switches`;
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: 'PUT',
      headers: { ...authorization, 'content-type': 'application/json', 'x-aiops-grant': 'operator:stop' },
      body: JSON.stringify({ ...request, by: userInfo().username }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
    });
  } catch (error) {
    signal.throwIfAborted();
    const cause = error instanceof Error ? error.cause : undefined;
    if (typeof cause === 'object' && cause !== null && Reflect.get(cause, 'code') === 'ECONNREFUSED') {
      return undefined;
    }
    throw new AppError('source_unavailable', `the backend at ${url} did not answer: ${messageOf(error)}`);
  }
  const text = await answer.text();
  if (!answer.ok) {
    throw new AppError('source_unavailable', `the backend at ${url} answered ${answer.status}: ${text.slice(0, 500)}`);
  }
  return KillSwitch.parse(JSON.parse(text));
}

/** The backend is down: its next start finds the switch. */
async function writeStore(file: string, request: KillSwitchRequest): Promise<KillSwitch> {
  const database = await openDatabase({ file, logger: pino({ level: 'silent' }) });
  try {
    const audit = new AuditLog({ database, clock: systemClock });
    const switches = new KillSwitches({ database, clock: systemClock, audit });
    await switches.start();
    return await switches.set(request, `${userInfo().username} (command line)`);
  } finally {
    await database.destroy();
  }
}

export const killSwitch: Command = {
  help: `aiops kill-switch on|off [options]

Stops remediation at once, or lets it go on: all of it, one policy, or one target. A backend that runs is told; one that
does not finds it at its next start. Neither a restart nor a changed file turns a switch off.

  --config FILE     aiops.yaml with the address, the token and the store of the backend
  --policy NAME     only this policy
  --target NAME     only this host of the inventory
  --reason TEXT     why, for those who find it stopped

Example: aiops kill-switch on --reason "migrating the database"
`,
  run,
};
