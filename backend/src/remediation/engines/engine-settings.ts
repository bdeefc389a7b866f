import type { AnsibleSettings } from './ansible/ansible-settings.ts';
import type { WebhookEngineSettings } from './webhook/webhook-settings.ts';

export type EngineSettings = AnsibleSettings | WebhookEngineSettings;
