import { z } from 'zod';
import { JobSpec } from '../contract/job.ts';
import { jobSpecFaults } from '../jobs/job-spec-faults.ts';
import type { ProvisionedJob } from '../jobs/provisioned-job.ts';
import { checkSchema } from './check-schema.ts';
import { suggestion } from './nearest.ts';
import type { ConfigProblem } from './problems.ts';
import type { YamlFile } from './yaml-file.ts';
import { readYamlFolder } from './yaml-folder.ts';

/** What the keys of a job may name. */
interface KnownNames {
  readonly source: readonly string[];
  readonly write: readonly string[];
  readonly calendars: readonly string[];
}

export interface JobFiles {
  readonly jobs: readonly ProvisionedJob[];
  readonly problems: readonly ConfigProblem[];
}

const JobsFile = z.strictObject({ jobs: z.array(z.unknown()).max(10_000) });

const example = 'jobs:\n  - name: checkout-latency\n    query: …';

/** Reads every `*.yaml` and `*.yml` of a folder; no folder means no jobs. */
export function readJobFiles(folder: string, known: KnownNames): JobFiles {
  const { files, problems } = readYamlFolder(folder, `a file of jobs begins\n${example}`);
  const read = files.map((file) => checkJobFile(file, known));
  const jobs = read.flatMap((file) => file.jobs);
  return { jobs, problems: [...problems, ...read.flatMap((file) => file.problems), ...duplicates(jobs)] };
}

function checkJobFile(file: YamlFile, known: KnownNames): JobFiles {
  const { value, problems } = checkSchema(JobsFile, file.value, { file, base: [] });
  const checked = (value?.jobs ?? []).map((job, index) => checkJob(file, job, index, known));
  return {
    jobs: checked.flatMap(({ job }) => job ?? []),
    problems: [...problems, ...checked.flatMap((entry) => entry.problems)],
  };
}

function checkJob(
  file: YamlFile,
  job: unknown,
  index: number,
  known: KnownNames
): { job?: ProvisionedJob; problems: readonly ConfigProblem[] } {
  const base = ['jobs', index];
  const name = nameOf(job);
  const { value, problems } = checkSchema(JobSpec, job, { file, base });
  const inJob = (message: string) => (name === undefined ? message : `job "${name}": ${message}`);
  if (value === undefined) {
    return { problems: problems.map((problem) => ({ ...problem, message: inJob(problem.message) })) };
  }
  const faults = jobSpecFaults(value).map(({ key, message }): ConfigProblem => {
    return { where: file.file, ...file.positionOf([...base, key]), message: inJob(`${key}: ${message}`) };
  });
  const unknown = unknownNames(value, known).map(({ key, message }): ConfigProblem => {
    return { where: file.file, ...file.positionOf([...base, key]), message: inJob(message) };
  });
  const { line } = file.positionOf([...base, 'name']);
  return { job: { spec: value, file: file.file, line }, problems: [...faults, ...unknown] };
}

function unknownNames(spec: JobSpec, known: KnownNames): ReadonlyArray<{ key: keyof KnownNames; message: string }> {
  const named = [
    { key: 'source' as const, what: 'source', names: spec.source === undefined ? [] : [spec.source] },
    { key: 'write' as const, what: 'writer', names: spec.write === undefined ? [] : [spec.write] },
    { key: 'calendars' as const, what: 'calendar', names: spec.calendars },
  ];
  return named.flatMap(({ key, what, names }) =>
    names
      .filter((name) => !known[key].includes(name))
      .map((name) => ({ key, message: `${what} "${name}" does not exist${suggestion(name, known[key])}` }))
  );
}

function nameOf(job: unknown): string | undefined {
  const name: unknown = typeof job === 'object' && job !== null ? Reflect.get(job, 'name') : undefined;
  return typeof name === 'string' ? name : undefined;
}

/** A name stands for one job: each place after the first is a problem that names the first. */
function duplicates(jobs: readonly ProvisionedJob[]): readonly ConfigProblem[] {
  const first = new Map<string, ProvisionedJob>();
  return jobs.flatMap((job) => {
    const earlier = first.get(job.spec.name);
    first.set(job.spec.name, earlier ?? job);
    if (earlier === undefined) {
      return [];
    }
    const message = `job "${job.spec.name}" is already in ${earlier.file}:${earlier.line}; a name stands for one job`;
    return [{ where: job.file, line: job.line, column: 1, message }];
  });
}
