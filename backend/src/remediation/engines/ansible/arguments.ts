import type { EngineTask } from '../automation-engine.ts';
import type { AnsibleSettings } from './ansible-settings.ts';

/**
 * Arguments of ansible-playbook, in a list: no shell ever reads them. The comma at the end makes a list of names of the
 * limit, never a pattern. The playbook is a name in the working directory.
 */
export function playbookArguments(
  settings: Pick<AnsibleSettings, 'inventory' | 'forks' | 'vaultPasswordFile'>,
  { task, variables }: { readonly task: EngineTask; readonly variables: string }
): readonly string[] {
  const { inventory, forks, vaultPasswordFile } = settings;
  return [
    ...['-i', inventory],
    ...['--limit', `${task.targets.join(',')},`],
    ...['-e', `@${variables}`],
    ...['--forks', String(forks)],
    ...(vaultPasswordFile === undefined ? [] : ['--vault-id', `default@${vaultPasswordFile}`]),
    ...(task.check ? ['--check', '--diff'] : []),
    ...['--', `${task.action}.yml`],
  ];
}
