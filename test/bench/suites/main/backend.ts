import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createApp } from '../../../../backend/src/app.ts';
import { loadConfig } from '../../../../backend/src/config.ts';
import { createLogger } from '../../../../backend/src/observability/logger.ts';

export interface BenchBackend {
  readonly url: string;
  stop(): Promise<void>;
}

/** The real backend in this process on a free port, with its store in a temporary folder. */
export async function startBackend(options: { jobs?: string; sourceUrl?: string } = {}): Promise<BenchBackend> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'aiops-bench-'));
  const file = path.join(dir, 'aiops.yaml');
  const lines = [
    'server: { listen: 127.0.0.1:0 }',
    `store: sqlite:${path.join(dir, 'aiops.db')}`,
    'limits: { workers: 2 }',
    `sources: [{ name: main, kind: prometheus, url: ${options.sourceUrl ?? 'http://127.0.0.1:9'} }]`,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  if (options.jobs !== undefined) {
    mkdirSync(path.join(dir, 'jobs'));
    writeFileSync(path.join(dir, 'jobs', 'bench.yaml'), options.jobs);
  }
  const app = await createApp(loadConfig({ file, env: {} }), {
    logger: createLogger({ level: 'error' }),
  });
  const { url } = await app.start();
  return {
    url: url.replace(/\/$/, ''),
    stop: async () => {
      await app.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
