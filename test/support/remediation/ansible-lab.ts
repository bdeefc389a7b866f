import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { systemClock } from '../../../backend/src/clock.ts';
import { AnsibleEngine } from '../../../backend/src/remediation/engines/ansible/ansible-engine.ts';
import { filesOfAction } from '../../../backend/src/remediation/engines/ansible/playbook-scan.ts';
import { digestOf } from '../../../backend/src/remediation/engines/file-tree.ts';
import { readActionFolder } from '../../../backend/src/remediation/engines/manifest.ts';
import type { AnsibleSettings } from '../../../backend/src/remediation/engines/ansible/ansible-settings.ts';
import type { LadderTimes } from '../../../backend/src/remediation/engines/ansible/end-processes.ts';
import type {
  EngineEvent,
  EngineHandle,
  EngineOutcome,
  EngineTask,
} from '../../../backend/src/remediation/engines/automation-engine.ts';
import { createLogger } from '../../../backend/src/observability/logger.ts';
import { StartedRuns } from '../../../backend/src/remediation/engines/started-runs.ts';

export interface Installation {
  /** Such as `ansible-core 2.19.14`. */
  readonly title: string;
  readonly commands: string;
}

/** Every ansible-playbook of this machine: those on PATH, and the one that AIOPS_TEST_ANSIBLE names by its folder. */
export function ansibleInstallations(): readonly Installation[] {
  const folders = [process.env['AIOPS_TEST_ANSIBLE'] ?? '', ...(process.env['PATH'] ?? '').split(delimiter)];
  const found = folders
    .filter((folder) => folder !== '' && existsSync(join(folder, 'ansible-playbook')))
    .map((folder) => ({ title: `ansible-core ${versionOf(folder)}`, commands: resolve(folder) }));
  return [...new Map(found.map((one) => [one.title, one])).values()];
}

function versionOf(folder: string): string {
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  const text = execFileSync(join(folder, 'ansible-playbook'), ['--version'], { encoding: 'utf8', env });
  return /core ([\d.]+)/.exec(text)?.[1] ?? 'of unknown version';
}

export interface Finished {
  readonly outcome: EngineOutcome;
  readonly events: readonly EngineEvent[];
}

export interface RunHooks {
  readonly started?: (handle: EngineHandle) => Promise<void>;
  readonly event?: (event: EngineEvent) => void;
  readonly signal?: AbortSignal;
}

export interface AnsibleLab {
  readonly folder: string;
  readonly engine: AnsibleEngine;
  readonly playbooks: string;
  readonly inventory: string;
  /** Where folders of runs come and go. */
  readonly runs: string;
  /** Lines that the engine logged. */
  readonly logged: readonly string[];
  /** A path for a file that a playbook or an attack would make. */
  path(name: string): string;
  /** Names of the files that were made so. */
  made(): readonly string[];
  /** Writes a playbook with the given tasks and its manifest. */
  action(name: string, tasks: string, more?: { readonly parameters?: string; readonly hosts?: string }): void;
  write(path: string, text: string): void;
  task(some: Partial<EngineTask>): EngineTask;
  /** Runs what the action is now. */
  run(task: EngineTask, hooks?: RunHooks): Promise<Finished>;
  /** A second engine over the same folders, as after a restart. */
  restarted(): AnsibleEngine;
  stop(): Promise<void>;
}

const hosts = `all:
  children:
    managed:
      children:
        web:
          hosts: { web-1: {}, web-2: {} }
    db:
      hosts: { db-1: {} }
  vars:
    ansible_connection: local
    ansible_python_interpreter: /usr/bin/python3
`;

/** A machine of its own for one test: inventory of local hosts, folder of playbooks, engine. */
export function ansibleLab(
  installation: Installation,
  some: {
    readonly inventory?: string;
    readonly ladder?: LadderTimes;
    readonly settings?: Partial<AnsibleSettings>;
  } = {}
): AnsibleLab {
  const folder = mkdtempSync(join(tmpdir(), 'aiops-lab-'));
  const [playbooks, inventory, made] = [
    join(folder, 'playbooks'),
    join(folder, 'inventory/hosts.yaml'),
    join(folder, 'made'),
  ];
  const write = (path: string, text: string) => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    writeFileSync(path, text);
  };
  [playbooks, made].forEach((path) => mkdirSync(path));
  write(inventory, some.inventory ?? hosts);
  const settings = { name: 'ansible', kind: 'ansible', inventory, playbooks, atMost: 4, forks: 5 } as const;
  const logged: string[] = [];
  const logger = createLogger({ level: 'debug', destination: { write: (line: string) => void logged.push(line) } });
  const engines: AnsibleEngine[] = [];
  const start = () => {
    const engine = new AnsibleEngine({
      settings: { ...settings, vaultPasswordFile: undefined, commands: installation.commands, ...some.settings },
      ...{ runFolder: join(folder, 'runs'), started: new StartedRuns(join(folder, 'started'), systemClock) },
      ...{ clock: systemClock, logger, path: '/usr/local/bin:/usr/bin:/bin' },
      ...(some.ladder && { ladder: some.ladder }),
    });
    engines.push(engine);
    return engine;
  };
  const engine = start();
  let count = 0;
  return {
    ...{ folder, engine, playbooks, inventory, runs: join(folder, 'runs'), logged, write },
    path: (name) => join(made, name),
    made: () => readdirSync(made).sort(),
    action: (name, tasks, { parameters = '{}', hosts: group = 'managed' } = {}) => {
      write(
        join(playbooks, `${name}.yml`),
        `- name: ${name}\n  hosts: ${group}\n  gather_facts: false\n  tasks:\n${tasks}`
      );
      write(join(playbooks, `${name}.manifest.yaml`), manifest(parameters));
    },
    task: (given) => {
      count += 1;
      const task = { runId: `run-${count}`, action: 'act', parameters: {}, targets: ['web-1'], labels: {} };
      return { ...task, check: false, timeoutMs: 60_000, ...given };
    },
    run: async (task, hooks = {}) => {
      const events: EngineEvent[] = [];
      const listener = {
        started: hooks.started ?? (() => Promise.resolve()),
        event: (event: EngineEvent) => {
          events.push(event);
          hooks.event?.(event);
        },
      };
      const signal = hooks.signal ?? new AbortController().signal;
      const { tree } = readActionFolder(playbooks, 'ansible');
      const digest = digestOf(tree, filesOfAction(tree, task.action));
      return { outcome: await engine.run(task, digest, listener, signal), events };
    },
    restarted: start,
    stop: async () => {
      await Promise.all(engines.map((one) => one.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function manifest(parameters: string): string {
  return [
    ...['title: Act', 'tier: low', 'idempotent: true', 'groups: [web]', 'takes: 5s'],
    `parameters: { type: object, additionalProperties: false, properties: ${parameters} }\n`,
  ].join('\n');
}

/** Copies the shipped playbooks into a lab, as nobody but their owner may write them. */
export function copyShippedPlaybooks(lab: AnsibleLab): void {
  cpSync(resolve(import.meta.dirname, '../../../provisioning/aiops/playbooks'), lab.playbooks, { recursive: true });
  closed(lab.playbooks);
}

function closed(path: string): void {
  const { mode } = statSync(path);
  chmodSync(path, mode & 0o755);
  if (statSync(path).isDirectory()) {
    readdirSync(path).forEach((name) => closed(join(path, name)));
  }
}
