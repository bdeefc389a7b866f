/**
 * `node run-and-die.ts JSON`: a backend that runs one playbook, prints the handle of its process and can be killed.
 * With `hold` it never says that the handle is stored.
 */
import { systemClock } from '../../../backend/src/clock.ts';
import { AnsibleEngine } from '../../../backend/src/remediation/engines/ansible/ansible-engine.ts';
import type { AnsibleSettings } from '../../../backend/src/remediation/engines/ansible/ansible-settings.ts';
import type { EngineTask } from '../../../backend/src/remediation/engines/automation-engine.ts';
import { createLogger } from '../../../backend/src/observability/logger.ts';
import { StartedRuns } from '../../../backend/src/remediation/engines/started-runs.ts';

export interface Orders {
  readonly settings: AnsibleSettings;
  readonly runFolder: string;
  readonly startedFolder: string;
  readonly task: EngineTask;
  readonly hold: boolean;
}

const orders = JSON.parse(process.argv[2] ?? '') as Orders;
const engine = new AnsibleEngine({
  ...{ settings: orders.settings, runFolder: orders.runFolder, clock: systemClock, path: '/usr/bin:/bin' },
  ...{ started: new StartedRuns(orders.startedFolder, systemClock), logger: createLogger({ level: 'silent' }) },
});
const never = new AbortController().signal;
const { digest } = await engine.prepare(orders.task, never);
const listener = {
  started: async (handle: object) => {
    process.stdout.write(`${JSON.stringify(handle)}\n`);
    await (orders.hold ? new Promise(() => undefined) : Promise.resolve());
  },
  event: () => undefined,
};
await engine.run(orders.task, digest, listener, never);
