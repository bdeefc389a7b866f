import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { openDatabase } from '../../../../backend/src/store/database.ts';
import { serveBackend, type ServedBackend } from '../../../support/spawn-aiops.ts';

export const token = 'token-of-the-bench-with-32-letters';
const pollMs = 100;

/** The backend as its own process, with one webhook and nothing else to do. */
export interface IngestLine {
  /** Of the process that runs now. */
  url(): string;
  /** kill -9, then a new process over the same store. */
  restart(): Promise<void>;
  status(): Promise<{ readonly openEpisodes: number; readonly waiting: number }>;
  /** Waits until all that was taken is worked on. */
  settle(deadlineMs: number): Promise<void>;
  residentBytes(): Promise<number>;
  /** Ends the backend. @returns fingerprints of all episodes, one each */
  finish(): Promise<readonly string[]>;
}

const Status = z.object({ openEpisodes: z.number(), webhooks: z.array(z.object({ waiting: z.number() })) });

export async function startIngestLine(): Promise<IngestLine> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'aiops-ingest-'));
  const file = path.join(folder, 'aiops.db');
  const config = writeConfig(folder, file);
  let backend = await serveBackend(config);
  const status = async () => {
    const answer = await fetch(new URL('/api/v1/remediation/status', backend.url));
    const { openEpisodes, webhooks } = Status.parse(await answer.json());
    return { openEpisodes, waiting: webhooks.reduce((sum, { waiting }) => sum + waiting, 0) };
  };
  return {
    url: () => backend.url,
    status,
    async restart() {
      await backend.crash();
      backend = await serveBackend(config);
    },
    async settle(deadlineMs) {
      const giveUpAtMs = Date.now() + deadlineMs;
      while ((await status()).waiting > 0) {
        if (Date.now() > giveUpAtMs) {
          throw new Error(`messages still wait after ${deadlineMs / 1000} s`);
        }
        await sleep(pollMs);
      }
    },
    residentBytes: () => residentBytes(backend),
    async finish() {
      await backend.crash();
      const database = await openDatabase({ file });
      const rows = await database.selectFrom('episodes').select('fingerprint').execute();
      await database.destroy();
      rmSync(folder, { recursive: true, force: true });
      return rows.map(({ fingerprint }) => fingerprint);
    },
  };
}

async function residentBytes({ url }: ServedBackend): Promise<number> {
  const text = await (await fetch(new URL('/metrics', url))).text();
  return Number(/^aiops_process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]);
}

function writeConfig(folder: string, database: string): string {
  const file = path.join(folder, 'aiops.yaml');
  writeFileSync(path.join(folder, 'token'), token);
  writeFileSync(
    file,
    [
      'server: { listen: 127.0.0.1:0 }',
      `store: sqlite:${database}`,
      'sources: [{ name: main, url: "http://127.0.0.1:9" }]',
      'webhooks: [{ name: alertmanager, kind: alertmanager, bearerTokenFile: token }]',
      'telemetry: { logLevel: error }',
      '',
    ].join('\n')
  );
  return file;
}
