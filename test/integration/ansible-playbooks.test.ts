import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { identityOf } from '../../backend/src/remediation/engines/ansible/process-table.ts';
import { readManifests } from '../../backend/src/remediation/engines/manifest.ts';
import {
  ansibleInstallations,
  ansibleLab,
  copyShippedPlaybooks,
  type AnsibleLab,
} from '../support/remediation/ansible-lab.ts';

// Each of several plays takes a second or two, and more on a busy machine.
jest.setTimeout(240_000);

const shipped = join(import.meta.dirname, '../../provisioning/aiops/playbooks');
const texts = readdirSync(shipped, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.ya?ml$/.test(name))
  .map((name): [string, string] => [name, readFileSync(join(shipped, name), 'utf8')]);
const plays = texts.filter(([name]) => !name.endsWith('.manifest.yaml'));

describe('the shipped playbooks', () => {
  test('are the ones that people need, each with a manifest that holds', () => {
    const { manifests, problems } = readManifests(shipped);
    expect(problems.filter(({ message }) => !message.includes('can be written by its group'))).toEqual([]);
    expect(manifests.map(({ name, tier, idempotent }) => [name, tier, idempotent])).toEqual([
      ['block_ip', 'high', true],
      ['clear_disk_space', 'medium', true],
      ['restart_service', 'medium', true],
      ['rollback_release', 'high', true],
      ['rotate_logs', 'low', true],
      ['scale_out', 'medium', true],
    ]);
  });

  test.each(plays)('%s uses modules of ansible.builtin only, and no shell', (_, text) => {
    const modules = [...text.matchAll(/^\s*(?:- )?([a-z_]+\.[a-z_]+\.[a-z_]+):/gm)].map(([, name]) => name ?? '');
    expect(modules.filter((name) => !name.startsWith('ansible.builtin.'))).toEqual([]);
    expect(modules).not.toEqual(expect.arrayContaining(['ansible.builtin.shell']));
    expect(text).not.toMatch(/\b(shell|raw|script|expect):/);
  });

  test.each(plays)('%s gives commands as lists, so that no shell reads a value', (_, text) => {
    const commands = text.split('ansible.builtin.command:').slice(1);
    expect(commands.filter((rest) => !/^\s*\n\s*argv:/.test(rest))).toEqual([]);
    // What a shell reads is a file of ours; a text that holds a variable never is.
    expect(text).not.toMatch(/\b(sh|bash), -c, ['"]?[^\n]*\{\{/);
    expect(text).not.toMatch(/'-c', (?!lookup\('ansible\.builtin\.file', '[a-z_.]+'\))/);
  });
});

describe('the scripts of block_ip', () => {
  const script = (name: string) => readFileSync(join(shipped, 'files', name), 'utf8');
  const run = (name: string, ...args: readonly string[]) =>
    spawnSync('python3', ['-c', script(name), ...args], { encoding: 'utf8' });

  test.each([
    '10.1.2.3',
    '2001:db8::5',
    '127.0.0.1',
    '::1',
    '::ffff:10.1.2.3',
    '169.254.1.1',
    '224.0.0.1',
    '0.0.0.0',
    '240.0.0.1',
    'x',
    '10.1.2.3/32',
  ])('%s is never blocked', (ip) => {
    expect(run('may_block.py', ip, '10.0.0.0/8', '2001:db8::/32').status).toBe(1);
  });

  test.each(['203.0.113.7', '11.0.0.1', '2a00::1'])('%s may be', (ip) => {
    expect(run('may_block.py', ip, '10.0.0.0/8', '2001:db8::/32').status).toBe(0);
  });

  test('a block ends, is made longer but never shorter, and what others wrote stays', () => {
    const folder = mkdtempSync(join(tmpdir(), 'aiops-block-list-'));
    const file = join(folder, 'blocked.conf');
    writeFileSync(file, 'allow 192.0.2.1;\ndeny 192.0.2.9; # 192.0.2.9 until 1000\n');
    const list = (seconds: number, ...ip: readonly string[]) =>
      run('block_list.py', file, 'deny %s;', String(seconds), ...ip).stdout;
    const until = () => Number(/until (\d+)/.exec(readFileSync(file, 'utf8'))?.[1]);
    expect(list(600, '203.0.113.7')).toBe('removed 192.0.2.9\nadded 203.0.113.7\n');
    const first = until();
    expect([list(60, '203.0.113.7'), until()]).toEqual(['', first]);
    expect([list(7_200, '203.0.113.7'), until() > first]).toEqual(['added 203.0.113.7\n', true]);
    expect(readFileSync(file, 'utf8')).toMatch(/^allow 192\.0\.2\.1;\ndeny 203\.0\.113\.7; # [^\n]*\n$/);
    rmSync(folder, { recursive: true });
  });
});

describe.each(ansibleInstallations())('run for real in $title', (installation) => {
  let lab: AnsibleLab;
  const act = async (action: string, parameters: Record<string, string | number>, check = false) => {
    const { outcome, events } = await lab.run(lab.task({ action, parameters, check }));
    return { outcome, changed: outcome.hosts[0]?.changed ?? 0, said: events.map(({ text }) => text).join('\n') };
  };
  const pid = (name: string) => Number(readFileSync(lab.path(name), 'utf8'));

  beforeAll(() => {
    lab = ansibleLab(installation);
    copyShippedPlaybooks(lab);
    const path = (name: string) => lab.path(name);
    const variables = {
      aiops_services: {
        shop: {
          manager: 'process',
          pid_file: path('shop.pid'),
          log: path('shop.log'),
          start: ['sleep', '86400'],
          stop_seconds: 1,
        },
        broken: { manager: 'process', pid_file: path('broken.pid'), log: path('broken.log'), start: ['false'] },
        own: { manager: 'command', restart: ['touch', path('restarted')] },
        worker: {
          manager: 'process',
          pid_file: path('worker-%i.pid'),
          start: ['sleep', '8640%i'],
          instances_at_most: 2,
        },
      },
      aiops_never_block: ['10.0.0.0/8', '2001:db8::/32'],
      aiops_block: { manager: 'file', path: path('blocked.conf'), reload: ['touch', path('reloaded')] },
      aiops_clearable: [{ mount: '/data', folder: path('cache'), patterns: ['*.tmp', '*.old'] }],
      aiops_logs: {
        shop: { path: path('big.log'), keep: 2 },
        web: { path: path('web.log'), manager: 'rename', reopen: ['touch', path('reopened')] },
      },
      aiops_releases: { shop: { folder: path('releases'), current: path('current'), service: 'own' } },
    };
    const text = readFileSync(lab.inventory, 'utf8');
    const lines = Object.entries(variables).map(([name, value]) => `    ${name}: ${JSON.stringify(value)}\n`);
    writeFileSync(lab.inventory, text + lines.join(''));
  });
  afterAll(async () => {
    const left = ['shop.pid', 'worker-1.pid', 'worker-2.pid'].filter((name) => existsSync(lab.path(name)));
    left
      .map(pid)
      .filter((one) => identityOf(one) !== undefined)
      .forEach((one) => process.kill(one, 'SIGKILL'));
    await lab.stop();
  });

  test('restart_service starts a process that is gone, replaces one that runs, and leaves another with its number alone', async () => {
    writeFileSync(lab.path('shop.pid'), String(process.pid));
    expect((await act('restart_service', { service: 'shop' })).outcome.kind).toBe('ok');
    const first = pid('shop.pid');
    expect(first).not.toBe(process.pid);
    expect((await act('restart_service', { service: 'shop' })).said).toMatch(`stopped ${first}`);
    expect([identityOf(first), identityOf(pid('shop.pid'))?.pid]).toEqual([undefined, pid('shop.pid')]);
    expect(readFileSync(`/proc/${pid('shop.pid')}/environ`, 'utf8')).not.toMatch(/ANSIBLE|AIOPS/);
  });

  test('restart_service fails for a process that ends at once, and for a unit that systemd does not know', async () => {
    expect((await act('restart_service', { service: 'broken' })).outcome).toMatchObject({ kind: 'failed' });
    const unknown = await act('restart_service', { service: 'aiops-no-such-unit' });
    expect(unknown.outcome.kind).toBe('failed');
    expect(unknown.said).toMatch(/aiops-no-such-unit|systemd/i);
  });

  test('scale_out brings a service to its number once, and never over what the host can bear', async () => {
    const [first, second] = [
      await act('scale_out', { service: 'worker', instances: 2 }),
      await act('scale_out', { service: 'worker', instances: 2 }),
    ];
    expect([first.changed, second.changed]).toEqual([1, 0]);
    expect([1, 2].map((i) => identityOf(pid(`worker-${i}.pid`)) !== undefined)).toEqual([true, true]);
    expect((await act('scale_out', { service: 'worker', instances: 3 })).said).toMatch(/at most 2 instances/);
  });

  test('block_ip blocks for a time, once, and spares the networks that must stay', async () => {
    const [first, again] = [
      await act('block_ip', { ip: '203.0.113.7', minutes: 1 }),
      await act('block_ip', { ip: '203.0.113.7', minutes: 1 }),
    ];
    expect(first.outcome.kind).toBe('ok');
    expect([first.changed > 0, again.changed]).toEqual([true, 0]);
    expect(readFileSync(lab.path('blocked.conf'), 'utf8')).toMatch(
      /^deny 203\.0\.113\.7; # 203\.0\.113\.7 until \d+\n$/
    );
    expect((await act('block_ip', { ip: '10.1.2.3' }, true)).said).toMatch(
      /10\.1\.2\.3 is in 10\.0\.0\.0\/8, which is never blocked/
    );
    expect(existsSync(lab.path('reloaded'))).toBe(true);
  });

  test('clear_disk_space deletes what is old in its folder, and a dry run only says so', async () => {
    mkdirSync(lab.path('cache/deep'), { recursive: true });
    const old = new Date(Date.now() - 10 * 86_400_000);
    ['cache/a.tmp', 'cache/deep/b.old', 'cache/keep.txt', 'outside.tmp'].forEach((name) => {
      writeFileSync(lab.path(name), 'x'.repeat(100));
      utimesSync(lab.path(name), old, old);
    });
    writeFileSync(lab.path('cache/new.tmp'), 'x');
    symlinkSync(lab.path('outside.tmp'), lab.path('cache/link.tmp'));
    const dry = await act('clear_disk_space', { mount: '/data' }, true);
    expect([dry.said.includes('2 files, 200 bytes'), existsSync(lab.path('cache/a.tmp'))]).toEqual([true, true]);
    expect((await act('clear_disk_space', { mount: '/data' })).outcome.kind).toBe('ok');
    expect(readdirSync(lab.path('cache'), { recursive: true }).sort()).toEqual([
      'deep',
      'keep.txt',
      'link.tmp',
      'new.tmp',
    ]);
    expect(existsSync(lab.path('outside.tmp'))).toBe(true);
    expect((await act('clear_disk_space', { mount: '/data' })).changed).toBe(0);
    expect((await act('clear_disk_space', { mount: '/' })).outcome.kind).toBe('failed');
  });

  test('rotate_logs rotates a large log once and keeps what it should', async () => {
    const rotated = [];
    writeFileSync(lab.path('big.log.2'), 'old');
    for (const letter of ['b', 'c']) {
      writeFileSync(lab.path('big.log'), letter.repeat(2_000_000));
      rotated.push((await act('rotate_logs', { log: 'shop', at_least_mb: 1 })).changed);
    }
    rotated.push((await act('rotate_logs', { log: 'shop', at_least_mb: 1 })).changed);
    expect(rotated).toEqual([1, 1, 0]);
    expect(
      ['big.log', 'big.log.1', 'big.log.2'].map((name) => readFileSync(lab.path(name), 'utf8').slice(0, 1))
    ).toEqual(['', 'c', 'b']);
    writeFileSync(lab.path('web.log'), 'x'.repeat(1_000_000));
    expect((await act('rotate_logs', { log: 'web', at_least_mb: 1 })).changed).toBe(2);
    expect([
      existsSync(lab.path('web.log')),
      statSync(lab.path('web.log.1')).size,
      existsSync(lab.path('reopened')),
    ]).toEqual([false, 1_000_000, true]);
  });

  test('rollback_release goes back one release, once, however often it is asked to', async () => {
    ['1.0', '1.1', '1.2'].forEach((name, index) => {
      mkdirSync(lab.path(`releases/${name}`), { recursive: true });
      utimesSync(lab.path(`releases/${name}`), 1_000 + index, 1_000 + index);
    });
    symlinkSync(lab.path('releases/1.2'), lab.path('current'));
    const outcomes = [
      await act('rollback_release', { app: 'shop', from: '1.2' }),
      await act('rollback_release', { app: 'shop', from: '1.2' }),
    ];
    expect(outcomes.map(({ outcome }) => outcome.kind)).toEqual(['ok', 'ok']);
    expect(outcomes.map(({ changed }) => changed)).toEqual([2, 0]);
    expect([readlinkSync(lab.path('current')), existsSync(lab.path('restarted'))]).toEqual([
      lab.path('releases/1.1'),
      true,
    ]);
    await act('rollback_release', { app: 'shop', from: '1.1' });
    expect((await act('rollback_release', { app: 'shop', from: '1.0' })).said).toMatch(/no release before this one/);
  });
});
