import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Processes } from '../demo/processes.ts';
import { waitForOk } from '../demo/wait.ts';

/** The worker that stands still, as Prometheus tells of it. */
export const workerAlert = `groups:
  - name: shop
    rules:
      - alert: WorkerDown
        expr: shop_worker_up == 0
        labels: { severity: critical }
        annotations:
          summary: 'The worker {{ $labels.worker }} stands still'
          runbook_url: https://runbooks.example/worker-down
`;

/** What Alertmanager shows, so that the webhook knows it. */
const webhookToken = 'alertmanager-of-the-journeys-0123456789';

const manifest = `title: Start a worker
tier: low
idempotent: true
groups: [shop]
takes: 2s
path: /worker/start
parameters:
  type: object
  required: [worker]
  additionalProperties: false
  properties: { worker: { type: string, pattern: '^[a-z-]{1,40}$' } }
`;

const policy = `policies:
  - name: start-worker
    title: Start a worker that stands still
    mode: approve
    when: { alert: ['alertname="WorkerDown"'] }
    target: { label: instance, group: shop }
    do: { playbook: start_worker, with: { worker: '{worker}' } }
    guard: { cooldown: 1s, targets: { atMost: 3, share: 100% } }
    verify:
      source: prometheus
      settle: 1s
      healthy: shop_worker_up{worker="{worker}"} == 1
      for: 3s
      every: 1s
      within: 1m
`;

/**
 * Writes what heals the worker beside the settings: an action of its own service, and the policy that proposes it.
 * @returns the lines of aiops.yaml for it
 */
export async function writeRemediation(folder: string, gaugesUrl: string): Promise<readonly string[]> {
  await mkdir(path.join(folder, 'actions'));
  await mkdir(path.join(folder, 'policies'));
  await writeFile(path.join(folder, 'actions/start_worker.manifest.yaml'), manifest);
  await writeFile(path.join(folder, 'policies/worker.yaml'), policy);
  const token = path.join(folder, 'webhook-token');
  await writeFile(token, webhookToken, { mode: 0o600 });
  const hosts = '{ shop: [gauges, gauges-2, gauges-3, gauges-4, gauges-5] }';
  return [
    `webhooks: [{ name: alertmanager, kind: alertmanager, bearerTokenFile: ${token} }]`,
    `engines: [{ name: shop, kind: webhook, url: ${gaugesUrl}, actions: ${path.join(folder, 'actions')}, hosts: ${hosts} }]`,
  ];
}

interface Ports {
  readonly alertmanager: number;
  readonly backend: number;
}

/** Debian's Alertmanager, which tells the backend at once. */
export async function startAlertmanager(processes: Processes, folder: string, ports: Ports): Promise<void> {
  const config = path.join(folder, 'alertmanager.yml');
  const url = `http://127.0.0.1:${ports.backend}/api/v1/webhooks/alertmanager`;
  const proof = `{ authorization: { credentials: ${webhookToken} } }`;
  const lines = [
    'route: { receiver: aiops, group_by: [alertname, instance], group_wait: 0s, group_interval: 1s }',
    `receivers: [{ name: aiops, webhook_configs: [{ url: '${url}', http_config: ${proof} }] }]`,
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  processes.start({
    name: 'alertmanager',
    command: [
      'prometheus-alertmanager',
      `--config.file=${config}`,
      `--storage.path=${path.join(folder, 'alertmanager')}`,
      `--web.listen-address=127.0.0.1:${ports.alertmanager}`,
      '--cluster.listen-address=',
    ],
  });
  await waitForOk('Alertmanager', `http://127.0.0.1:${ports.alertmanager}/-/ready`, 60_000);
}
