/**
 * `npm run demo`: the whole product on this machine, without Docker. Prints one address; Ctrl-C ends all of it.
 * `--once` runs the line through, takes the pictures, checks them and exits; `--keep` keeps what an earlier run stored.
 */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root, type Folders } from './places.ts';
import { startLine, type DemoLine, type Step } from './line.ts';
import { runOnce } from './once.ts';
import { Processes } from './processes.ts';
import { waitForForecast } from './forecast-ready.ts';

const onceDeadlineMs = 10 * 60_000;
const startMs = Date.now();
const seconds = (fromMs: number): string => `${((Date.now() - fromMs) / 1000).toFixed(1)} s`;

const step: Step = async (title, work) => {
  const fromMs = Date.now();
  console.log(`  ${title} …`);
  const result = await work();
  console.log(`  ${title}: ${seconds(fromMs)}`);
  return result;
};

const demoDir = path.join(root, '.demo');
const folders: Folders = {
  state: path.join(demoDir, 'state'),
  logs: path.join(demoDir, 'logs'),
  pictures: path.join(demoDir, 'pictures'),
};

/** Where to look first: the dashboard of the replayed history. */
const firstPage = (line: DemoLine): string => `${line.hostUrl}/d/aiops-service?var-job=datacenter-cpu`;

function guide(line: DemoLine): string {
  return `
  Ready after ${seconds(startMs)}:

      ${firstPage(line)}

  What to look at:
    - the band goes on for a day after now; it is asked from the backend like any Prometheus series
    - menu of a panel (top right corner) > Extensions > Forecast and anomalies: the same for any metric, and "Create job"
    - AIOps in the navigation: Overview, Forecasts (back-test of every model), Settings
    - ${line.shopUrl} has buttons that break the shop: watch ${line.hostUrl}/d/shop, a dashboard without AIOps, meanwhile,
      then AIOps > Anomalies and http://${new URL(line.alertmanagerUrl).host}
    - the same page kills services: AIOps > Remediation restarts payment alone and proves it; mailer waits for you: menu of
      the alert on ${line.hostUrl}/d/shop > Remediate alert
    - ?theme=light and ?role=Viewer at the end of an address change the looks and the rights

  Prometheus ${line.prometheusUrl}   backend ${line.backendUrl}   logs in ${path.relative(process.cwd(), folders.logs) || '.'}
  Ctrl-C ends all of it.
`;
}

async function untilSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => resolve());
  }
  await promise;
}

async function prepareFolders(keep: boolean): Promise<void> {
  if (!keep) {
    await rm(folders.state, { recursive: true, force: true });
  }
  await rm(folders.logs, { recursive: true, force: true });
  await mkdir(folders.logs, { recursive: true });
}

async function deadline(ms: number): Promise<never> {
  return await new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error(`not through after ${ms / 60_000} minutes`)), ms).unref();
  });
}

async function runDemo(
  once: boolean,
  processes: Processes,
  onStop: (stop: () => Promise<void>) => void
): Promise<void> {
  const line = await startLine({ folders, processes, step, onStop });
  await step('waiting for the first forecast', () => waitForForecast(line));
  if (once) {
    await runOnce({ line, step, firstPage: firstPage(line), pictures: folders.pictures });
    console.log(`  The line ran through in ${seconds(startMs)}; pictures in ${folders.pictures}`);
    return;
  }
  console.log(guide(line));
  await new Promise(() => undefined);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { once: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false } },
  });
  await prepareFolders(values.keep);
  const processes = new Processes(folders.logs);
  const stops: Array<() => Promise<void>> = [];
  try {
    await Promise.race([
      runDemo(values.once, processes, (stop) => stops.push(stop)),
      processes.crashed,
      untilSignal(),
      ...(values.once ? [deadline(onceDeadlineMs)] : []),
    ]);
  } catch (error) {
    console.error(`\n${error instanceof Error ? error.message : String(error)}\nLogs: ${folders.logs}`);
    process.exitCode = 1;
  }
  console.log('  ending all processes …');
  await Promise.allSettled(stops.reverse().map((stop) => stop()));
  await processes.stop();
}

await main();
process.exit();
