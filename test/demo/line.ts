import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import type http from 'node:http';
import path from 'node:path';
import { buildHost } from '../plugin-host/build.ts';
import { startHostServer, type DataSourceEntry, type HostServer } from '../plugin-host/server.ts';
import { buildPlugin } from './build-plugin.ts';
import { writeFiles, type DemoFiles } from './files.ts';
import { root, type Folders, type Ports } from './places.ts';
import { readHistory, slotStartMs, startReplay, writeOpenMetrics } from './history.ts';
import { choosePorts } from './ports.ts';
import type { Processes } from './processes.ts';
import { pidFileOf, services, startServices, stopServices } from './services.ts';
import { writeShopPast } from './shop/past.ts';
import { waitFor, waitForOk } from './wait.ts';

const usualPorts: Ports = {
  prometheus: 9090,
  alertmanager: 9093,
  nodeExporter: 9100,
  replay: 9101,
  shop: 8080,
  payment: 8081,
  mailer: 8082,
  backend: 9099,
  host: 3000,
};
const promtoolDeadlineMs = 120_000;
const firstRatesDeadlineMs = 60_000;

/** Says what is being done and how long it took. */
export type Step = <T>(title: string, work: () => Promise<T>) => Promise<T>;

/** The running demo, as far as one talks to it. */
export interface DemoLine {
  readonly hostUrl: string;
  readonly backendUrl: string;
  readonly prometheusUrl: string;
  readonly alertmanagerUrl: string;
  readonly shopUrl: string;
  readonly token: string;
  /** Of the service account that the backend uses in Grafana. */
  readonly grafanaToken: string;
}

export interface LineSpec {
  readonly folders: Folders;
  readonly processes: Processes;
  readonly step: Step;
  readonly onStop: (stop: () => Promise<void>) => void;
}

const loopbackUrl = (port: number): string => `http://127.0.0.1:${port}`;

async function promtool(args: readonly string[]): Promise<void> {
  const child = spawn('promtool', args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: promtoolDeadlineMs });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors = `${errors}${chunk.toString()}`.slice(-4000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) {
    throw new Error(`promtool ${args.join(' ')} ended with ${code ?? 'a timeout'}: ${errors}`);
  }
}

/** Fills an empty Prometheus with four weeks that end now, and goes on replaying; a kept one goes on where it was. */
async function prepareHistory(folders: Folders, ports: Ports): Promise<http.Server> {
  const data = path.join(folders.state, 'prometheus');
  const startFile = path.join(folders.state, 'live-from');
  const history = await readHistory();
  if (!existsSync(startFile)) {
    const liveFromMs = slotStartMs(Date.now());
    const text = path.join(folders.state, 'history.om');
    const shopLabels = { job: 'shop', instance: `127.0.0.1:${ports.shop}` };
    await writeOpenMetrics(history, liveFromMs, text, (out) => writeShopPast(out, Date.now(), shopLabels));
    const unfinished = `${data}.unfinished`;
    await promtool([
      'tsdb',
      'create-blocks-from',
      '--quiet',
      'openmetrics',
      '--max-block-duration=720h',
      text,
      unfinished,
    ]);
    await rm(text);
    await rename(unfinished, data);
    await writeFile(startFile, String(liveFromMs));
  }
  return await startReplay(history, Number(await readFile(startFile, 'utf8')), ports.replay);
}

async function startServers({ processes, folders }: LineSpec, ports: Ports, files: DemoFiles): Promise<void> {
  const pidFiles = Object.fromEntries(services.map((name) => [name, pidFileOf(folders, name)]));
  const state = path.dirname(files.prometheus);
  processes.start({
    name: 'prometheus',
    command: [
      'prometheus',
      `--config.file=${files.prometheus}`,
      `--storage.tsdb.path=${path.join(state, 'prometheus')}`,
      '--storage.tsdb.retention.time=60d',
      '--web.enable-remote-write-receiver',
      `--web.listen-address=127.0.0.1:${ports.prometheus}`,
    ],
  });
  processes.start({
    name: 'alertmanager',
    command: [
      'prometheus-alertmanager',
      `--config.file=${files.alertmanager}`,
      `--storage.path=${path.join(state, 'alertmanager')}`,
      `--web.listen-address=127.0.0.1:${ports.alertmanager}`,
      '--cluster.listen-address=',
    ],
  });
  processes.start({
    name: 'node-exporter',
    command: [
      'prometheus-node-exporter',
      `--web.listen-address=127.0.0.1:${ports.nodeExporter}`,
      '--no-collector.systemd',
    ],
  });
  processes.start({
    name: 'shop',
    command: [process.execPath, path.join(root, 'test/demo/shop.ts')],
    env: { SHOP_LISTEN: `127.0.0.1:${ports.shop}`, SHOP_SERVICES: JSON.stringify(pidFiles) },
  });
  await Promise.all([
    waitForOk('Prometheus', `${loopbackUrl(ports.prometheus)}/-/ready`, 60_000),
    waitForOk('Alertmanager', `${loopbackUrl(ports.alertmanager)}/-/ready`),
    waitForOk('the node exporter', `${loopbackUrl(ports.nodeExporter)}/metrics`),
    waitForOk('the demo shop', `${loopbackUrl(ports.shop)}/healthz`),
  ]);
}

/** Two scrapes of the machine and of the shop, so that the jobs over their rates find a series when they first look. */
async function waitForFirstRates(port: number): Promise<void> {
  for (const counter of ['node_cpu_seconds_total', 'http_server_request_duration_seconds_count{job="shop"}']) {
    const query = encodeURIComponent(`count(rate(${counter}[5m]))`);
    await waitFor(`two samples of ${counter}`, firstRatesDeadlineMs, async (signal) => {
      const answer = await fetch(`${loopbackUrl(port)}/api/v1/query?query=${query}`, { signal });
      const { data } = (await answer.json()) as { data?: { result: unknown[] } };
      return data !== undefined && data.result.length > 0 ? true : undefined;
    });
  }
}

async function startBackend({ processes }: LineSpec, ports: Ports, files: DemoFiles): Promise<void> {
  processes.start({
    name: 'backend',
    command: [process.execPath, path.join(root, 'backend/src/main.ts'), 'serve', '--config', files.aiops],
    env: { NODE_ENV: 'production' },
  });
  await waitForOk('the backend', `${loopbackUrl(ports.backend)}/readyz`);
}

function dataSources(ports: Ports, token: string): readonly DataSourceEntry[] {
  const authorization = `Basic ${Buffer.from(`grafana:${token}`).toString('base64')}`;
  return [
    {
      uid: 'prometheus',
      name: 'Prometheus',
      type: 'prometheus',
      url: loopbackUrl(ports.prometheus),
      jsonData: { httpMethod: 'POST', timeInterval: '5s' },
    },
    {
      uid: 'aiops',
      name: 'AIOps forecasts',
      type: 'prometheus',
      url: `${loopbackUrl(ports.backend)}/prometheus`,
      headers: { authorization },
      jsonData: { httpMethod: 'POST', timeInterval: '1m' },
    },
  ];
}

/** Starts the whole line: metrics, backend, Grafana's stand-in with the built plugin. */
export async function startLine(spec: LineSpec): Promise<DemoLine> {
  const { folders, step, onStop } = spec;
  const token = randomBytes(24).toString('hex');
  const grafanaToken = `glsa_${randomBytes(24).toString('hex')}`;
  const ports = await choosePorts(usualPorts);
  await mkdir(folders.state, { recursive: true });
  const files = await writeFiles(ports, folders, { token, grafanaToken });
  onStop(() => stopServices(folders));
  await startServices(folders, ports);
  const replay = await step('back-filling four weeks of recorded history', () => prepareHistory(folders, ports));
  onStop(async () => {
    replay.closeAllConnections();
    await new Promise((resolve) => replay.close(resolve));
  });
  await step('starting Prometheus, Alertmanager, node exporter and the demo shop', () =>
    startServers(spec, ports, files)
  );
  const progress = (line: string): void => console.log(`    ${line}`);
  const dist = await step('preparing the plugin', () => buildPlugin(progress));
  const hostDist = await step('preparing the browser host', () => buildHost('12', progress));
  await step('waiting for the first rates', () => waitForFirstRates(ports.prometheus));
  await step('starting the backend', () => startBackend(spec, ports, files));
  const host: HostServer = await step('opening the browser host', () =>
    startHostServer({
      distDir: dist,
      hostDist,
      dashboardDirs: [files.dashboards],
      datasources: dataSources(ports, token),
      backend: { url: loopbackUrl(ports.backend), token },
      serviceTokens: { [grafanaToken]: 'Editor' },
      port: ports.host,
      role: 'Admin',
    })
  );
  onStop(() => host.close());
  return {
    hostUrl: host.url,
    backendUrl: loopbackUrl(ports.backend),
    prometheusUrl: loopbackUrl(ports.prometheus),
    alertmanagerUrl: loopbackUrl(ports.alertmanager),
    shopUrl: loopbackUrl(ports.shop),
    token,
    grafanaToken,
  };
}
