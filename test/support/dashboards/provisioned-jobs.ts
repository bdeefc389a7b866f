import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { JobSpec } from '../../../backend/src/contract/index.ts';
import type { ServiceJob } from './service.ts';

const JobsFile = z.strictObject({ jobs: z.array(JobSpec) });

/** The jobs of the files in a folder, in the order of file names. */
function readJobs(folder: string): readonly JobSpec[] {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort();
  return names.flatMap((name) => JobsFile.parse(parse(readFileSync(path.join(folder, name), 'utf8'))).jobs);
}

const titleOf = ({ title, name }: JobSpec): string => (typeof title === 'object' ? title.en : title) ?? name;

/** What the service dashboard draws: sources of `aiops.yaml` have data sources of the same uid in Grafana. */
export function serviceJobs(folder: string): readonly ServiceJob[] {
  return readJobs(folder).map((job) => ({
    name: job.name,
    title: titleOf(job),
    query: job.query,
    unit: job.unit,
    datasourceUid: job.source ?? 'prometheus',
  }));
}
