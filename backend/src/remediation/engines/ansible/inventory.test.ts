import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { InventoryReader, parseInventory } from './inventory-reader.ts';
import { listedHosts } from './listed-hosts.ts';
import { inventoryFiles, vaultFault } from './trust.ts';

const printed = JSON.stringify({
  _meta: {
    hostvars: {
      a: { ansible_password: 'hunter2', db_token: 'tok-1234', port: 80 },
      b: { ansible_become_pass: 'sudo-pw' },
    },
  },
  all: { children: ['ungrouped', 'managed'] },
  managed: { children: ['web', 'managed'] },
  web: { hosts: ['b', 'a'] },
});

describe('what ansible-inventory prints', () => {
  test('becomes members of each group, through groups of groups, also where these go in a circle', () => {
    expect([...parseInventory(printed).groups]).toEqual([
      ['all', ['a', 'b']],
      ['managed', ['a', 'b']],
      ['web', ['a', 'b']],
    ]);
  });

  test('tells which values are secret', () => {
    expect(parseInventory(printed).secrets).toEqual(['hunter2', 'tok-1234', 'sudo-pw']);
  });

  test.each(['', '[]', '{"web":["a"]}', '{"web":{"hosts":"a"}}', '{"_meta":3}'])(
    'is refused when it is no inventory: %j',
    (text) => {
      expect(() => parseInventory(text)).toThrow(/ansible-inventory/);
    }
  );
});

describe('hosts that ansible-playbook lists', () => {
  test('are those of all plays, each once, and nothing that stands elsewhere', () => {
    const text = [
      '',
      'playbook: act.yml',
      '',
      '  play #1 (web): web    hosts (9):\tTAGS: []',
      "    pattern: ['web']",
      '    hosts (2):',
      '      a',
      '      b.example',
      '',
      '  play #2 (db): db\tTAGS: []',
      "    pattern: ['db']",
      '    hosts (1):',
      '      a',
    ].join('\n');
    expect(listedHosts(text)).toEqual(['a', 'b.example']);
    expect(listedHosts("  play #1 (web): web\n    pattern: ['web']\n    hosts (0):\n")).toEqual([]);
  });
});

describe('the files of an inventory', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'aiops-inventory-'));
    file = join(folder, 'hosts.yaml');
    writeFileSync(file, 'all: {}\n');
    mkdirSync(join(folder, 'group_vars'));
    writeFileSync(join(folder, 'group_vars/all.yml'), 'a: 1\n');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('are read again only after one of them changed, also of group_vars', async () => {
    const reader = new InventoryReader(file);
    let calls = 0;
    const call = async () => Promise.resolve(((calls += 1), printed));
    await Promise.all([reader.read(call), reader.read(call)]);
    expect(calls).toBe(1);
    writeFileSync(join(folder, 'group_vars/all.yml'), 'a: 22\n');
    await reader.read(call);
    expect(calls).toBe(2);
  });

  test('are asked for again after a failure', async () => {
    const reader = new InventoryReader(file);
    await expect(reader.read(() => Promise.reject(new Error('slow disk')))).rejects.toThrow('slow disk');
    await expect(reader.read(() => Promise.resolve(printed))).resolves.toBeDefined();
  });

  test.each<[string, () => void, RegExp]>([
    ['that is executable', () => chmodSync(file, 0o744), /is executable: Ansible would run it/],
    ['with executable variables', () => chmodSync(join(folder, 'group_vars/all.yml'), 0o755), /is executable/],
    ['that its group may write', () => chmodSync(file, 0o664), /written by its group/],
    ['in a folder that everyone may write', () => chmodSync(folder, 0o777), /written by its group/],
    ['whose variables are a link', () => symlinkSync('/tmp', join(folder, 'host_vars')), /is a link/],
    ['that is not there', () => rmSync(file), /can't be read/],
    ['that is a folder', () => (rmSync(file), mkdirSync(file)), /is no file/],
  ])('one %s is refused', (_, spoil, fault) => {
    expect(inventoryFiles(file).fault).toBeUndefined();
    spoil();
    expect(inventoryFiles(file).fault).toMatch(fault);
  });

  test('a password of a vault must be no program, and nobody else’s', () => {
    const vault = join(folder, 'vault');
    expect(vaultFault(vault)).toMatch(/is not there/);
    writeFileSync(vault, 'secret', { mode: 0o400 });
    expect(vaultFault(vault)).toBeUndefined();
    chmodSync(vault, 0o500);
    expect(vaultFault(vault)).toMatch(/is executable/);
    chmodSync(vault, 0o440);
    expect(vaultFault(vault)).toMatch(/read by others/);
  });
});
