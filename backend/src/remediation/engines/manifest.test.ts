import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { digestOf } from './file-tree.ts';
import { filesOfAction } from './ansible/playbook-scan.ts';
import { readActionFolder, readManifests } from './manifest.ts';

const manifest = (more = '') => `title: Act
tier: low
idempotent: true
groups: [web]
takes: 30s
parameters: { type: object, additionalProperties: false, properties: {} }
${more}`;
const playbook = (more = '') => `- hosts: web
  tasks:
    - ansible.builtin.debug: { msg: hello }
${more}`;

let folder: string;

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

const messages = () => readManifests(folder).problems.map(({ message }) => message);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aiops-manifest-'));
  write({ 'act.manifest.yaml': manifest(), 'act.yml': playbook() });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a folder of actions', () => {
  test('is read into manifests with their units', () => {
    expect(readManifests(folder)).toEqual({
      manifests: [
        {
          ...{ name: 'act', title: 'Act', tier: 'low', idempotent: true, groups: ['web'], takesMs: 30_000 },
          parameters: { type: 'object', additionalProperties: false, properties: {} },
          ...{ rollback: null, warnings: [] },
        },
      ],
      problems: [],
    });
  });

  test('a fault has its line and says what was meant', () => {
    write({ 'act.manifest.yaml': manifest().replace('tier:', 'teir:') });
    expect(readManifests(folder).problems).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ line: 2, message: expect.stringMatching(/did you mean "tier"/) }),
      ])
    );
  });

  test('a faulty parameter is told at its line', () => {
    const text = manifest().replace('{}', '{ a: { type: string } }');
    write({ 'act.manifest.yaml': text });
    expect(readManifests(folder).problems).toMatchObject([
      { line: 6, message: expect.stringMatching(/"a" takes any text/) },
    ]);
  });

  test('a manifest without its playbook is a fault', () => {
    rmSync(join(folder, 'act.yml'));
    expect(messages()).toEqual([
      expect.stringMatching(/act\.manifest\.yaml does; a playbook and its manifest go together/),
    ]);
  });

  test('a rollback must exist and be another action', () => {
    write({ 'act.manifest.yaml': manifest('rollback: acct\n') });
    expect(messages()).toEqual([expect.stringMatching(/rollback "acct" does not exist/)]);
    write({ 'act.manifest.yaml': manifest('rollback: act\n') });
    expect(messages()).toEqual([expect.stringMatching(/is itself/)]);
  });

  test('an empty folder and none at all are faults, not no actions', () => {
    expect(readManifests(join(folder, 'nowhere')).problems).toHaveLength(1);
    mkdirSync(join(folder, 'empty'));
    expect(readManifests(join(folder, 'empty')).problems).toHaveLength(1);
  });

  test.each(["'{{ target }}'", 'web:db', 'all,!db', "'*'", '[web, db]', '~web.*'])('hosts may not be %s', (hosts) => {
    write({ 'act.yml': playbook().replace('hosts: web', `hosts: ${hosts}`) });
    expect(messages()).toEqual([expect.stringMatching(/hosts must be one group by name/)]);
  });

  test.each(['check_mode: false', 'check_mode: no', '- check_mode: "false" # reads only'])(
    'a task with %s is told, also in a file that the playbook mentions',
    (line) => {
      write({
        'act.yml': playbook('    - ansible.builtin.include_tasks: tasks/more.yml\n'),
        'tasks/more.yml': `${line}\n`,
      });
      write({ 'tasks/other.yml': `${line}\n` });
      expect(readManifests(folder).manifests[0]?.warnings).toEqual([
        expect.stringMatching(/^tasks\/more\.yml:1 runs in a dry run too/),
      ]);
    }
  );

  test('links are refused, wherever they lead', () => {
    symlinkSync('/etc/passwd', join(folder, 'evil.yml'));
    expect(messages()).toEqual([expect.stringMatching(/is a link/)]);
  });

  test.each([0o020, 0o002])('what others than its owner can write is refused (%i)', (bit) => {
    chmodSync(join(folder, 'act.yml'), 0o644 | bit);
    expect(messages()).toEqual(
      expect.arrayContaining([expect.stringMatching(/can be written by its group or by everyone/)])
    );
    chmodSync(join(folder, 'act.yml'), 0o644);
    chmodSync(folder, 0o755 | bit);
    expect(messages()).toEqual(
      expect.arrayContaining([expect.stringMatching(/can be written by its group or by everyone/)])
    );
  });

  test('a name that is no plain word is refused', () => {
    write({ '-e.manifest.yaml': manifest(), '-e.yml': playbook() });
    expect(messages()).toEqual([expect.stringMatching(/the name must be of letters/)]);
  });
});

describe('the digest of an action', () => {
  const digest = () => {
    const { tree } = readActionFolder(folder, 'ansible');
    return digestOf(tree, filesOfAction(tree, 'act'));
  };

  test.each([
    'act.yml',
    'act.manifest.yaml',
    'tasks/a.yml',
    'templates/a.j2',
    'roles/r/tasks/main.yml',
    'vars.yml',
    'library/m.py',
  ])('changes with %s', (name) => {
    const before = digest();
    write({ [name]: name === 'act.yml' ? playbook('# more\n') : manifest('# more\n') });
    expect(digest()).not.toBe(before);
  });

  test('changes when text moves from one file to another', () => {
    write({ 'tasks/a.yml': 'ab', 'tasks/b.yml': '' });
    const before = digest();
    write({ 'tasks/a.yml': 'a', 'tasks/b.yml': 'b' });
    expect(digest()).not.toBe(before);
  });

  test('does not change with another action, unless the playbook imports it', () => {
    const before = digest();
    write({ 'other.yml': playbook(), 'other.manifest.yaml': manifest() });
    expect(digest()).toBe(before);
    write({ 'act.yml': `${playbook()}- ansible.builtin.import_playbook: other.yml\n` });
    const importing = digest();
    write({ 'other.yml': playbook('# more\n') });
    expect(digest()).not.toBe(importing);
  });
});

describe('manifests of a webhook', () => {
  test('need a path, and no playbook', () => {
    rmSync(join(folder, 'act.yml'));
    write({ 'act.manifest.yaml': manifest('path: /restart\n') });
    expect(readActionFolder(folder, 'webhook').actions).toMatchObject([
      { path: '/restart', manifest: { name: 'act' } },
    ]);
  });

  test.each(['/../admin', '//other.example', '/a%2f', '/a?b', 'a', 'http://x/', '/a/../b', '/.', '/a#b', '/'])(
    'the path is never %s',
    (path) => {
      write({ 'act.manifest.yaml': manifest(`path: '${path}'\n`) });
      expect(readManifests(folder, 'webhook').problems).toHaveLength(1);
    }
  );
});
