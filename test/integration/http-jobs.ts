import type { JobListQuery, JobSpec, JobSummary, Page, ServerEvent } from '../../backend/src/contract/index.ts';
import { AppError } from '../../backend/src/errors.ts';
import type { Actor, Jobs } from '../../backend/src/jobs/jobs.ts';

export interface MemoryJobs extends Jobs {
  readonly actors: Actor[];
  /** Every operation from now on fails so. */
  failWith(error: Error): void;
  /** Operations from now on never end; the signals they were given pile up here. */
  hang(): AbortSignal[];
  emit(event: ServerEvent): void;
  addProvisioned(spec: JobSpec): void;
}

function summaryOf(spec: JobSpec, origin: JobSummary['origin'] = { kind: 'api', by: 'a test' }): JobSummary {
  return {
    spec,
    origin,
    state: 'fresh',
    stateReason: null,
    seriesCount: 2,
    model: 'blend',
    mase: 0.8,
    coverage: [{ levelPercent: 95, measuredRatio: 0.94 }],
    trainedAtMs: 1_000,
    nextTrainingAtMs: 2_000,
    createdAtMs: 0,
    updatedAtMs: 0,
  };
}

/** The port of jobs kept in a map: what the HTTP side needs to be judged alone. */
export function memoryJobs(): MemoryJobs {
  const jobs = new Map<string, JobSummary>();
  const listeners = new Set<(event: ServerEvent) => void>();
  const actors: Actor[] = [];
  const hung: AbortSignal[] = [];
  let failure: Error | undefined;
  let hanging = false;

  const gate = async (signal?: AbortSignal): Promise<void> => {
    if (failure !== undefined) {
      throw failure;
    }
    if (hanging) {
      if (signal !== undefined) {
        hung.push(signal);
      }
      await new Promise(() => {});
    }
  };
  const find = (name: string): JobSummary => {
    const job = jobs.get(name);
    if (job === undefined) {
      throw new AppError('not_found', `There is no job ${name}.`);
    }
    return job;
  };
  const change = (name: string, actor: Actor): JobSummary => {
    const job = find(name);
    if (job.origin.kind === 'file') {
      throw new AppError('read_only', `${name} is defined in ${job.origin.file}: change it there.`);
    }
    actors.push(actor);
    return job;
  };
  const page = <T>(items: T[]): Page<T> => ({ items, nextCursor: null, total: items.length });

  return {
    actors,
    failWith: (error) => void (failure = error),
    hang: () => ((hanging = true), hung),
    emit: (event) => listeners.forEach((listener) => listener(event)),
    addProvisioned: (spec) => void jobs.set(spec.name, summaryOf(spec, { kind: 'file', file: 'jobs/shop.yaml' })),
    async list(query: JobListQuery) {
      await gate();
      const all = [...jobs.values()];
      const start = query.cursor === undefined ? 0 : all.findIndex((job) => job.spec.name === query.cursor);
      const items = all.slice(start, start + query.limit);
      return { items, nextCursor: all[start + query.limit]?.spec.name ?? null, total: all.length };
    },
    async get(name) {
      await gate();
      return find(name);
    },
    async create(spec, actor, signal) {
      await gate(signal);
      if (jobs.has(spec.name)) {
        throw new AppError('conflict', `There is a job ${spec.name} already.`);
      }
      actors.push(actor);
      jobs.set(spec.name, summaryOf(spec));
      return find(spec.name);
    },
    async update(name, spec, actor, signal) {
      await gate(signal);
      change(name, actor);
      jobs.set(name, summaryOf(spec));
      return find(name);
    },
    async remove(name, actor) {
      await gate();
      change(name, actor);
      jobs.delete(name);
    },
    async retrain(name, actor) {
      await gate();
      actors.push(actor);
      return find(name);
    },
    async series(name) {
      await gate();
      find(name);
      return page([]);
    },
    async forecast(name, seriesId, _range, signal) {
      await gate(signal);
      find(name);
      throw new AppError('not_found', `${name} has no series ${seriesId}.`);
    },
    async fits(name) {
      await gate();
      find(name);
      return page([]);
    },
    async previewJob(_spec, _index, signal) {
      await gate(signal);
      throw new AppError('no_series', 'The query answers no series.');
    },
    async preview(request, signal) {
      await gate(signal);
      return {
        history: { startMs: 0, stepMs: 60_000, values: request.series.values },
        state: 'warming-up',
        notes: [],
        heldOut: null,
        forecast: null,
        anomalies: [],
        nowScore: null,
        backtest: null,
        cost: {
          seriesCount: 1,
          trainingsPerDay: 2,
          fitsPerDay: 2,
          cpuSecondsPerDay: 1,
          storedBytes: 1,
          memoryBytes: 1,
          writtenSeries: 0,
          alertsPerSeriesWeek: 0,
          alertsPerWeek: 0,
        },
        seconds: 0,
      };
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
