import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import { AnsibleEngine } from './ansible/ansible-engine.ts';
import type { AutomationEngine } from './automation-engine.ts';
import type { EngineSettings } from './engine-settings.ts';
import { StartedRuns } from './started-runs.ts';
import { WebhookEngine } from './webhook/webhook-engine.ts';

export interface Engines {
  readonly byName: ReadonlyMap<string, AutomationEngine>;
  stop(): Promise<void>;
}

/**
 * Builds the engines of the settings, in their order.
 * @param deps.runFolder a folder of this process only: what runs leave behind in it is removed
 */
export function createEngines(deps: {
  readonly engines: readonly EngineSettings[];
  readonly logger: Logger;
  readonly clock: Clock;
  readonly runFolder: string;
}): Engines {
  const { clock, logger, runFolder } = deps;
  const engines = deps.engines.map((settings): AutomationEngine => {
    const folder = join(runFolder, settings.name);
    const started = new StartedRuns(join(folder, 'started'), clock);
    if (settings.kind === 'webhook') {
      return new WebhookEngine({ settings, started });
    }
    const path = process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
    return new AnsibleEngine({ settings, runFolder: join(folder, 'runs'), started, clock, logger, path });
  });
  return {
    byName: new Map(engines.map((engine) => [engine.name, engine])),
    stop: async () => {
      await Promise.allSettled(engines.map((engine) => engine.stop()));
    },
  };
}
