import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { serviceDashboard } from '../support/dashboards/service.ts';
import { serviceJobs } from '../support/dashboards/provisioned-jobs.ts';
import { historyLabels } from './history.ts';
import { root, type Folders, type Ports } from './places.ts';
import { serviceRules, services, writeServiceFiles } from './services.ts';
import { shopDashboard, shopJob } from './shop/watch.ts';

const loopback = (port: number): string => `127.0.0.1:${port}`;

/** Jobs over the replayed history: the ones that have four weeks to learn from at once. */
const historyJobs = [
  {
    name: 'datacenter-cpu',
    title: { en: 'Data centre: CPU in use', ko: '데이터 센터: CPU 사용량' },
    source: 'prometheus',
    query: 'datacenter_cpu_usage',
    step: '5m',
    range: { min: 0 },
  },
  {
    name: 'datacenter-memory',
    title: { en: 'Data centre: memory assigned', ko: '데이터 센터: 할당된 메모리' },
    source: 'prometheus',
    query: 'datacenter_memory_assigned',
    step: '5m',
    range: { min: 0 },
  },
];

const prometheusConfig = (ports: Ports, tokenFile: string, rulesFile: string): object => {
  const job = (name: string, port: number, more: object = {}): object => ({
    job_name: name,
    static_configs: [{ targets: [loopback(port)] }],
    ...more,
  });
  return {
    global: { scrape_interval: '5s', evaluation_interval: '15s' },
    rule_files: [rulesFile],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [loopback(ports.alertmanager)] }] }] },
    scrape_configs: [
      job('prometheus', ports.prometheus),
      job('node', ports.nodeExporter),
      job('alertmanager', ports.alertmanager),
      job('shop', ports.shop),
      ...services.map((name) => job(name, ports[name])),
      job('aiops', ports.backend, { authorization: { credentials_file: tokenFile } }),
      {
        job_name: historyLabels.job,
        static_configs: [{ targets: [loopback(ports.replay)], labels: { instance: historyLabels.instance } }],
      },
    ],
  };
};

const aiopsConfig = (ports: Ports, folders: Folders, tokenFile: string): object => ({
  server: { listen: loopback(ports.backend), tokenFile },
  grafana: { url: `http://${loopback(ports.host)}`, tokenFile: path.join(folders.state, 'grafana-token') },
  store: `sqlite:${path.join(folders.state, 'aiops.db')}`,
  sources: [
    // everything is on this machine: what was scraped is there after a moment
    { name: 'prometheus', kind: 'prometheus', url: `http://${loopback(ports.prometheus)}`, delay: '6s' },
  ],
  writers: [
    {
      name: 'prometheus',
      url: `http://${loopback(ports.prometheus)}/api/v1/write`,
      dialects: ['aiops', 'grafana-ml'],
      horizons: ['5m'],
    },
  ],
  alertmanagers: [{ url: `http://${loopback(ports.alertmanager)}` }],
  webhooks: [{ name: 'alertmanager', kind: 'alertmanager', bearerTokenFile: tokenFile }],
  engines: [{ name: 'ansible', kind: 'ansible', inventory: 'inventory/hosts.yaml', playbooks: 'playbooks' }],
});

/** Alerts go to the webhook of the backend; the short times are the demo's. */
const alertmanagerConfig = (ports: Ports, tokenFile: string): object => ({
  route: {
    ...{ receiver: 'aiops', group_by: ['alertname', 'instance'] },
    ...{ group_wait: '1s', group_interval: '5s', repeat_interval: '1h' },
  },
  receivers: [
    {
      name: 'aiops',
      webhook_configs: [
        {
          url: `http://${loopback(ports.backend)}/api/v1/webhooks/alertmanager`,
          http_config: { authorization: { credentials_file: tokenFile } },
        },
      ],
    },
  ],
});

/** The provisioned jobs as they are, except that the demo has one source. */
async function writeJobs(target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  const delivered = path.join(root, 'provisioning/aiops/jobs');
  for (const name of await readdir(delivered)) {
    const file = parse(await readFile(path.join(delivered, name), 'utf8')) as { jobs: object[] };
    const jobs = file.jobs.map((job) => ({ ...job, source: 'prometheus' }));
    await writeFile(path.join(target, name), stringify({ jobs }));
  }
  await writeFile(path.join(target, 'datacenter.yaml'), stringify({ jobs: historyJobs }));
  await writeFile(path.join(target, 'shop-latency.yaml'), stringify({ jobs: [shopJob] }));
}

async function writeDashboards(target: string, jobs: string): Promise<void> {
  await mkdir(target, { recursive: true });
  const delivered = path.join(root, 'dashboards');
  for (const name of await readdir(delivered)) {
    await writeFile(path.join(target, name), await readFile(path.join(delivered, name)));
  }
  await writeFile(path.join(target, 'service-with-forecast.json'), JSON.stringify(serviceDashboard(serviceJobs(jobs))));
  await writeFile(path.join(target, 'shop.json'), JSON.stringify(shopDashboard()));
}

export interface DemoFiles {
  readonly prometheus: string;
  readonly alertmanager: string;
  readonly aiops: string;
  readonly dashboards: string;
}

/** Writes the configuration of every process of the demo for the ports it got. */
export async function writeFiles(
  ports: Ports,
  folders: Folders,
  { token, grafanaToken }: { readonly token: string; readonly grafanaToken: string }
): Promise<DemoFiles> {
  const at = (...names: string[]): string => path.join(folders.state, ...names);
  await mkdir(at('aiops'), { recursive: true });
  const tokenFile = at('token');
  await writeFile(tokenFile, token, { mode: 0o600 });
  await writeFile(at('grafana-token'), grafanaToken, { mode: 0o600 });
  await writeFile(at('rules.yml'), stringify(serviceRules()));
  await writeFile(at('prometheus.yml'), stringify(prometheusConfig(ports, tokenFile, at('rules.yml'))));
  await writeFile(at('alertmanager.yml'), stringify(alertmanagerConfig(ports, tokenFile)));
  await writeFile(at('aiops', 'aiops.yaml'), stringify(aiopsConfig(ports, folders, tokenFile)));
  await writeJobs(at('aiops', 'jobs'));
  await writeServiceFiles(at('aiops'), folders, ports);
  await writeDashboards(at('dashboards'), at('aiops', 'jobs'));
  return {
    prometheus: at('prometheus.yml'),
    alertmanager: at('alertmanager.yml'),
    aiops: at('aiops', 'aiops.yaml'),
    dashboards: at('dashboards'),
  };
}
