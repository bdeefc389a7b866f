import type {
  Fit,
  JobForecast,
  JobListQuery,
  JobPreview,
  JobSeries,
  JobSpec,
  JobSummary,
  Page,
  Preview,
  PreviewRequest,
  ServerEvent,
} from '../contract/index.ts';

/** Who asked for a change, for the record. */
export interface Actor {
  readonly id: string;
  readonly name: string;
}

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/**
 * All that can be done with jobs, over any door. Errors are AppErrors: `not_found`, `conflict` (name taken),
 * `read_only` (provisioned from a file), `no_series`, `too_many_series`, `invalid_request`, `source_…`.
 */
export interface Jobs {
  list(query: JobListQuery): Promise<Page<JobSummary>>;
  get(name: string): Promise<JobSummary>;
  /** Runs the query once before saving: no series and too many series are refused here. */
  create(spec: JobSpec, actor: Actor, signal: AbortSignal): Promise<JobSummary>;
  update(name: string, spec: JobSpec, actor: Actor, signal: AbortSignal): Promise<JobSummary>;
  remove(name: string, actor: Actor): Promise<void>;
  /** Queues a training now; answers at once. */
  retrain(name: string, actor: Actor): Promise<JobSummary>;
  series(name: string, page: PageRequest): Promise<Page<JobSeries>>;
  forecast(
    name: string,
    seriesId: string,
    range: { fromMs: number; toMs: number },
    signal: AbortSignal
  ): Promise<JobForecast>;
  fits(name: string, page: PageRequest): Promise<Page<Fit>>;
  /** Reads the history from the job's source, forecasts one series, saves nothing. */
  previewJob(spec: JobSpec, seriesIndex: number, signal: AbortSignal): Promise<JobPreview>;
  /** History from the caller, so that the viewer's own data source rights hold. */
  preview(request: PreviewRequest, signal: AbortSignal): Promise<Preview>;
  subscribe(listener: (event: ServerEvent) => void): () => void;
}
