import type { Response } from 'express';
import type {
  ApprovalRequest,
  AuditCheck,
  AuditEntry,
  AuditListQuery,
  DryRunReport,
  Episode,
  EpisodeDetail,
  EpisodeListQuery,
  KillSwitch,
  KillSwitchRequest,
  Page,
  PolicyMode,
  PolicySpec,
  PolicySummary,
  PolicyVersion,
  ProposalRequest,
  Proposals,
  RemediationStatus,
  ReplayReport,
  ReplayRequest,
  Run,
  RunDetail,
  RunListQuery,
  RunRequest,
} from '../contract/index.ts';
import type { Actor } from '../jobs/jobs.ts';

/** Who asks, as Grafana or the holder of the backend's token proved. */
export interface ProvenPerson {
  readonly name: string;
  readonly role: string;
  readonly via: string;
}

/** Policies of files and of the API; those of files are read-only. Each throws AppError `not_found` for an unknown name. */
export interface PolicyApi {
  list(): Promise<PolicySummary[]>;
  get(name: string): Promise<PolicySummary>;
  versions(name: string): Promise<PolicyVersion[]>;
  /** @throws AppError `invalid_request` naming every fault, `read_only`, `forbidden` for a promotion by this way */
  save(spec: PolicySpec, actor: Actor): Promise<PolicySummary>;
  /** @throws AppError `read_only` */
  remove(name: string, actor: Actor): Promise<void>;
  /** @throws AppError `conflict` while it has not earned the mode, `read_only` */
  setMode(name: string, mode: PolicyMode, actor: Actor): Promise<PolicySummary>;
}

/** Runs and what people do with them. Each throws AppError `not_found` for an unknown id. */
export interface RunApi {
  list(query: RunListQuery): Promise<Page<Run>>;
  detail(id: string): Promise<RunDetail>;
  request(request: RunRequest, person: ProvenPerson, signal: AbortSignal): Promise<Run>;
  dryRun(request: RunRequest, person: ProvenPerson, signal: AbortSignal): Promise<DryRunReport>;
  decide(id: string, request: ApprovalRequest, person: ProvenPerson, signal: AbortSignal): Promise<Run>;
  cancel(id: string, person: ProvenPerson): Promise<Run>;
  release(id: string, reason: string, person: ProvenPerson): Promise<Run>;
  episode(id: string): Promise<EpisodeDetail>;
}

export interface SwitchApi {
  list(): readonly KillSwitch[];
  set(request: KillSwitchRequest, actor: string): Promise<KillSwitch>;
}

export interface AuditApi {
  list(query: AuditListQuery): Promise<Page<AuditEntry>>;
  verify(): Promise<AuditCheck>;
  exportLines(): AsyncIterable<string>;
}

/** Remediation as the API shows it. */
export interface RemediationApi {
  status(): Promise<RemediationStatus>;
  readonly policies: PolicyApi;
  /** What a policy would have done. @throws AppError `invalid_request` */
  replay(request: ReplayRequest, signal: AbortSignal): Promise<ReplayReport>;
  readonly proposer: {
    proposals(request: ProposalRequest, person: ProvenPerson, signal: AbortSignal): Promise<Proposals>;
  };
  readonly runs: RunApi;
  /** Streams what a run says, from after an event on. */
  readonly stream: { open(response: Response, runId: string, afterSeq: number): void };
  readonly episodes: { list(query: EpisodeListQuery): Promise<Page<Episode>> };
  readonly switches: SwitchApi;
  readonly audit: AuditApi;
}
