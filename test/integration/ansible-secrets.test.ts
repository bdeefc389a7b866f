import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { EngineHandle } from '../../backend/src/remediation/engines/automation-engine.ts';
import { processesOf } from '../../backend/src/remediation/engines/ansible/process-table.ts';
import { ansibleInstallations, ansibleLab, type AnsibleLab } from '../support/remediation/ansible-lab.ts';
import { until } from '../support/until.ts';

const canaries = {
  vault: 'canary-vault-password',
  inventory: 'canary-inventory-password',
  environment: 'canary-of-the-environment',
};

describe.each(ansibleInstallations())('secrets in $title', (installation) => {
  let lab: AnsibleLab;
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'aiops-secrets-'));
    const vault = join(folder, 'vault-password');
    writeFileSync(vault, `${canaries.vault}\n`, { mode: 0o400 });
    process.env['AIOPS_CANARY_TOKEN'] = canaries.environment;
    lab = ansibleLab(installation, { settings: { vaultPasswordFile: vault } });
    const encrypted = execFileSync(
      join(installation.commands, 'ansible-vault'),
      ['encrypt_string', '--vault-id', `default@${vault}`, 'what the vault holds', '--name', 'kept'],
      { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } }
    );
    lab.write(join(lab.folder, 'inventory/group_vars/all.yml'), `${encrypted}\n`);
    const text = readFileSync(lab.inventory, 'utf8').replace(
      '  vars:',
      `  vars:\n    ansible_password: ${canaries.inventory}`
    );
    lab.write(lab.inventory, text);
  });
  afterAll(async () => {
    delete process.env['AIOPS_CANARY_TOKEN'];
    await lab.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('are in no argument, no variable and no file while a playbook runs, and in nothing that it says', async () => {
    lab.action(
      'act',
      `    - ansible.builtin.debug: { msg: "the password is {{ ansible_password }}, password={{ ansible_password }}" }
    - ansible.builtin.command: { argv: [sh, -c, 'echo {{ ansible_password | quote }}; cat ${join(folder, 'vault-password')}; exit 3'] }
      ignore_errors: true
    - ansible.builtin.copy: { content: "{{ kept }}", dest: "${lab.path('kept')}", mode: "0600" }
    - ansible.builtin.command: { argv: [env] }
      register: environment_of_tasks
    - ansible.builtin.copy: { content: "{{ environment_of_tasks.stdout }}", dest: "${lab.path('env')}", mode: "0600" }
    - ansible.builtin.wait_for: { path: "${lab.path('go-on')}", timeout: 50 }
`
    );
    let handle: EngineHandle = {};
    const finished = lab.run(lab.task({ labels: { alertname: 'Down' } }), {
      started: (given) => Promise.resolve(void (handle = given)),
    });
    await until('the playbook waits', () => existsSync(lab.path('env')));
    const leader = { pid: Number(handle['pid']), startTicks: Number(handle['startTicks']) };
    const processes = processesOf({ leader, mark: String(handle['mark']) });
    const shown = processes.flatMap(({ pid }) =>
      ['cmdline', 'environ'].map((file) => readText(`/proc/${pid}/${file}`))
    );
    const files = filesIn(lab.runs);
    const written = files.map((path) => readFileSync(path, 'latin1'));
    const modes = files.filter((path) => path.endsWith('vars.yml')).map((path) => statSync(path).mode & 0o777);
    const folders = readdirSync(lab.runs).map((name) => statSync(join(lab.runs, name)).mode & 0o777);
    writeFileSync(lab.path('go-on'), '');
    const { outcome, events } = await finished;

    expect(processes.length).toBeGreaterThan(1);
    expect([modes, folders]).toEqual([[0o600], [0o700]]);
    const everything = [...shown, ...written, ...lab.logged, JSON.stringify(events), JSON.stringify(outcome)].join(
      '\n'
    );
    expect(Object.values(canaries).filter((canary) => everything.includes(canary))).toEqual([]);
    expect(events.map(({ text }) => text).join('\n')).toContain('the password is [secret]');
    expect(outcome).toMatchObject({ kind: 'ok', hosts: [{ ignored: 1 }] });
    expect(readFileSync(lab.path('kept'), 'utf8')).toBe('what the vault holds');
    expect(readFileSync(lab.path('env'), 'utf8')).not.toContain('CANARY');
    expect(readdirSync(lab.runs)).toEqual([]);
  });

  test('a vault password that others may read, or that is a program, starts nothing', async () => {
    const vault = join(folder, 'vault-password');
    chmodSync(vault, 0o444);
    await expect(lab.run(lab.task({}))).rejects.toThrow(/can be read by others/);
    chmodSync(vault, 0o500);
    await expect(lab.run(lab.task({}))).rejects.toThrow(/is executable/);
    chmodSync(vault, 0o400);
  });
});

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
