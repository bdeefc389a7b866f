import type { JobSpec, JobSummary } from '../contract/job.ts';
import { AppError } from '../errors.ts';
import { checkSpec } from './check-spec.ts';
import { existingJob, type JobParts } from './job-parts.ts';
import type { JobChange } from './job-repository.ts';
import type { JobRecord } from './job-record.ts';
import type { Actor, Jobs } from './jobs.ts';
import { countSeries } from './training/count-series.ts';

/** What changes jobs: only those that no file defines. */
export function jobChanges(parts: JobParts): Pick<Jobs, 'create' | 'update' | 'remove' | 'retrain'> {
  return {
    create: (spec, actor, signal) => create(parts, { spec, actor }, signal),
    update: async (name, spec, actor, signal) => {
      await changeable(parts, name);
      if (spec.name !== name) {
        throw new AppError('invalid_request', `name: a job keeps its name ("${name}"); make a new job instead`);
      }
      await checkJob(parts, spec, signal);
      await parts.runner.whileHeld(name, () => parts.jobs.update(name, changeBy(parts, spec, actor)));
      parts.changed(name, 'updated');
      return parts.summaryOf(await existingJob(parts, name));
    },
    remove: async (name) => {
      await changeable(parts, name);
      await parts.runner.whileHeld(name, () => parts.jobs.remove(name));
      parts.changed(name, 'deleted');
    },
    retrain: (name) => retrain(parts, name),
  };
}

async function create(
  parts: JobParts,
  { spec, actor }: { readonly spec: JobSpec; readonly actor: Actor },
  signal: AbortSignal
): Promise<JobSummary> {
  if ((await parts.jobs.find(spec.name)) !== undefined) {
    throw nameTaken(spec.name);
  }
  await checkJob(parts, spec, signal);
  if (!(await parts.jobs.insert(changeBy(parts, spec, actor)))) {
    throw nameTaken(spec.name);
  }
  parts.changed(spec.name, 'created');
  parts.runner.wake();
  return parts.summaryOf(await existingJob(parts, spec.name));
}

async function retrain(parts: JobParts, name: string): Promise<JobSummary> {
  const record = await existingJob(parts, name);
  if (record.asideReason !== undefined) {
    throw new AppError('conflict', record.asideReason);
  }
  await parts.jobs.requestTraining(name, parts.clock.nowMs());
  parts.runner.wake();
  return parts.summaryOf(await existingJob(parts, name));
}

async function checkJob(parts: JobParts, spec: JobSpec, signal: AbortSignal): Promise<void> {
  checkSpec(spec);
  refuseUnknownCalendars(parts, spec);
  await countSeries(parts, spec, signal);
}

function refuseUnknownCalendars({ context }: JobParts, { calendars }: JobSpec): void {
  const known = context.calendarNames();
  const unknown = calendars.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const there = known.length === 0 ? 'there is none' : `there are: ${known.join(', ')}`;
    const message = `calendars: calendar "${unknown}" does not exist; ${there}`;
    throw new AppError('invalid_request', message, { context: { issues: [{ path: 'calendars', message }] } });
  }
}

function changeBy(parts: JobParts, spec: JobSpec, actor: Actor): JobChange {
  return { spec, origin: { kind: 'api', by: actor.name }, nowMs: parts.clock.nowMs(), by: actor.id };
}

async function changeable(parts: JobParts, name: string): Promise<JobRecord> {
  const record = await existingJob(parts, name);
  if (record.origin.kind === 'file') {
    const line = record.origin.line === undefined ? '' : `:${record.origin.line}`;
    const message = `job "${name}" is defined in ${record.origin.file}${line}: change it there and restart`;
    throw new AppError('read_only', message);
  }
  return record;
}

function nameTaken(name: string): AppError {
  return new AppError('conflict', `there is a job "${name}" already; choose another name`);
}
