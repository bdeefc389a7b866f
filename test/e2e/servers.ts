import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildPlugin } from '../demo/build-plugin.ts';
import { choosePorts } from '../demo/ports.ts';
import { Processes } from '../demo/processes.ts';
import { waitForOk } from '../demo/wait.ts';
import { buildHost } from '../plugin-host/build.ts';
import {
  startHostServer,
  type DataSourceEntry,
  type HostServer,
  type HostServerOptions,
} from '../plugin-host/server.ts';
import { startGauges, type Gauges } from './gauges.ts';
import { backfill } from './history.ts';
import { startAlertmanager, workerAlert, writeRemediation } from './remediation-servers.ts';

/** Where the journeys find everything; handed from the setup to the test workers as JSON in the environment. */
export interface Addresses {
  readonly backend: string;
  readonly prometheus: string;
  readonly token: string;
  /** The service with a fault switch. */
  readonly gauges: string;
  /** Hosts by what is special about them. */
  readonly grafana12: string;
  readonly grafana13: string;
  /** Below `/grafana`, with a backend that does not run. */
  readonly backendDown: string;
  /** With another token than the backend's. */
  readonly wrongToken: string;
}

const environmentName = 'AIOPS_JOURNEYS';
const token = 'token-of-the-journeys-0123456789';
const serviceToken = 'service-account-of-the-journeys';
const usualPorts = { prometheus: 27090, alertmanager: 27093, backend: 27099, grafana12: 27012, nobody: 27009 };

/** For the test workers: what the setup started. */
export function addresses(): Addresses {
  const text = process.env[environmentName];
  if (text === undefined) {
    throw new Error('the journeys are started with playwright and its global setup');
  }
  return JSON.parse(text) as Addresses;
}

type Ports = Readonly<Record<keyof typeof usualPorts, number>>;
const local = (port: number): string => `http://127.0.0.1:${port}`;

async function startPrometheus(processes: Processes, folder: string, ports: Ports, gauges: Gauges): Promise<void> {
  const port = ports.prometheus;
  const config = path.join(folder, 'prometheus.yml');
  await writeFile(path.join(folder, 'rules.yml'), workerAlert);
  const target = `{ targets: ['${new URL(gauges.url).host}'], labels: { instance: gauges } }`;
  const scrape = `{ job_name: gauges, scrape_interval: 1s, scrape_timeout: 1s, static_configs: [${target}] }`;
  const alerting = `alertmanagers: [{ static_configs: [{ targets: ['127.0.0.1:${ports.alertmanager}'] }] }]`;
  const lines = [
    'global: { evaluation_interval: 1s }',
    'rule_files: [rules.yml]',
    `alerting: { ${alerting} }`,
    `scrape_configs: [${scrape}]`,
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  processes.start({
    name: 'prometheus',
    command: [
      'prometheus',
      `--config.file=${config}`,
      `--storage.tsdb.path=${await backfill(folder)}`,
      '--storage.tsdb.retention.time=90d',
      `--web.listen-address=127.0.0.1:${port}`,
    ],
  });
  await waitForOk('Prometheus', `${local(port)}/-/ready`, 60_000);
}

async function startBackend(processes: Processes, folder: string, ports: Ports, gauges: Gauges): Promise<void> {
  const config = path.join(folder, 'aiops.yaml');
  const tokenFile = path.join(folder, 'grafana-token');
  await writeFile(tokenFile, serviceToken);
  const lines = [
    `server: { listen: 127.0.0.1:${ports.backend} }`,
    `grafana: { url: ${local(ports.grafana12)}, tokenFile: ${tokenFile} }`,
    `store: sqlite:${path.join(folder, 'aiops.db')}`,
    `sources: [{ name: prometheus, kind: prometheus, url: ${local(ports.prometheus)}, delay: 1s }]`,
    ...(await writeRemediation(folder, gauges.url)),
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  const main = path.resolve(import.meta.dirname, '../../backend/src/main.ts');
  processes.start({
    name: 'backend',
    command: [process.execPath, main, 'serve', '--config', config],
    env: { AIOPS_TOKEN: token, NODE_ENV: 'production' },
  });
  await waitForOk('the backend', `${local(ports.backend)}/readyz`, 60_000);
}

function dataSources(ports: Ports): DataSourceEntry[] {
  const authorization = `Basic ${Buffer.from(`grafana:${token}`).toString('base64')}`;
  return [
    {
      uid: 'prometheus',
      name: 'Prometheus',
      type: 'prometheus',
      url: local(ports.prometheus),
      jsonData: { timeInterval: '1m' },
    },
    {
      uid: 'aiops',
      name: 'AIOps forecasts',
      type: 'prometheus',
      url: `${local(ports.backend)}/prometheus`,
      headers: { authorization },
    },
  ];
}

async function startHosts(ports: Ports, distDir: string): Promise<Record<string, HostServer>> {
  const hostDist = await buildHost('12');
  const backend = { url: local(ports.backend), token };
  const common = {
    distDir,
    hostDist,
    dashboardDirs: [path.join(import.meta.dirname, 'dashboards')],
    editableDashboardDirs: [path.join(import.meta.dirname, 'editable-dashboards')],
    serviceTokens: { [serviceToken]: 'Editor' as const },
    datasources: dataSources(ports),
    backend,
  };
  const start = async (options: Partial<HostServerOptions>): Promise<HostServer> =>
    await startHostServer({ ...common, ...options });
  return {
    grafana12: await start({ port: ports.grafana12 }),
    grafana13: await start({ hostDist: await buildHost('13') }),
    backendDown: await start({ subPath: '/grafana', backend: { url: local(ports.nobody), token } }),
    wrongToken: await start({ backend: { ...backend, token: 'another-token-0123456789' } }),
  };
}

/**
 * Starts Prometheus with four weeks of history, the backend, and hosts in front of it; publishes their addresses.
 * @returns what ends all of it
 */
export async function startServers(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'aiops-journeys-'));
  await mkdir(path.join(folder, 'logs'));
  const processes = new Processes(path.join(folder, 'logs'));
  const ports = await choosePorts(usualPorts);
  const hosts: HostServer[] = [];
  const gauges = await startGauges();
  const stop = async (): Promise<void> => {
    await Promise.all(hosts.map(async (host) => await host.close()));
    await processes.stop();
    await gauges.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.race([startPrometheus(processes, folder, ports, gauges), processes.crashed]);
    await Promise.race([startBackend(processes, folder, ports, gauges), processes.crashed]);
    await Promise.race([startAlertmanager(processes, folder, ports), processes.crashed]);
    const started = await startHosts(ports, await buildPlugin(() => undefined));
    hosts.push(...Object.values(started));
    const urls = Object.fromEntries(Object.entries(started).map(([name, host]) => [name, host.url]));
    const found = {
      ...urls,
      backend: local(ports.backend),
      prometheus: local(ports.prometheus),
      gauges: gauges.url,
      token,
    };
    process.env[environmentName] = JSON.stringify(found);
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}
