import type { Logger } from 'pino';
import type { JobSpec } from '../contract/job.ts';
import { trainingKey, type JobRecord } from './job-record.ts';
import type { JobRepository } from './job-repository.ts';
import type { JobSources } from './job-sources.ts';
import type { ProvisionedJob } from './provisioned-job.ts';

export interface ReconcileDeps {
  readonly jobs: JobRepository;
  readonly sources: JobSources;
  readonly logger: Logger;
  readonly nowMs: number;
}

const byFiles = 'provisioning';

/**
 * Makes the jobs of the files the jobs of the store: new ones are added, changed ones updated, and those that no file
 * defines any more are removed. A file wins a name: a job of the API with the same definition is taken over with its
 * forecasts, one with another definition is kept aside under a new name.
 */
export async function reconcileJobs(deps: ReconcileDeps, provisioned: readonly ProvisionedJob[]): Promise<void> {
  const known = new Map((await deps.jobs.all()).map((record) => [record.spec.name, record]));
  const inFiles = new Set(provisioned.map(({ spec }) => spec.name));
  for (const [name, record] of known) {
    if (record.origin.kind === 'file' && !inFiles.has(name)) {
      await deps.jobs.remove(name);
      deps.logger.info({ job: name, file: record.origin.file }, 'job removed: no file defines it any more');
    }
  }
  for (const job of provisioned) {
    await reconcileOne(deps, job, known);
  }
}

async function reconcileOne(
  deps: ReconcileDeps,
  job: ProvisionedJob,
  known: ReadonlyMap<string, JobRecord>
): Promise<void> {
  const { jobs, logger, nowMs } = deps;
  const { spec, file, line } = job;
  const origin = { kind: 'file' as const, file, line };
  const change = { spec, origin, nowMs, by: byFiles };
  const record = known.get(spec.name);
  if (record === undefined) {
    await jobs.insert(change);
    logger.info({ job: spec.name, file }, 'job added from a file');
    return;
  }
  if (record.origin.kind === 'api' && !sameTraining(deps.sources, record.spec, spec)) {
    const newName = freeName(spec.name, known);
    const reason =
      `${file}:${line} now defines a job "${spec.name}"; this one, made in the interface, was kept as "${newName}" ` +
      'and is not trained: delete it, or save it again to train it under its new name';
    await jobs.setAside(record, newName, reason);
    await jobs.insert(change);
    logger.warn({ job: spec.name, file, keptAs: newName }, 'a file took the name of a job of the API');
    return;
  }
  if (JSON.stringify([record.spec, record.origin]) !== JSON.stringify([spec, origin])) {
    await jobs.update(spec.name, change);
    logger.info({ job: spec.name, file }, 'job updated from a file');
  }
}

function sameTraining(sources: JobSources, a: JobSpec, b: JobSpec): boolean {
  return trainingKey(a, sources.nameOf(a)) === trainingKey(b, sources.nameOf(b));
}

// A name holds at most 63 characters.
const maxStemLength = 55;

function freeName(name: string, known: ReadonlyMap<string, JobRecord>): string {
  const stem = `${name.slice(0, maxStemLength).replace(/-+$/, '')}-api`;
  let free = stem;
  for (let i = 2; known.has(free); i++) {
    free = `${stem}-${i}`;
  }
  return free;
}
