import { z } from 'zod';
import { Coverage, JobState } from './job.ts';

/** RFC 9457 problem details; `code` is stable. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string(),
  /** One entry for each fault of a request body or parameter. */
  issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  requestId: z.string().optional(),
});
export type Problem = z.infer<typeof Problem>;

/** Cursor pagination: `nextCursor` is null on the last page. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable(), total: z.number().int() });
export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
  readonly total: number;
}

export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().optional(),
});

export const JobListQuery = PageQuery.extend({ search: z.string().max(200).optional(), state: JobState.optional() });
export type JobListQuery = z.output<typeof JobListQuery>;

export const ConnectionStep = z.object({
  step: z.enum(['dns', 'tcp', 'tls', 'http', 'auth', 'product', 'query']),
  ok: z.boolean(),
  detail: z.string(),
});
export const ConnectionReport = z.object({
  ok: z.boolean(),
  steps: z.array(ConnectionStep),
  cause: z
    .enum(['dns', 'refused', 'tls', 'unauthorized', 'not-found', 'not-prometheus', 'timeout', 'unavailable'])
    .optional(),
  message: z.string(),
  product: z.string().optional(),
  version: z.string().optional(),
});
export type ConnectionReport = z.infer<typeof ConnectionReport>;

export const SourceSummary = z.object({
  name: z.string(),
  kind: z.enum(['prometheus', 'mimir', 'thanos']),
  /** URL without credentials. */
  url: z.string(),
  jobs: z.number().int(),
  /** Outcome of the latest query or test; null when there was none yet. */
  reachable: z.boolean().nullable(),
  message: z.string().nullable(),
  checkedAtMs: z.number().nullable(),
});
export type SourceSummary = z.infer<typeof SourceSummary>;

/** Who calls, as the backend sees it: what the settings page shows. */
export const Caller = z.object({
  kind: z.enum(['user', 'service-account', 'anonymous', 'token', 'loopback']),
  name: z.string().nullable(),
  role: z.enum(['Viewer', 'Editor', 'Admin', 'None']).nullable(),
  orgId: z.number().int().nullable(),
  /** Why changes are refused to this caller; null when they are allowed. */
  changesRefused: z.string().nullable(),
});
export type Caller = z.infer<typeof Caller>;

/** A server that results are sent to, and how that goes. */
export const ReceiverStatus = z.object({
  name: z.string(),
  kind: z.enum(['writer', 'alertmanager', 'grafana']),
  /** `idle`: nothing was to be sent yet. */
  state: z.enum(['working', 'failing', 'idle']),
  /** Why the latest attempt failed, with what to do; null when it did not. */
  message: z.string().nullable(),
  /** Messages that wait, and since when the oldest does. */
  waiting: z.number().int(),
  oldestWaitingAtMs: z.number().nullable(),
  lastAcceptedAtMs: z.number().nullable(),
});
export type ReceiverStatus = z.infer<typeof ReceiverStatus>;

/** How live scoring is. */
export const ScoringStatus = z.object({
  jobs: z.number().int(),
  /** Share of scored jobs whose newest score is at most three steps old, 0..1; null when none is scored. */
  freshRatio: z.number().nullable(),
  /** Time from the newest sample to now, of the job that is furthest behind; null before the first score. */
  longestDelayMs: z.number().nullable(),
  openAnomalies: z.number().int(),
  judged: z.number().int(),
  /** Share of judged anomalies that were real, 0..1; null before any verdict. */
  precision: z.number().nullable(),
});
export type ScoringStatus = z.infer<typeof ScoringStatus>;

export const Status = z.object({
  version: z.string(),
  startedAtMs: z.number(),
  nowMs: z.number(),
  caller: Caller,
  sources: z.array(SourceSummary),
  jobs: z.object({ total: z.number().int(), byState: z.record(JobState, z.number().int()), series: z.number().int() }),
  /** Over all series of all jobs, weighted by held-out points. */
  coverage: z.array(Coverage),
  training: z.object({ running: z.number().int(), queued: z.number().int(), workers: z.number().int() }),
  scoring: ScoringStatus,
  receivers: z.array(ReceiverStatus),
  warnings: z.array(z.string()),
});
export type Status = z.infer<typeof Status>;

/** What `/api/v1/events` sends, one JSON text an event, named by `kind`. */
export const ServerEvent = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('training'),
    job: z.string(),
    fitId: z.string(),
    done: z.number().int(),
    total: z.number().int(),
    failed: z.number().int(),
    ended: z.boolean(),
  }),
  z.object({ kind: z.literal('job'), job: z.string(), change: z.enum(['created', 'updated', 'deleted', 'state']) }),
  z.object({
    kind: z.literal('anomaly'),
    job: z.string(),
    id: z.string(),
    change: z.enum(['opened', 'updated', 'closed', 'judged']),
  }),
]);
export type ServerEvent = z.infer<typeof ServerEvent>;

/**
 * What a plugin-proxy route grants; the route sets it as `X-Aiops-Grant` and the browser cannot. No route sets
 * `operator:stop`: it is for who holds the backend's token itself, on its host.
 */
export const Grant = z.enum(['insights:read', 'models:write', 'remediation:plan', 'remediation:run', 'operator:stop']);
export type Grant = z.infer<typeof Grant>;
