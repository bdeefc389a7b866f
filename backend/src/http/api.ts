import type { Clock } from '../clock.ts';
import type {
  AlertRows,
  AnomalyListQuery,
  AnomalyRecord,
  CalendarSpec,
  CalendarSummary,
  CapacityRow,
  ChangeRecord,
  ChangeRequest,
  ConnectionReport,
  JobForecast,
  JudgedAnomaly,
  OverlayEdit,
  OverlayEditRequest,
  OverlayTargets,
  Page,
  ReceiverStatus,
  ScoringStatus,
  SourceSummary,
  Verdict,
  VerdictPreview,
} from '../contract/index.ts';
import type { TrainingPool } from '../forecasting/forecast-task.ts';
import type { Actor, Jobs } from '../jobs/jobs.ts';
import type { EventStream } from './event-stream.ts';
import type { RemediationApi } from './remediation-api.ts';

/** The sources as the API shows them. */
interface Sources {
  /** In the order of the settings; `jobs` is filled by who knows the jobs. */
  list(): ReadonlyArray<Omit<SourceSummary, 'jobs'>>;
  /** @throws AppError `not_found` naming the sources that there are */
  check(name: string, signal: AbortSignal): Promise<ConnectionReport>;
}

/** What was found, and what people say of it. Each throws AppError `not_found` for an unknown id. */
export interface Anomalies {
  /** Newest first. @throws AppError `invalid_request` for a cursor that no page gave out */
  list(query: AnomalyListQuery): Promise<Page<AnomalyRecord>>;
  get(id: string): Promise<AnomalyRecord>;
  /** Observed values and band around it. @throws AppError `not_found` also when its series is gone */
  chart(id: string, signal: AbortSignal): Promise<JobForecast>;
  /** What would change over the last days; applies nothing. @throws AppError `source_…` */
  previewVerdict(id: string, verdict: Verdict, signal: AbortSignal): Promise<VerdictPreview>;
  /** Null takes a verdict back. `apply` changes the job's setting as the preview says. */
  judge(
    id: string,
    judged: { readonly verdict: Verdict | null; readonly apply: boolean; readonly actor: Actor },
    signal: AbortSignal
  ): Promise<JudgedAnomaly>;
  /** @throws AppError `conflict` when it is no change of level */
  decideLevel(id: string, decision: 'accepted' | 'rejected', actor: Actor): Promise<AnomalyRecord>;
}

/** When limits will be crossed. */
export interface Capacity {
  /** Soonest first. @throws AppError `not_found` for an unknown job */
  list(query: { readonly job?: string | undefined; readonly before?: number | undefined }): Promise<CapacityRow[]>;
}

/** Calendars of files and of the API. Those of files are read-only. */
export interface Calendars {
  list(): Promise<CalendarSummary[]>;
  /** Reads its events once before saving. @throws AppError `conflict`, `invalid_request`, `source_…` */
  create(spec: CalendarSpec, actor: Actor, signal: AbortSignal): Promise<CalendarSummary>;
  /** @throws AppError `not_found`, `read_only`, `invalid_request`, `source_…` */
  update(spec: CalendarSpec, actor: Actor, signal: AbortSignal): Promise<CalendarSummary>;
  /** @throws AppError `not_found`, `read_only`, `conflict` when jobs use it */
  remove(name: string): Promise<void>;
}

/** Deploys and other changes. */
export interface Changes {
  /** Newest first. */
  list(query: { readonly from?: number | undefined; readonly to?: number | undefined }): Promise<ChangeRecord[]>;
  /** @throws AppError `invalid_request` for a time that is out of bounds */
  record(request: ChangeRequest, actor: Actor): Promise<ChangeRecord>;
}

/** What fires, here and at other places. */
export interface AlertReader {
  /** Places that do not answer are named among the errors; it does not throw for them. */
  read(signal: AbortSignal): Promise<AlertRows>;
}

/** Bands on panels of dashboards that people have. */
export interface Overlays {
  /** @throws AppError `not_found` for an unknown job, `source_…` */
  targets(job: string, signal: AbortSignal): Promise<OverlayTargets>;
  /** @throws AppError `not_found`, `read_only` for a provisioned dashboard, `conflict`, `source_…` */
  add(request: OverlayEditRequest, actor: Actor, signal: AbortSignal): Promise<OverlayEdit>;
  remove(request: OverlayEditRequest, actor: Actor, signal: AbortSignal): Promise<OverlayEdit>;
}

/** How live scoring and its receivers are. */
export interface Watch {
  scoring(): Promise<ScoringStatus>;
  receivers(): Promise<ReceiverStatus[]>;
}

/** What the handlers of the API work with. */
export interface Api {
  readonly jobs: Jobs;
  readonly anomalies: Anomalies;
  readonly capacity: Capacity;
  readonly calendars: Calendars;
  readonly changes: Changes;
  readonly alerts: AlertReader;
  /** Undefined without a service account token of Grafana. */
  readonly overlays: Overlays | undefined;
  readonly watch: Watch;
  readonly remediation: RemediationApi;
  readonly sources: Sources;
  readonly training: Pick<TrainingPool, 'load'>;
  readonly events: EventStream;
  readonly clock: Clock;
  readonly version: string;
  readonly startedAtMs: number;
  /** What an operator should know, such as that no token is set. */
  readonly warnings: readonly string[];
  readonly openApi: unknown;
}
