import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { freePort } from './free-port.ts';
import { untilReady } from './until-ready.ts';

const ActiveAlerts = z.array(
  z.object({
    fingerprint: z.string(),
    startsAt: z.string(),
    endsAt: z.string(),
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()),
    generatorURL: z.string().optional(),
  })
);
export type ActiveAlert = z.infer<typeof ActiveAlerts>[number];

export interface RealAlertmanager {
  readonly url: string;
  /** Those that fire, as its API lists them. */
  activeAlerts(): Promise<readonly ActiveAlert[]>;
  stop(): Promise<void>;
}

const silentConfig = 'route: { receiver: none }\nreceivers: [{ name: none }]\n';

/** Starts the installed Alertmanager on its own, on a free port or the given one; it tells nobody unless its config says so. */
export async function startRealAlertmanager(onPort?: number, configText = silentConfig): Promise<RealAlertmanager> {
  const folder = await mkdtemp(join(tmpdir(), 'aiops-alertmanager-'));
  const config = join(folder, 'alertmanager.yml');
  await writeFile(config, configText);
  const port = onPort ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const server = spawn(
    'prometheus-alertmanager',
    [
      `--config.file=${config}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    { stdio: 'ignore' }
  );
  const exited = once(server, 'exit');
  await untilReady('Alertmanager (package prometheus-alertmanager)', url);
  return {
    url,
    async activeAlerts() {
      const answer = await fetch(`${url}/api/v2/alerts`, { signal: AbortSignal.timeout(10_000) });
      return ActiveAlerts.parse(await answer.json());
    },
    async stop() {
      server.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
