import type { ActionManifest, AutomationEngine } from '../../../backend/src/remediation/engines/automation-engine.ts';
import type { PolicyNames } from '../../../backend/src/remediation/policies/policy-names.ts';

export function aManifest(change: Partial<ActionManifest> = {}): ActionManifest {
  return {
    name: 'restart_service',
    title: 'Restart a service',
    tier: 'medium',
    idempotent: true,
    groups: ['web', 'worker'],
    takesMs: 30_000,
    parameters: {
      type: 'object',
      required: ['service'],
      additionalProperties: false,
      properties: {
        service: { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{0,62}$' },
        tries: { type: 'integer', minimum: 1, maximum: 5 },
      },
    },
    rollback: null,
    warnings: [],
    ...change,
  };
}

export function policyNames(change: Partial<PolicyNames> = {}): PolicyNames {
  return {
    engines: new Map([
      ['ansible', [aManifest(), aManifest({ name: 'rollback_release', tier: 'high', groups: ['web'] })]],
    ]),
    sources: ['main'],
    webhooks: ['alertmanager'],
    calendars: ['change-freeze'],
    contacts: ['oncall'],
    jobs: new Map([
      ['checkout-latency', { detect: [{ kind: 'band' }] }],
      ['disk-usage', { detect: [{ kind: 'capacity', limit: 0.9, side: 'above', warn: '3d', probability: 0.8 }] }],
    ]),
    ...change,
  };
}

/** An engine that only knows its actions. */
export function actionsOnly(name: string, manifests: readonly ActionManifest[]): AutomationEngine {
  const unused = () => Promise.reject(new Error('this engine starts nothing'));
  return {
    name,
    kind: 'ansible',
    actions: () => Promise.resolve(manifests),
    inventory: () => Promise.resolve(new Map([['web', ['web-1']]])),
    prepare: unused,
    run: unused,
    reap: () => Promise.resolve(false),
    stop: () => Promise.resolve(),
  };
}
