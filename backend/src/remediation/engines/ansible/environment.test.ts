import { expect, test } from '@jest/globals';
import { ansibleEnvironment } from './environment.ts';

test('Ansible gets the variables of the list and none of ours', () => {
  const env = ansibleEnvironment({
    folder: '/run/x',
    path: '/usr/bin',
    commands: '/opt/bin',
    taskTimeoutMs: 1_500,
    mark: 'm',
  });
  expect(Object.keys(env).sort()).toEqual([
    'AIOPS_EVENTS_FD',
    'AIOPS_RUN_MARK',
    'ANSIBLE_CONFIG',
    'ANSIBLE_HOST_KEY_CHECKING',
    'ANSIBLE_INVENTORY_UNPARSED_FAILED',
    'ANSIBLE_LOCAL_TEMP',
    'ANSIBLE_NOCOLOR',
    'ANSIBLE_RETRY_FILES_ENABLED',
    'ANSIBLE_SSH_CONTROL_PATH_DIR',
    'ANSIBLE_STDOUT_CALLBACK',
    'ANSIBLE_TASK_TIMEOUT',
    'HOME',
    'LC_ALL',
    'PATH',
    'PYTHONDONTWRITEBYTECODE',
  ]);
  expect(env).toMatchObject({
    HOME: '/run/x',
    LC_ALL: 'C.UTF-8',
    PATH: '/opt/bin:/usr/bin',
    ANSIBLE_TASK_TIMEOUT: '2',
  });
});
