import { delimiter, join, resolve } from 'node:path';

/** The only settings that Ansible reads. */
const configFile = resolve(import.meta.dirname, 'controller/ansible.cfg');

export interface EnvironmentParts {
  /** Folder of this run: home, temporary files and connection sockets. */
  readonly folder: string;
  /** Where commands are looked for. */
  readonly path: string;
  /** Folder with ansible-playbook, before those of `path`. */
  readonly commands: string | undefined;
  /** Longest time of one task. */
  readonly taskTimeoutMs: number;
  /** Mark by which the processes of a run are found again. */
  readonly mark: string;
}

/** Name of the variable that marks the processes of a run. */
export const markName = 'AIOPS_RUN_MARK';
/** Descriptor of the event channel in the child. */
export const eventsFd = 3;

/** All variables that Ansible gets. Nothing of ours is handed down: tokens live in our environment. */
export function ansibleEnvironment(parts: EnvironmentParts): Readonly<Record<string, string>> {
  const { folder, path, commands, taskTimeoutMs, mark } = parts;
  return {
    PATH: commands === undefined ? path : `${commands}${delimiter}${path}`,
    HOME: folder,
    // With LC_ALL=C it refuses to start.
    LC_ALL: 'C.UTF-8',
    ANSIBLE_CONFIG: configFile,
    ANSIBLE_STDOUT_CALLBACK: 'aiops_events',
    ANSIBLE_NOCOLOR: '1',
    ANSIBLE_RETRY_FILES_ENABLED: '0',
    ANSIBLE_LOCAL_TEMP: join(folder, 'tmp'),
    ANSIBLE_TASK_TIMEOUT: String(Math.max(1, Math.ceil(taskTimeoutMs / 1_000))),
    ANSIBLE_HOST_KEY_CHECKING: '1',
    // Without it a missing inventory is exit code 0.
    ANSIBLE_INVENTORY_UNPARSED_FAILED: 'true',
    ANSIBLE_SSH_CONTROL_PATH_DIR: folder,
    PYTHONDONTWRITEBYTECODE: '1',
    AIOPS_EVENTS_FD: String(eventsFd),
    [markName]: mark,
  };
}
