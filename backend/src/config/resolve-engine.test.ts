import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadConfig } from './load-config.ts';

const sources = 'sources:\n  - { name: main, url: http://prometheus:9090 }\n';
const ansible = 'engines:\n  - { name: ansible, inventory: inventory/hosts.yaml, playbooks: playbooks }\n';
const webhook = (url: string) =>
  `engines:\n  - { name: tools, kind: webhook, url: "${url}", actions: actions, hosts: { web: [web-1] } }\n`;

let folder: string;

function write(path: string, text: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function load(text: string) {
  write('aiops.yaml', sources + text);
  return loadConfig({ file: join(folder, 'aiops.yaml'), env: {} });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aiops-engines-'));
  const manifest = 'title: Act\ntier: low\nidempotent: true\ngroups: [web]\ntakes: 5s\n';
  const parameters = 'parameters: { type: object, additionalProperties: false }\n';
  write('inventory/hosts.yaml', 'all: {}\n');
  write('playbooks/act.yml', '- hosts: web\n  tasks: []\n');
  write('playbooks/act.manifest.yaml', manifest + parameters);
  write('actions/act.manifest.yaml', `${manifest}${parameters}path: /act\n`);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('engines of the settings', () => {
  test('come in units with absolute paths; without the key there are none', () => {
    expect(load('').engines).toEqual([]);
    expect(load(ansible).engines).toEqual([
      {
        ...{ name: 'ansible', kind: 'ansible', atMost: 4, forks: 5, vaultPasswordFile: undefined, commands: undefined },
        ...{ inventory: join(folder, 'inventory/hosts.yaml'), playbooks: join(folder, 'playbooks') },
      },
    ]);
    expect(load(webhook('http://tools.example/x/')).engines).toEqual([
      {
        ...{ name: 'tools', kind: 'webhook', atMost: 4, url: 'http://tools.example/x', timeoutMs: 30_000 },
        ...{ actions: join(folder, 'actions'), groups: { web: ['web-1'] }, bearerTokenFile: undefined },
      },
    ]);
  });

  test.each<[string, string, RegExp]>([
    [
      'a key of the other kind',
      ansible.replace(' }', ', url: "http://x" }'),
      /aiops\.yaml:4:\d+ {2}.*url is for engines of kind webhook/,
    ],
    [
      'a key that is missing',
      'engines:\n  - { name: ansible, inventory: inventory/hosts.yaml }\n',
      /an engine of kind ansible needs playbooks/,
    ],
    ['two of one name', ansible + ansible.replace('engines:\n', ''), /engine "ansible" is already in line 4/],
    [
      'an inventory that is not there',
      ansible.replace('hosts.yaml', 'host.yaml'),
      /aiops\.yaml:4:\d+ {2}the inventory .* can't be read/,
    ],
    ['a base that is a metadata address', webhook('http://169.254.169.254/'), /link-local or metadata address/],
    [
      'a token file that is not there',
      webhook('http://x').replace(' }\n', ', bearerTokenFile: t }\n'),
      /the file can't be read/,
    ],
  ])('%s is a fault at its place', (_, text, message) => {
    expect(() => load(text)).toThrow(message);
  });

  test('a faulty manifest stops the start, at its own line', () => {
    write('playbooks/act.manifest.yaml', 'title: Act\ntier: hihg\n');
    expect(() => load(ansible)).toThrow(/act\.manifest\.yaml:2:\d+ /);
  });

  test.each(['inventory', 'inventory/hosts.yaml', 'playbooks', 'playbooks/act.yml'])(
    '%s that others may write stops the start',
    (path) => {
      chmodSync(join(folder, path), 0o777);
      expect(() => load(ansible)).toThrow(/can be written by its group or by everyone/);
    }
  );
});
