import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { policyNames as someNames } from '../../../test/support/remediation/manifests.ts';
import { formatProblem } from './problems.ts';
import { readPolicyFiles } from './policy-files.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aiops-policy-files-'));
  mkdirSync(join(folder, 'policies'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string): void {
  writeFileSync(join(folder, 'policies', name), text);
}

function read(names = someNames()) {
  return readPolicyFiles(join(folder, 'policies'), names);
}

function problems(names = someNames()): string[] {
  return read(names).problems.map((problem) => formatProblem(problem).replaceAll(`${folder}/policies/`, ''));
}

const least = `policies:
  - name: restart-crashed-api
    when: { alert: ['alertname="ServiceDown"'] }
    do: { playbook: restart_service, with: { service: "{service}" } }
    target: { label: instance, group: web }
    verify: { healthy: 'probe_success{service="{service}"} == 1' }
`;

describe('policies of files', () => {
  test('need five lines, and then only look', () => {
    write('web.yaml', least);
    const { policies } = read();
    expect(problems()).toEqual([]);
    expect(policies.map(({ spec, line }) => [spec.name, spec.mode, line])).toEqual([
      ['restart-crashed-api', 'observe', 2],
    ]);
    expect(policies[0]?.spec.guard).toMatchObject({
      cooldown: '15m',
      attempts: 2,
      targets: { atMost: 3, share: 0.1, per: '30m' },
    });
  });

  test('are none without the folder', () => {
    expect(readPolicyFiles(join(folder, 'nowhere'), someNames())).toEqual({ policies: [], problems: [] });
  });

  test('take every setting that there is', () => {
    write(
      'disk.yaml',
      `policies:
  - name: grow-before-disk-is-full
    title: Clear the disk before it is full
    mode: approve
    priority: 10
    sources: [aiops]
    when: { forecast: { job: disk-usage, within: 24h, probability: 80% } }
    target: { label: instance, map: { strip: [port, domain], names: { front: web-1 } }, group: web }
    do: { engine: ansible, playbook: restart_service, with: { service: cleaner, tries: 2 }, dryRunFirst: true }
    guard:
      cooldown: 15m
      attempts: 2
      relapse: 1h
      targets: { atMost: 3, share: 10%, per: 30m }
      massFailure: { share: 30%, atLeast: 5, within: 5m }
      minHealthy: { query: 'count(up{job="node"} == 1)', of: 'count(up{job="node"})', atLeast: 51%, source: main }
      failures: { inARow: 3, ofLastTen: 50%, for: 1h }
      flap: { atMost: 3, per: 30m }
      atOnce: { policy: 1, group: 2 }
      maxAge: 24h
      calendars: [change-freeze]
      onAbsence: false
      dependsOn: []
    approve: { within: 15m, people: 1 }
    verify:
      settle: 30s
      healthy: 'node_filesystem_avail_bytes{instance="{instance}"} / node_filesystem_size_bytes > 0.2'
      for: 45s
      every: 15s
      within: 5m
      detector: disk-usage
      notWorse: ['sum(rate(http_requests_total{code=~"5.."}[1m]))']
    otherwise: { rollback: true, escalate: [oncall] }
`
    );
    expect(problems()).toEqual([]);
  });

  test('are left to the start when no engine is set up', () => {
    write('web.yaml', least);
    expect(problems(someNames({ engines: new Map() }))).toEqual([]);
    expect(read(someNames({ engines: new Map() })).policies).toHaveLength(1);
  });
});

describe('a fault names file, line, column and what to do', () => {
  const playbooks = 'there are: restart_service, rollback_release';

  test.each([
    [
      least.replace('restart_service,', 'restart_servce,'),
      `web.yaml:4:21  policy "restart-crashed-api": playbook "restart_servce" does not exist; did you mean "restart_service"?; ${playbooks}`,
    ],
    [
      least.replace('    verify:', '    mode: auto\n    verfy:'),
      'web.yaml:7:5  policy "restart-crashed-api": unknown key "verfy"; did you mean "verify"?',
    ],
    [
      least.replace(/    verify:.*\n/, '    mode: auto\n'),
      `web.yaml:6:11  policy "restart-crashed-api": mode auto needs verify.healthy: without it a recovery can't be told from luck`,
    ],
    [
      least.replace('label: instance, group: web', 'label: instance, group: db'),
      'web.yaml:5:39  policy "restart-crashed-api": playbook "restart_service" may not act on group "db", only on web, worker',
    ],
    [
      least.replace(`alert: ['alertname="ServiceDown"']`, `alert: ['alertname=~"(?=x)y"']`),
      `web.yaml:3:21  policy "restart-crashed-api": alertname: the expression can't be read (error parsing regexp: invalid or unsupported Perl syntax: \`(?=\`); lookaround and back references do not exist in RE2`,
    ],
    [
      least.replace('when: { alert: [\'alertname="ServiceDown"\'] }', 'when: {}'),
      'web.yaml:3:11  policy "restart-crashed-api": when: expected exactly one of alert, detection, forecast',
    ],
    [least.replace('policies:', 'polices:'), 'web.yaml:1:1  unknown key "polices"; did you mean "policies"?'],
    [
      `${least}    guard: { cooldown: soon }\n`,
      'web.yaml:7:24  policy "restart-crashed-api": cooldown: expected a duration such as 30s, 5m, 12h or 28d',
    ],
    [
      `${least}    guard: { dependsOn: [restart-databse] }\n  - { name: restart-database, when: { alert: [a=b] }, do: { playbook: restart_service, with: { service: x } }, target: { group: web } }\n`,
      'web.yaml:7:25  policy "restart-crashed-api": policy "restart-databse" does not exist; did you mean "restart-database"?',
    ],
  ])('%#', (text, problem) => {
    write('web.yaml', text);
    expect(problems()).toContain(problem);
  });

  test('also for policies that wait for each other, in each of them', () => {
    const policy = (name: string, other: string) =>
      `  - { name: ${name}, when: { alert: [a=b] }, do: { playbook: restart_service, with: { service: x } }, target: { group: web }, guard: { dependsOn: [${other}] } }\n`;
    write('web.yaml', `policies:\n${policy('a', 'b')}${policy('b', 'a')}`);
    expect(problems().map((problem) => problem.replace(/^\S+ +/, ''))).toEqual([
      'policy "a": they would wait for each other: a → b → a',
      'policy "b": they would wait for each other: b → a → b',
    ]);
  });

  test('also for a name that is there twice, in two files', () => {
    write('a.yaml', least);
    write('b.yaml', least);
    expect(problems()).toEqual([
      'b.yaml:2:1  policy "restart-crashed-api" is already in a.yaml:2; a name stands for one policy',
    ]);
  });

  test('also for an empty file', () => {
    write('a.yaml', '');
    expect(problems()[0]).toMatch(/^a\.yaml {2}is empty; a file of policies begins/);
  });
});
