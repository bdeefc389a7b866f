import type { AnsibleSettings } from './ansible/ansible-settings.ts';

export type EngineSettings = AnsibleSettings;
