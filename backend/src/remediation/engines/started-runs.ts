import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../clock.ts';
import { AppError } from '../../errors.ts';

const keptMs = 90 * 86_400_000;

/** A short name of a run that is fit for files and sockets. */
export function runMark(runId: string): string {
  return createHash('sha256').update(runId).digest('hex').slice(0, 16);
}

/** Remembers on disk which runs have been started, so that none starts twice, whatever has died in between. */
export class StartedRuns {
  readonly #folder: string;

  constructor(folder: string, clock: Pick<Clock, 'nowMs'>) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const info = statSync(path, { throwIfNoEntry: false });
      if (info !== undefined && info.mtimeMs < clock.nowMs() - keptMs) {
        rmSync(path, { force: true });
      }
    }
  }

  /** @throws AppError `conflict` for a run that was claimed before */
  claim(runId: string): void {
    try {
      writeFileSync(join(this.#folder, runMark(runId)), '', { flag: 'wx', mode: 0o600 });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST') {
        throw new AppError('conflict', `run ${runId} was started before; the same run never starts twice`, { cause });
      }
      throw cause;
    }
  }
}
