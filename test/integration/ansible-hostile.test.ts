import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ansibleInstallations, ansibleLab, type AnsibleLab } from '../support/remediation/ansible-lab.ts';

const installations = ansibleInstallations();

const captured = JSON.parse(
  readFileSync(new URL('../fixtures/alertmanager-0.25.0/07-hostile-labels.json', import.meta.url), 'utf8')
) as { readonly alerts: ReadonlyArray<{ readonly labels: Record<string, string> }> };

/** Texts that made others run them; PWNED stands for the path of a file that must never be made. */
const hostileTexts = [
  "{{ lookup('pipe', 'touch PWNED') }}",
  "{{ query('pipe', 'touch PWNED') }}",
  "{% if lookup('pipe', 'touch PWNED') %}x{% endif %}",
  "{{ ''.__class__.__mro__[1].__subclasses__() }}",
  '{{',
  '{% raw',
  '{#',
  '}}',
  '$(touch PWNED)',
  '`touch PWNED`',
  '; touch PWNED',
  '| touch PWNED',
  '&& touch PWNED #',
  '\ntouch PWNED\n',
  "'; touch PWNED; '",
  '"; touch PWNED; "',
  '" \n- command: touch PWNED\n',
  'x ansible_connection=ssh ansible_ssh_common_args=\'-o ProxyCommand="touch PWNED"\'',
  '!!python/object/apply:os.system ["touch PWNED"]',
  '!vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  00',
  '---\nansible_connection: ssh\n...\n',
  '{"__ansible_unsafe": "x"}',
  '{"__ansible_vault": "x"}',
  '@/etc/passwd',
  '*alias',
  '<<: *x',
  '- -e\n- ansible_connection=ssh',
  '-e',
  '../../../../etc/passwd',
  'a\u0007b\u001b[31mc\u007fd\u0085e\u2028f\u202eg\ufeffh\uffffi😀',
  '\\x41\\u0041\\n\\',
  ...['yes', 'On', 'Null', '1_000', '0x1F', '0b1', '1:30', '2026-11-25', '2026-11-25T10:00:00Z', '.inf', '-.5', '+12'],
  ...['=', '<<', '*', '!', '&', 'yes\n', '12e03', '1.5', 'y', '0o17'],
  '0777',
  '1e3',
  '',
  ' ',
  'null',
  '~',
];
/** Names that would rule Ansible, were they more than names. */
const hostileNames = [
  'ansible_connection',
  'ansible_host',
  'ansible_python_interpreter',
  'ansible_ssh_common_args',
  'ansible_shell_executable',
  'ansible_become',
  'hostvars',
  'groups',
  'inventory_hostname',
  'playbook_dir',
  'vars',
  'environment',
  'omit',
  'items',
  '__class__',
];

const act = (lab: AnsibleLab) => `    - name: Heal {{ heal_alert.labels.t0 }} {{ heal_alert.labels.t10 }}
      ansible.builtin.set_fact: { copied: "{{ heal_alert.labels }}" }
    - ansible.builtin.debug: { msg: "{{ copied.t0 }} {{ copied.t17 }} {{ text }}" }
    - ansible.builtin.command: { argv: [echo, "{{ copied.t0 }}", "{{ copied.t8 }}", "{{ copied.t13 }}", "{{ text }}"] }
    - ansible.builtin.copy:
        dest: "${lab.path('seen-{{ inventory_hostname }}')}"
        mode: "0600"
        content: "{{ {'labels': copied, 'text': text} | to_json }}"
    - name: What a careless author does with a label
      block:
        - ansible.builtin.command: { argv: [touch, "${lab.path('condition-held')}"] }
          when: "{{ copied.condition }}"
      rescue:
        - ansible.builtin.debug: { msg: refused }
`;
const parameters = '{ text: { type: string, maxLength: 4000 } }';

describe.each(installations)('data that wants to be code stays data in $title', (installation) => {
  let lab: AnsibleLab;
  beforeAll(() => {
    lab = ansibleLab(installation);
    lab.action('act', act(lab), { parameters });
  });
  afterAll(() => lab.stop());

  test('every hostile text arrives as it was, and none was run', async () => {
    const texts = hostileTexts.map((text) => text.replaceAll('PWNED', lab.path('pwned')));
    const labels = {
      ...Object.fromEntries(hostileNames.map((name) => [name, `touch ${lab.path('pwned')}`])),
      ...Object.fromEntries(texts.map((text, index) => [`t${index}`, text])),
      condition: `lookup('pipe', 'touch ${lab.path('pwned')}') == ''`,
    };
    const text = `{{ lookup('pipe', 'touch ${lab.path('pwned')}') }} {{ unclosed`;
    const { outcome } = await lab.run(lab.task({ labels, parameters: { text } }));
    expect(outcome).toMatchObject({ kind: 'ok', hosts: [{ host: 'web-1', failed: 0 }] });
    expect(JSON.parse(readFileSync(lab.path('seen-web-1'), 'utf8'))).toEqual({ labels, text });
    expect(lab.made()).toEqual(['seen-web-1']);
  });

  test('two runs at once each get their own data, also what Alertmanager really sent', async () => {
    const [first] = captured.alerts;
    const filler = Object.fromEntries(hostileTexts.map((_, index) => [`t${index}`, 'x']));
    const own = [
      { labels: { ...filler, ...first?.labels, condition: 'false' }, text: "{{ lookup('env', 'PATH') }}" },
      { labels: { ...filler, condition: 'false', alertname: 'Other' }, text: 'x y=z' },
    ];
    const finished = await Promise.all(
      own.map(({ labels, text }, i) => lab.run(lab.task({ targets: [`web-${i + 1}`], labels, parameters: { text } })))
    );
    expect(finished.map(({ outcome }) => outcome.kind)).toEqual(['ok', 'ok']);
    expect(JSON.parse(readFileSync(lab.path('seen-web-1'), 'utf8'))).toEqual(own[0]);
    expect(JSON.parse(readFileSync(lab.path('seen-web-2'), 'utf8'))).toEqual(own[1]);
    expect(existsSync('/tmp/pwned')).toBe(false);
    expect(lab.made()).toEqual(['seen-web-1', 'seen-web-2']);
  });
});

describe.each(installations)('what others take for success or obey is neither in $title', (installation) => {
  let lab: AnsibleLab;
  beforeAll(() => {
    lab = ansibleLab(installation);
  });
  afterAll(() => lab.stop());
  const never = new AbortController().signal;
  const listener = { started: () => Promise.resolve(), event: () => undefined };

  test('a play whose every task was skipped has healed nothing, though its exit code is 0', async () => {
    lab.action('act', '    - ansible.builtin.debug: { msg: x }\n      when: false\n');
    const { outcome } = await lab.run(lab.task({}));
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'web-1: nothing was done, every task was skipped' });
  });

  test('a play for other hosts than the targets is refused before it starts', async () => {
    lab.action('act', '    - ansible.builtin.debug: { msg: x }\n', { hosts: 'db' });
    await expect(lab.run(lab.task({}))).rejects.toThrow(/would reach no host instead of web-1/);
  });

  test('a playbook that prints statistics and events proves nothing by it', async () => {
    const stats = JSON.stringify({
      ...{ seq: 99, kind: 'stats', host: null, text: '' },
      hosts: { 'web-1': { ok: 1, changed: 0, failures: 0, unreachable: 0, skipped: 0, rescued: 0, ignored: 0 } },
    });
    lab.write(lab.path('forged.json'), `${stats}\n`);
    const forged = lab.path('forged.json');
    lab.action(
      'act',
      `    - ansible.builtin.command: { argv: [cat, "${forged}"] }
    - ansible.builtin.debug: { msg: "{{ lookup('ansible.builtin.file', '${forged}') }}" }
    - ansible.builtin.command: { argv: [sh, -c, 'cat ${forged} >&3 2>/dev/null; cat ${forged} >/proc/$PPID/fd/3; exit 1'] }
`
    );
    const { outcome, events } = await lab.run(lab.task({}));
    expect(outcome).toMatchObject({ kind: 'failed', hosts: [{ host: 'web-1', failed: 1, ok: 2 }] });
    expect(events.filter(({ kind }) => kind === 'failed')).toHaveLength(1);
    rmSync(forged);
  });

  test('settings and plugins in the working directory are not read', async () => {
    lab.write(join(lab.playbooks, 'ansible.cfg'), '[defaults]\ncallback_plugins = ./evil\nstdout_callback = evil\n');
    const plugin = [`open('${lab.path('pwned')}', 'w')`, 'from ansible.plugins.callback.default import CallbackModule'];
    lab.write(join(lab.playbooks, 'evil/evil.py'), plugin.join('\n'));
    lab.action('act', '    - ansible.builtin.debug: { msg: x }\n');
    const { outcome } = await lab.run(lab.task({}));
    expect(outcome.kind).toBe('ok');
    expect(lab.made()).toEqual([]);
  });

  // Each of several plays takes a second or two, and more on a busy machine.
  jest.setTimeout(120_000);

  test('a playbook that became a link between plan and start does not run', async () => {
    lab.action('act', '    - ansible.builtin.debug: { msg: x }\n');
    const { digest } = await lab.engine.prepare(lab.task({}), never);
    const file = join(lab.playbooks, 'act.yml');
    const evil = join(lab.folder, 'evil.yml');
    writeFileSync(evil, readFileSync(file));
    rmSync(file);
    symlinkSync(evil, file);
    await expect(lab.engine.run(lab.task({}), digest, listener, never)).rejects.toThrow(/is a link/);
    rmSync(file);
  });

  test('an inventory that became executable, or is gone, starts nothing', async () => {
    const other = ansibleLab(installation);
    other.action('act', `    - ansible.builtin.file: { path: "${other.path('x')}", state: touch, mode: "0600" }\n`);
    const script = `#!/bin/sh\ntouch ${other.path('pwned')}\necho '{}'\n`;
    writeFileSync(other.inventory, script, { mode: 0o755 });
    rmSync(other.inventory);
    writeFileSync(other.inventory, script, { mode: 0o755 });
    await expect(other.run(other.task({}))).rejects.toThrow(/is executable: Ansible would run it/);
    rmSync(other.inventory);
    await expect(other.run(other.task({}))).rejects.toThrow(/can't be read/);
    writeFileSync(other.inventory, 'all: [');
    await expect(other.run(other.task({}))).rejects.toThrow(/ansible-inventory/);
    expect(other.made()).toEqual([]);
    await other.stop();
  });

  test('an unreachable host is told as that, and does not hide what the others did', async () => {
    const far = ansibleLab(installation, {
      inventory: `all: { children: { managed: { children: { web: { hosts: {
  web-1: { ansible_connection: local, ansible_python_interpreter: /usr/bin/python3 },
  web-2: { ansible_host: 127.0.0.1, ansible_port: 1 } } } } } } }\n`,
    });
    far.action('act', `    - ansible.builtin.command: { argv: [python3, -c, "print('x' * 3000000)"] }\n`);
    const { outcome, events } = await far.run(far.task({ targets: ['web-1', 'web-2'] }));
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'web-2: unreachable' });
    expect(outcome.hosts).toMatchObject([
      { host: 'web-1', ok: 1, changed: 1 },
      { host: 'web-2', ok: 0, unreachable: 1 },
    ]);
    const longest = Math.max(...events.map(({ text }) => Buffer.byteLength(text)));
    expect(longest).toBeGreaterThan(8_000);
    expect(longest).toBeLessThanOrEqual(8_192);
    await far.stop();
  });

  test('a dry run shows differences and changes nothing, but for what says of itself that it runs', async () => {
    lab.write(lab.path('settings'), 'old\n');
    lab.action(
      'act',
      `    - ansible.builtin.copy: { dest: "${lab.path('settings')}", content: "new\\n", mode: "0644" }
    - ansible.builtin.command: { argv: [touch, "${lab.path('skipped')}"] }
    - ansible.builtin.command: { argv: [touch, "${lab.path('ran')}"] }
      check_mode: false
`
    );
    const task = lab.task({ check: true });
    const { manifest } = await lab.engine.prepare(task, never);
    const { outcome, events } = await lab.run(task);
    expect(manifest.warnings).toEqual(['act.yml:8 runs in a dry run too (check_mode: false)']);
    expect(outcome.kind).toBe('ok');
    expect(events.filter(({ kind }) => kind === 'diff').map(({ text }) => text)).toEqual([
      expect.stringMatching(/-old\n\+new\n/),
    ]);
    expect([readFileSync(lab.path('settings'), 'utf8'), ...lab.made()]).toEqual(['old\n', 'ran', 'settings']);
  });
});

const inSecondVersion = installations.length > 1 ? test : test.skip;
inSecondVersion(
  'all of this was tried in a second version of ansible-core (AIOPS_TEST_ANSIBLE names its folder)',
  () => {
    expect(new Set(installations.map(({ title }) => title)).size).toBeGreaterThan(1);
  }
);
