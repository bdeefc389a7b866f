import type {
  AlertRuleFormat,
  ApprovalRequest,
  AuditListQuery,
  CalendarSpec,
  DetectionKind,
  EpisodeListQuery,
  JobPreviewRequest,
  JobSpecInput,
  JobState,
  KillSwitchRequest,
  OverlayEditRequest,
  PolicyMode,
  PolicySpecInput,
  PreviewRequestInput,
  ProposalRequest,
  ReplayRequest,
  RunListQuery,
  RunRequest,
  Verdict,
} from '../../backend/src/contract/index.ts';
import type { z } from 'zod';

/** A call to the backend, before the proxy's address is put in front. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Without a leading slash: `api/v1/status`. */
  readonly path: string;
  readonly params?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
}

export interface JobListFilter {
  readonly search: string;
  readonly state: JobState | 'all';
  readonly cursor?: string;
}

/** Which anomalies a list asks for; `all` and an empty text ask for everything. */
export interface AnomalyFilter {
  readonly search: string;
  readonly job: string;
  readonly kind: DetectionKind | 'all';
  readonly state: 'open' | 'closed' | 'all';
  readonly verdict: Verdict | 'none' | 'all';
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number;
}

const pageSize = 100;
const job = (name: string) => `api/v1/jobs/${encodeURIComponent(name)}`;

function listParams({ search, state, cursor }: JobListFilter): Record<string, string | number> {
  return {
    limit: pageSize,
    ...(search === '' ? {} : { search }),
    ...(state === 'all' ? {} : { state }),
    ...(cursor === undefined ? {} : { cursor }),
  };
}

/** A filter of a list of the backend; what is left out asks for everything. */
export type ListFilter<T> = Partial<T>;

const run = (id: string) => `api/v1/runs/${encodeURIComponent(id)}`;
const policy = (name: string) => `api/v1/policies/${encodeURIComponent(name)}`;
const anomaly = (id: string) => `api/v1/anomalies/${encodeURIComponent(id)}`;
const calendar = (name: string) => `api/v1/calendars/${encodeURIComponent(name)}`;

/** What says something of a table of parameters: neither undefined, nor empty, nor `all`. */
function saying(params: Readonly<Record<string, string | number | undefined>>): Record<string, string | number> {
  const given = Object.entries(params).filter(
    (entry): entry is [string, string | number] => entry[1] !== undefined && entry[1] !== '' && entry[1] !== 'all'
  );
  return Object.fromEntries(given);
}

function anomalyParams({ fromMs, toMs, limit = pageSize, ...filter }: AnomalyFilter): Record<string, string | number> {
  return saying({ ...filter, limit, from: fromMs, to: toMs });
}

const remediation = {
  remediationStatus: (): ApiRequest => ({ method: 'GET', path: 'api/v1/remediation/status' }),
  listEpisodes: (filter: ListFilter<EpisodeListQuery>): ApiRequest => ({
    method: 'GET',
    path: 'api/v1/episodes',
    params: saying({ limit: pageSize, ...filter }),
  }),
  getEpisode: (id: string): ApiRequest => ({ method: 'GET', path: `api/v1/episodes/${encodeURIComponent(id)}` }),
  listPolicies: (): ApiRequest => ({ method: 'GET', path: 'api/v1/policies' }),
  getPolicy: (name: string): ApiRequest => ({ method: 'GET', path: policy(name) }),
  policyVersions: (name: string): ApiRequest => ({ method: 'GET', path: `${policy(name)}/versions` }),
  savePolicy: (spec: PolicySpecInput): ApiRequest => ({ method: 'PUT', path: policy(spec.name), body: spec }),
  deletePolicy: (name: string): ApiRequest => ({ method: 'DELETE', path: policy(name) }),
  /** Below a path of its own: a route of Grafana's proxy can tell paths apart by their beginning only. */
  setPolicyMode: (name: string, mode: PolicyMode): ApiRequest => ({
    method: 'PUT',
    path: `api/v1/policy-modes/${encodeURIComponent(name)}`,
    body: { mode },
  }),
  replayPolicy: (body: z.input<typeof ReplayRequest>): ApiRequest => ({
    method: 'POST',
    path: 'api/v1/policies/replay',
    body,
  }),
  propose: (body: ProposalRequest): ApiRequest => ({ method: 'POST', path: 'api/v1/remediation/proposals', body }),
  dryRun: (body: RunRequest): ApiRequest => ({ method: 'POST', path: 'api/v1/remediation/dry-runs', body }),
  startRun: (body: RunRequest): ApiRequest => ({ method: 'POST', path: 'api/v1/remediation/runs', body }),
  listRuns: (filter: ListFilter<RunListQuery>): ApiRequest => ({
    method: 'GET',
    path: 'api/v1/runs',
    params: saying({ limit: pageSize, ...filter }),
  }),
  getRun: (id: string): ApiRequest => ({ method: 'GET', path: run(id) }),
  runEvents: (id: string): ApiRequest => ({ method: 'GET', path: `${run(id)}/events` }),
  decideRun: (id: string, body: ApprovalRequest): ApiRequest => ({ method: 'PUT', path: `${run(id)}/approval`, body }),
  cancelRun: (id: string): ApiRequest => ({ method: 'POST', path: `${run(id)}/cancel` }),
  /** A person says that the effect of a run is known now: its target may be acted on again. */
  releaseRun: (id: string, reason: string): ApiRequest => ({
    method: 'POST',
    path: `${run(id)}/release`,
    body: { reason },
  }),
  killSwitches: (): ApiRequest => ({ method: 'GET', path: 'api/v1/kill-switches' }),
  /** Stopping and letting go on are two paths, since not the same people may. */
  setKillSwitch: (body: z.input<typeof KillSwitchRequest>): ApiRequest => ({
    method: 'PUT',
    path: `api/v1/kill-switches/${body.on ? 'on' : 'off'}`,
    body,
  }),
  listAudit: (filter: ListFilter<AuditListQuery>): ApiRequest => ({
    method: 'GET',
    path: 'api/v1/audit',
    params: saying({ limit: pageSize, ...filter }),
  }),
  checkAudit: (): ApiRequest => ({ method: 'GET', path: 'api/v1/audit/check' }),
  exportAudit: (): ApiRequest => ({ method: 'GET', path: 'api/v1/audit/export' }),
} as const;

/** Every request of the plugin. plugin.json has a route for each of them, which a test proves. */
export const endpoints = {
  status: (): ApiRequest => ({ method: 'GET', path: 'api/v1/status' }),
  sources: (): ApiRequest => ({ method: 'GET', path: 'api/v1/sources' }),
  checkSource: (name: string): ApiRequest => ({
    method: 'POST',
    path: `api/v1/sources/${encodeURIComponent(name)}/check`,
  }),
  previewForecast: (body: PreviewRequestInput): ApiRequest => ({
    method: 'POST',
    path: 'api/v1/forecasts/preview',
    body,
  }),
  listJobs: (filter: JobListFilter): ApiRequest => ({
    method: 'GET',
    path: 'api/v1/jobs',
    params: listParams(filter),
  }),
  getJob: (name: string): ApiRequest => ({ method: 'GET', path: job(name) }),
  jobSeries: (name: string): ApiRequest => ({
    method: 'GET',
    path: `${job(name)}/series`,
    params: { limit: pageSize },
  }),
  jobFits: (name: string): ApiRequest => ({ method: 'GET', path: `${job(name)}/fits`, params: { limit: 50 } }),
  jobForecast: (name: string, seriesId: string, range: { fromMs: number; toMs: number }): ApiRequest => ({
    method: 'GET',
    path: `${job(name)}/series/${encodeURIComponent(seriesId)}/forecast`,
    params: { from: range.fromMs, to: range.toMs },
  }),
  previewJob: (body: z.input<typeof JobPreviewRequest>): ApiRequest => ({
    method: 'POST',
    path: 'api/v1/jobs/preview',
    body,
  }),
  createJob: (spec: JobSpecInput): ApiRequest => ({ method: 'POST', path: 'api/v1/jobs', body: spec }),
  updateJob: (name: string, spec: JobSpecInput): ApiRequest => ({ method: 'PUT', path: job(name), body: spec }),
  deleteJob: (name: string): ApiRequest => ({ method: 'DELETE', path: job(name) }),
  retrainJob: (name: string): ApiRequest => ({ method: 'POST', path: `${job(name)}/retrain` }),
  listAnomalies: (filter: AnomalyFilter): ApiRequest => ({
    method: 'GET',
    path: 'api/v1/anomalies',
    params: anomalyParams(filter),
  }),
  getAnomaly: (id: string): ApiRequest => ({ method: 'GET', path: anomaly(id) }),
  anomalyChart: (id: string): ApiRequest => ({ method: 'GET', path: `${anomaly(id)}/chart` }),
  previewVerdict: (id: string, verdict: Verdict): ApiRequest => ({
    method: 'POST',
    path: `${anomaly(id)}/verdict-preview`,
    body: { verdict },
  }),
  /** `apply` also changes the job's setting that the preview named. */
  judgeAnomaly: (id: string, verdict: Verdict | null, apply: boolean): ApiRequest => ({
    method: 'PUT',
    path: `${anomaly(id)}/verdict`,
    body: apply ? { verdict, apply } : { verdict },
  }),
  decideLevel: (id: string, decision: 'accepted' | 'rejected'): ApiRequest => ({
    method: 'PUT',
    path: `${anomaly(id)}/level-decision`,
    body: { decision },
  }),
  listCapacity: (query: { readonly job?: string; readonly beforeMs?: number | undefined }): ApiRequest => ({
    method: 'GET',
    path: 'api/v1/capacity',
    params: saying({ job: query.job, before: query.beforeMs }),
  }),
  listCalendars: (): ApiRequest => ({ method: 'GET', path: 'api/v1/calendars' }),
  createCalendar: (spec: z.input<typeof CalendarSpec>): ApiRequest => ({
    method: 'POST',
    path: 'api/v1/calendars',
    body: spec,
  }),
  updateCalendar: (name: string, spec: z.input<typeof CalendarSpec>): ApiRequest => ({
    method: 'PUT',
    path: calendar(name),
    body: spec,
  }),
  deleteCalendar: (name: string): ApiRequest => ({ method: 'DELETE', path: calendar(name) }),
  listChanges: (range: { readonly fromMs: number; readonly toMs: number }): ApiRequest => ({
    method: 'GET',
    path: 'api/v1/changes',
    params: { from: range.fromMs, to: range.toMs },
  }),
  listAlerts: (): ApiRequest => ({ method: 'GET', path: 'api/v1/alerts' }),
  overlayTargets: (name: string): ApiRequest => ({ method: 'GET', path: `${job(name)}/overlay-targets` }),
  addOverlay: (edit: z.input<typeof OverlayEditRequest>): ApiRequest => ({
    method: 'POST',
    path: 'api/v1/overlays',
    body: edit,
  }),
  removeOverlay: (edit: z.input<typeof OverlayEditRequest>): ApiRequest => ({
    method: 'POST',
    path: 'api/v1/overlays/remove',
    body: edit,
  }),
  alertRules: (name: string, format: AlertRuleFormat): ApiRequest => ({
    method: 'GET',
    path: `${job(name)}/alert-rules`,
    params: { format },
  }),
  events: (): ApiRequest => ({ method: 'GET', path: 'api/v1/events' }),
  ...remediation,
} as const;
