/** Writes `dashboards/*.json` from the query functions that the plugin uses: `node test/support/dashboards/build.ts`. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { capacityDashboard } from './capacity.ts';
import { healthDashboard } from './health.ts';
import { remediationDashboard } from './remediation.ts';
import { serviceJobs } from './provisioned-jobs.ts';
import { serviceDashboard } from './service.ts';

const root = path.resolve(import.meta.dirname, '../../..');

/** File name to content of the dashboards that the repository delivers. */
export async function dashboardFiles(): Promise<ReadonlyMap<string, string>> {
  const jobs = serviceJobs(path.join(root, 'provisioning/aiops/jobs'));
  const dashboards = {
    'service-with-forecast.json': serviceDashboard(jobs),
    'capacity.json': capacityDashboard(),
    'aiops-health.json': healthDashboard(),
    'remediation.json': remediationDashboard(),
  };
  const options = { ...(await resolveConfig(path.join(root, 'dashboards/any.json'))), parser: 'json' };
  const files = Object.entries(dashboards).map(
    async ([name, dashboard]) => [name, await format(JSON.stringify(dashboard), options)] as const
  );
  return new Map(await Promise.all(files));
}

if (import.meta.main) {
  for (const [name, content] of await dashboardFiles()) {
    writeFileSync(path.join(root, 'dashboards', name), content);
    console.log(`dashboards/${name}`);
  }
}
