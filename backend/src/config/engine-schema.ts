import { z } from 'zod';
import { Duration, FilePath, HttpUrl, meta } from './setting-values.ts';

const keysOfKind = {
  ansible: ['inventory', 'playbooks', 'forks', 'vaultPasswordFile', 'commands'],
  webhook: ['url', 'actions', 'hosts', 'bearerTokenFile', 'timeout'],
} as const;
const needed = { ansible: ['inventory', 'playbooks'], webhook: ['url', 'actions', 'hosts'] } as const;

const GroupName = z.string().regex(/^[a-zA-Z][a-zA-Z0-9_-]{0,62}$/, { error: 'expected a group such as web' });
const HostName = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,252}$/, { error: 'expected a host such as web-1' });

/** What carries actions out. */
export const EngineEntry = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, {
        error: 'expected lower-case letters, digits and dashes, such as ansible',
      })
      .meta(meta({ description: 'Name that policies use for this engine' })),
    kind: z
      .enum(['ansible', 'webhook'])
      .default('ansible')
      .meta(meta({ description: 'What carries the actions out: playbooks here, or requests to another service' })),
    atMost: z
      .int()
      .min(1)
      .max(50)
      .default(4)
      .meta(meta({ description: 'Runs at once; others wait' })),
    inventory: FilePath.optional().meta(
      meta({ description: 'ansible: inventory, one YAML or INI file that nobody else may write', shownType: 'path' })
    ),
    playbooks: FilePath.optional().meta(
      meta({ description: 'ansible: folder with NAME.yml and NAME.manifest.yaml', shownType: 'path' })
    ),
    forks: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .meta(meta({ description: 'ansible: hosts at once within a run', shownDefault: '5' })),
    vaultPasswordFile: FilePath.optional().meta(
      meta({ description: 'ansible: file with the password of the vault, mode 0400', shownType: 'path' })
    ),
    commands: FilePath.optional().meta(
      meta({
        description: 'ansible: folder with ansible-playbook and ansible-inventory',
        shownType: 'path',
        shownDefault: '`PATH`',
      })
    ),
    url: HttpUrl.optional().meta(
      meta({ description: 'webhook: base that the path of each action is added to', shownType: 'URL' })
    ),
    actions: FilePath.optional().meta(
      meta({ description: 'webhook: folder with the manifests of the actions that may be called', shownType: 'path' })
    ),
    hosts: z
      .record(GroupName, z.array(HostName).min(1).max(10_000))
      .optional()
      .meta(meta({ description: 'webhook: groups with the hosts that actions may be about' })),
    bearerTokenFile: FilePath.optional().meta(
      meta({ description: 'webhook: file with a bearer token', shownType: 'path' })
    ),
    timeout: Duration(100, 600_000, '100ms to 10m')
      .optional()
      .meta(meta({ description: 'webhook: longest wait for an answer', shownType: 'duration', shownDefault: '30s' })),
  })
  .superRefine((entry, context) => {
    const { kind } = entry;
    const other = kind === 'ansible' ? 'webhook' : 'ansible';
    needed[kind]
      .filter((key) => entry[key as keyof typeof entry] === undefined)
      .forEach((key) => {
        context.addIssue({ code: 'custom', path: [], message: `an engine of kind ${kind} needs ${key}` });
      });
    keysOfKind[other]
      .filter((key) => entry[key] !== undefined)
      .forEach((key) => {
        context.addIssue({ code: 'custom', path: [key], message: `${key} is for engines of kind ${other}` });
      });
  });
export type EngineEntry = z.output<typeof EngineEntry>;
