import { z } from 'zod';
import {
  ConnectionReport,
  JobState,
  SourceSummary,
  Status,
  pageOf,
  type Coverage,
  type JobSummary,
} from '../../contract/index.ts';
import type { Api } from '../api.ts';
import { allJobs } from '../all-jobs.ts';
import { route } from '../route.ts';
import { readDeadlineMs, sourceDeadlineMs } from './limits.ts';

function jobCounts(jobs: readonly JobSummary[]): z.input<typeof Status>['jobs'] {
  const countOf = (state: JobState) => jobs.filter((job) => job.state === state).length;
  const byState = Object.fromEntries(JobState.options.map((state) => [state, countOf(state)]));
  return {
    total: jobs.length,
    byState: z.record(JobState, z.number()).parse(byState),
    series: jobs.reduce((sum, job) => sum + job.seriesCount, 0),
  };
}

/** Jobs hold out the same share of each series, so the series weigh them. */
function meanCoverage(jobs: readonly JobSummary[]): Coverage[] {
  const levels = [...new Set(jobs.flatMap((job) => job.coverage.map((row) => row.levelPercent)))].sort((a, b) => a - b);
  return levels.map((levelPercent) => {
    let sum = 0;
    let weight = 0;
    for (const job of jobs) {
      const ratio = job.coverage.find((row) => row.levelPercent === levelPercent)?.measuredRatio ?? null;
      sum += (ratio ?? 0) * (ratio === null ? 0 : job.seriesCount);
      weight += ratio === null ? 0 : job.seriesCount;
    }
    return { levelPercent, measuredRatio: weight === 0 ? null : sum / weight };
  });
}

function sourceSummaries(api: Api, jobs: readonly JobSummary[]): SourceSummary[] {
  const listed = api.sources.list();
  const first = listed[0]?.name;
  return listed.map((source) => ({
    ...source,
    jobs: jobs.filter((job) => (job.spec.source ?? first) === source.name).length,
  }));
}

const getStatus = route({
  method: 'get',
  path: '/status',
  summary: 'How the backend, its sources and its jobs are, and who is asking',
  grant: 'insights:read',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  success: { status: 200, description: 'The state now', schema: Status },
  errors: [],
  async handle(api, call) {
    const [caller, jobs, scoring, receivers] = await Promise.all([
      call.describeCaller(),
      allJobs(api.jobs),
      api.watch.scoring(),
      api.watch.receivers(),
    ]);
    const body: z.input<typeof Status> = {
      version: api.version,
      startedAtMs: api.startedAtMs,
      nowMs: api.clock.nowMs(),
      caller,
      sources: sourceSummaries(api, jobs),
      jobs: jobCounts(jobs),
      coverage: meanCoverage(jobs),
      training: api.training.load(),
      scoring,
      receivers,
      warnings: [...api.warnings],
    };
    return { kind: 'json', body };
  },
});

const listSources = route({
  method: 'get',
  path: '/sources',
  summary: 'The sources that jobs can read from',
  grant: 'insights:read',
  deadlineMs: readDeadlineMs,
  bodyLimitBytes: 0,
  success: { status: 200, description: 'All sources, on one page', schema: pageOf(SourceSummary) },
  errors: [],
  async handle(api) {
    const items = sourceSummaries(api, await allJobs(api.jobs));
    return { kind: 'json', body: { items, nextCursor: null, total: items.length } };
  },
});

const checkSource = route({
  method: 'post',
  path: '/sources/:name/check',
  summary: 'Tests the connection to a source step by step and names the cause of a failure',
  grant: 'insights:read',
  deadlineMs: sourceDeadlineMs,
  bodyLimitBytes: 0,
  params: z.object({ name: z.string().min(1).max(200) }),
  success: { status: 200, description: 'What was tried and seen, also when it failed', schema: ConnectionReport },
  errors: ['not_found'],
  async handle(api, call) {
    return { kind: 'json', body: await api.sources.check(call.params.name, call.signal) };
  },
});

export const statusRoutes = [getStatus, listSources, checkSource];
