import {
  keepPreviousData,
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import {
  Fit,
  JobForecast,
  JobPreview,
  JobSeries,
  JobSummary,
  pageOf,
  type JobSpecInput,
} from '../../backend/src/contract/index.ts';
import { send, sendForNothing } from './client.ts';
import { endpoints, type JobListFilter } from './endpoints.ts';

export const jobKeys = {
  all: ['jobs'] as const,
  list: (filter: JobListFilter) => [...jobKeys.all, 'list', filter] as const,
  one: (name: string) => [...jobKeys.all, 'one', name] as const,
};

const changeDeadlineMs = 60_000;
const deadline = () => AbortSignal.timeout(changeDeadlineMs);
const JobPage = pageOf(JobSummary);
const SeriesPage = pageOf(JobSeries);
const FitPage = pageOf(Fit);

/** Jobs that match the filter, a page at a time. */
export function useJobs(filter: JobListFilter) {
  return useInfiniteQuery({
    queryKey: jobKeys.list(filter),
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      send(endpoints.listJobs(pageParam === undefined ? filter : { ...filter, cursor: pageParam }), JobPage, signal),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function jobQuery(name: string) {
  return queryOptions({
    queryKey: jobKeys.one(name),
    enabled: name !== '',
    queryFn: ({ signal }) => send(endpoints.getJob(name), JobSummary, signal),
  });
}

export function useJob(name: string) {
  return useQuery(jobQuery(name));
}

export function useJobSeries(name: string) {
  return useQuery({
    queryKey: [...jobKeys.one(name), 'series'],
    enabled: name !== '',
    queryFn: ({ signal }) => send(endpoints.jobSeries(name), SeriesPage, signal),
  });
}

export function useJobFits(name: string) {
  return useQuery({
    queryKey: [...jobKeys.one(name), 'fits'],
    queryFn: ({ signal }) => send(endpoints.jobFits(name), FitPage, signal),
  });
}

/** What the detail page and the panel draw of one series. */
export function jobForecastQuery(name: string, seriesId: string | undefined, range: { fromMs: number; toMs: number }) {
  return queryOptions({
    queryKey: [...jobKeys.one(name), 'forecast', seriesId, range],
    enabled: seriesId !== undefined,
    queryFn: ({ signal }) => send(endpoints.jobForecast(name, seriesId ?? '', range), JobForecast, signal),
  });
}

function jobPreviewQuery(job: JobSpecInput | undefined) {
  return queryOptions({
    queryKey: ['job-preview', job],
    enabled: job !== undefined,
    staleTime: 300_000,
    queryFn: ({ signal }) =>
      job === undefined
        ? Promise.reject(new Error('no job to preview'))
        : send(endpoints.previewJob({ job, seriesIndex: 0 }), JobPreview, signal),
  });
}

/** Forecast and cost of a job before it is saved. */
export function useJobPreview(job: JobSpecInput | undefined) {
  return useQuery({ ...jobPreviewQuery(job), placeholderData: keepPreviousData });
}

/** Creates a job, or changes the one called `name`. */
export function useSaveJob(name: string | undefined) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (spec: JobSpecInput) =>
      send(name === undefined ? endpoints.createJob(spec) : endpoints.updateJob(name, spec), JobSummary, deadline()),
    onSuccess: () => client.invalidateQueries({ queryKey: jobKeys.all }),
  });
}

export function useDeleteJob() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => sendForNothing(endpoints.deleteJob(name), deadline()),
    onSuccess: () => client.invalidateQueries({ queryKey: [...jobKeys.all, 'list'] }),
  });
}

export function useRetrainJob(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => send(endpoints.retrainJob(name), JobSummary, deadline()),
    onSuccess: () => client.invalidateQueries({ queryKey: jobKeys.one(name) }),
  });
}
