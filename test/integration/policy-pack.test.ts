import { beforeAll, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { loadConfig } from '../../backend/src/config.ts';
import { readPolicyFiles } from '../../backend/src/config/policy-files.ts';
import { readManifests } from '../../backend/src/remediation/engines/manifest.ts';
import { checkParameters } from '../../backend/src/remediation/engines/parameters.ts';
import { conclude, decide } from '../../backend/src/remediation/guardrails/decide.ts';
import { parametersOf } from '../../backend/src/remediation/policies/placeholders.ts';
import { matchPolicy, resolvePolicy, type Policy } from '../../backend/src/remediation/policies/policy.ts';
import type { PolicyNames } from '../../backend/src/remediation/policies/policy-names.ts';
import { targetOf } from '../../backend/src/remediation/policies/target.ts';
import { anEpisode, anInput, noonMs } from '../support/remediation/decision-builders.ts';

const folder = join(import.meta.dirname, '../../provisioning/aiops');
const { manifests } = readManifests(join(folder, 'playbooks'));
const inventory = new Map([
  ['web', ['web-1.example', 'web-2.example']],
  ['worker', ['worker-1.example']],
  ['storage', ['storage-1.example']],
  ['edge', ['edge-1.example']],
]);
let policies: readonly Policy[];

beforeAll(() => {
  const { jobs, sources } = loadConfig({
    file: join(folder, 'aiops.yaml'),
    env: { AIOPS_TOKEN: 'a-long-secret-token' },
  });
  const names: PolicyNames = {
    engines: new Map([['ansible', manifests]]),
    sources: sources.map(({ name }) => name),
    ...{ webhooks: [], calendars: [], contacts: [] },
    jobs: new Map(jobs.map(({ spec }) => [spec.name, spec])),
  };
  const read = readPolicyFiles(join(folder, 'policies'), names);
  expect(read.problems).toEqual([]);
  policies = read.policies.map(({ spec }) => resolvePolicy(spec));
});

const alert = (alertname: string, labels: Record<string, string>) =>
  anEpisode({ alertname, labels: { alertname, ...labels } });
const diskForecast = anEpisode({
  ...{ source: 'aiops', sourceKind: 'aiops', alertname: 'AIOpsAnomaly' },
  labels: {
    alertname: 'AIOpsAnomaly',
    origin: 'aiops',
    job_name: 'node-disk',
    kind: 'capacity',
    instance: 'storage-1.example:9100',
    mountpoint: '/data',
  },
  annotations: { probability: '0.9', eta_ms: String(noonMs + 3_600_000) },
});

describe('the shipped policies', () => {
  test('only watch until somebody raises them', () => {
    expect(policies.map(({ mode }) => mode)).toEqual(policies.map(() => 'observe'));
  });

  test.each([
    [
      'restart-crashed-service',
      alert('ServiceDown', { instance: 'web-1.example:9100', service: 'checkout' }),
      'web-1.example',
    ],
    [
      'restart-crashed-worker',
      alert('WorkerDown', { instance: 'worker-1.example:9100', service: 'mailer' }),
      'worker-1.example',
    ],
    [
      'scale-out-busy-service',
      alert('ServiceSaturated', { instance: 'web-2.example', service: 'checkout' }),
      'web-2.example',
    ],
    [
      'clear-full-disk',
      alert('NodeFilesystemAlmostOutOfSpace', { instance: 'storage-1.example:9100', mountpoint: '/data' }),
      'storage-1.example',
    ],
    ['clear-disk-before-it-is-full', diskForecast, 'storage-1.example'],
    [
      'rotate-large-log',
      alert('LogFileTooLarge', { instance: 'web-1.example:9100', log: 'checkout' }),
      'web-1.example',
    ],
    [
      'roll-back-bad-release',
      alert('ErrorsAfterRelease', { instance: 'web-1.example', app: 'checkout', release: '2026.11.2' }),
      'web-1.example',
    ],
    [
      'block-flooding-address',
      alert('RequestFlood', { instance: 'edge-1.example:443', client_ip: '203.0.113.7' }),
      'edge-1.example',
    ],
  ])('%s answers its alert on its host, with parameters that its playbook takes', (name, episode, host) => {
    const fitting = policies.filter((policy) => matchPolicy(policy, episode));
    expect(fitting.map((policy) => policy.name)).toContain(name);
    const policy = fitting.find((one) => one.name === name) ?? resolvePolicy(anInput().policy.spec);
    const target = targetOf(policy, episode, inventory);
    expect(target).toMatchObject({ kind: 'resolved', targets: [host] });
    const manifest = manifests.find((one) => one.name === policy.spec.do.playbook);
    expect(manifest?.groups).toContain(policy.spec.target.group);
    checkParameters({ name, parameters: manifest?.parameters ?? {} }, parametersOf(policy, episode.labels));
    const tier = manifest?.tier ?? 'high';
    const healthy = { kind: 'measured' as const, healthy: 2, of: 2 };
    expect(
      conclude(decide(anInput({ policy, episode, target, tier, groupFailures: [], healthy: { ...healthy, of: 3 } })))
    ).toEqual({ kind: 'allowed' });
  });

  test.each([
    ['Watchdog', {}],
    ['ServiceDown', { instance: 'web-1.example' }],
    ['InstanceDown', { instance: 'web-1.example', service: 'checkout' }],
    ['RequestFlood', { instance: 'edge-1.example', client_ip: '$(reboot)' }],
    ['DatasourceNoData', { rulename: 'ServiceDown', service: 'checkout', instance: 'web-1.example' }],
  ])('leave %s with %j to people', (name, labels) => {
    expect(policies.filter((policy) => matchPolicy(policy, alert(name, labels)))).toEqual([]);
  });
});
