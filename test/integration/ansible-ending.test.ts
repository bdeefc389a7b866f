import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { identityOf, livingMarks } from '../../backend/src/remediation/engines/ansible/process-table.ts';
import type { EngineHandle } from '../../backend/src/remediation/engines/automation-engine.ts';
import {
  ansibleInstallations,
  ansibleLab,
  type AnsibleLab,
  type RunHooks,
} from '../support/remediation/ansible-lab.ts';
import type { Orders } from '../support/remediation/run-and-die.ts';
import { until } from '../support/until.ts';

// Each of several plays takes a second or two, and more on a busy machine.
jest.setTimeout(120_000);

const ladder = { interruptMs: 3_000, terminateMs: 500, killMs: 10_000 };

/** Tells its number in a file, then hangs; `deaf` to all that asks it to end. */
const hang = (lab: AnsibleLab, name: string, deaf = false) => {
  const script = `${deaf ? 'trap "" INT TERM HUP; ' : ''}echo $$ > ${lab.path(name)}; while :; do sleep 5; done`;
  return `    - ansible.builtin.command: { argv: [sh, -c, '${script}'] }\n`;
};
const pidIn = (lab: AnsibleLab, name: string) =>
  existsSync(lab.path(name)) ? Number(readFileSync(lab.path(name), 'utf8')) : 0;

describe.each(ansibleInstallations())('a playbook is ended with all that it started in $title', (installation) => {
  let lab: AnsibleLab;
  let count = 0;
  let name: string;
  beforeAll(() => {
    lab = ansibleLab(installation, { ladder, settings: { atMost: 1 } });
  });
  beforeEach(() => {
    count += 1;
    name = `pid-${count}`;
  });
  afterAll(() => lab.stop());

  const run = (some: { readonly timeoutMs?: number }, hooks: RunHooks) => {
    let mark = '';
    const started = (handle: EngineHandle) => {
      mark = String(handle['mark']);
      return Promise.resolve();
    };
    const finished = lab.run(lab.task(some), { started, ...hooks });
    return { finished, mark: () => mark };
  };
  const isGone = (pid: number) => identityOf(pid) === undefined;

  test('when a person cancels it: nothing of it is alive, and its effect counts as unknown', async () => {
    lab.action('act', hang(lab, name));
    const abort = new AbortController();
    const { finished, mark } = run({}, { signal: abort.signal });
    await until('the command runs', () => pidIn(lab, name) > 0);
    abort.abort(new Error('kill switch'));
    const { outcome } = await finished;
    expect(outcome).toMatchObject({
      kind: 'unknown',
      reason: expect.stringMatching(/cancelled \(kill switch\), effect unknown/),
    });
    expect([isGone(pidIn(lab, name)), livingMarks().has(mark())]).toEqual([true, false]);
    expect(readdirSync(lab.runs)).toEqual([]);
  });

  test('at its own deadline, also when a command is deaf to being asked', async () => {
    lab.action('act', hang(lab, name, true));
    let hasBegun = false;
    const { finished, mark } = run({ timeoutMs: 20_000 }, { event: () => (hasBegun = true) });
    await until('the play has begun', () => hasBegun);
    const { outcome, events } = await finished;
    expect(outcome).toMatchObject({
      kind: 'unknown',
      reason: expect.stringMatching(/timed out after 20 s, effect unknown/),
    });
    expect(events.at(-1)?.kind).toBe('note');
    expect([isGone(pidIn(lab, name)), livingMarks().has(mark())]).toEqual([true, false]);
  });

  test('when ansible-playbook itself dies: what it left behind is ended', async () => {
    lab.action('act', hang(lab, name));
    let leader = 0;
    const started = (handle: EngineHandle) => Promise.resolve(void (leader = Number(handle['pid'])));
    const { finished } = run({}, { started });
    await until('the command runs', () => pidIn(lab, name) > 0);
    process.kill(leader, 'SIGKILL');
    const { outcome } = await finished;
    expect(outcome).toMatchObject({
      kind: 'unknown',
      reason: expect.stringMatching(/without statistics \(ended by SIGKILL\)/),
    });
    expect(isGone(pidIn(lab, name))).toBe(true);
  });

  test('a service that a playbook has started and let go of is left alone', async () => {
    const script = `setsid sh -c "echo \\$\\$ > ${lab.path(name)}; exec sleep 600" >/dev/null 2>&1 </dev/null &`;
    lab.action('act', `    - ansible.builtin.command: { argv: [sh, -c, '${script}'] }\n${hang(lab, `${name}-hang`)}`);
    const abort = new AbortController();
    const { finished } = run({}, { signal: abort.signal });
    await until('the second command runs', () => pidIn(lab, `${name}-hang`) > 0);
    abort.abort(new Error('enough'));
    await finished;
    const service = pidIn(lab, name);
    expect([isGone(service), isGone(pidIn(lab, `${name}-hang`))]).toEqual([false, true]);
    process.kill(service, 'SIGKILL');
  });

  test('a run that waits for its turn is cancelled at once, and the next one gets its own', async () => {
    lab.action('act', hang(lab, name));
    const [first, second] = [new AbortController(), new AbortController()];
    const running = run({}, { signal: first.signal }).finished;
    await until('the first one runs', () => pidIn(lab, name) > 0);
    const waiting = run({}, { signal: second.signal }).finished;
    second.abort(new Error('no longer needed'));
    await expect(waiting).rejects.toThrow('no longer needed');
    first.abort(new Error('enough'));
    expect((await running).outcome.kind).toBe('unknown');
    lab.action('act', '    - ansible.builtin.debug: { msg: x }\n');
    expect((await run({}, {}).finished).outcome.kind).toBe('ok');
  });

  test('stopping the engine ends its runs', async () => {
    lab.action('act', hang(lab, name));
    const other = lab.restarted();
    const { digest } = await other.prepare(lab.task({}), new AbortController().signal);
    const listener = { started: () => Promise.resolve(), event: () => undefined };
    const outcome = other.run(lab.task({}), digest, listener, new AbortController().signal);
    await until('the command runs', () => pidIn(lab, name) > 0);
    await other.stop();
    expect(await outcome).toMatchObject({ kind: 'unknown', reason: expect.stringMatching(/the backend stops/) });
    expect(isGone(pidIn(lab, name))).toBe(true);
  });
});

describe.each(ansibleInstallations())('a backend that was killed in $title', (installation) => {
  let lab: AnsibleLab;
  beforeAll(() => {
    lab = ansibleLab(installation, { ladder });
  });
  afterAll(() => lab.stop());

  /** Starts a backend with one run. @returns it and the handle that it would have stored */
  const backend = async (hold: boolean) => {
    const orders: Orders = {
      settings: {
        ...{
          name: 'ansible',
          kind: 'ansible',
          inventory: lab.inventory,
          playbooks: lab.playbooks,
          atMost: 1,
          forks: 5,
        },
        ...{ vaultPasswordFile: undefined, commands: installation.commands },
      },
      ...{ runFolder: lab.runs, startedFolder: join(lab.folder, 'started'), task: lab.task({}), hold },
    };
    const script = resolve(import.meta.dirname, '../support/remediation/run-and-die.ts');
    const node = resolve(import.meta.dirname, '../../node_modules/.bin/node');
    const child = spawn(node, [script, JSON.stringify(orders)], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    return { handle: JSON.parse(line) as EngineHandle, kill: () => child.kill('SIGKILL') };
  };

  test('before it stored the handle leaves a playbook that never begins', async () => {
    lab.action('act', `    - ansible.builtin.file: { path: "${lab.path('effect')}", state: touch, mode: "0600" }\n`);
    const { handle, kill } = await backend(true);
    kill();
    await until('ansible-playbook gives up', () => identityOf(Number(handle['pid'])) === undefined);
    expect(lab.made()).toEqual([]);
    lab.restarted();
    expect(readdirSync(lab.runs)).toEqual([]);
  });

  test('in the middle of a run leaves one that the next backend finds and ends', async () => {
    lab.action('act', hang(lab, 'pid'));
    const { handle, kill } = await backend(false);
    await until('the command runs', () => pidIn(lab, 'pid') > 0);
    kill();
    const next = lab.restarted();
    expect(readdirSync(lab.runs)).toEqual([handle['mark']]);
    expect(await next.reap(handle)).toBe(true);
    expect([identityOf(pidIn(lab, 'pid')), ...readdirSync(lab.runs)]).toEqual([undefined]);
    expect(await next.reap(handle)).toBe(false);
  });
});
