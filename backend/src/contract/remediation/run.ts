import { z } from 'zod';
import { PageQuery } from '../api.ts';
import { Episode } from './episode.ts';
import { PolicyMode, PolicyName } from './policy.ts';
import { GuardVerdict } from './verdict.ts';

/** Exactly what would be done: an approval is bound to the hash of it. */
export const Plan = z.object({
  policy: PolicyName,
  policyVersion: z.number().int(),
  episodeId: z.string(),
  engine: z.string(),
  action: z.string(),
  title: z.string(),
  tier: z.enum(['low', 'medium', 'high']),
  /** SHA-256 of the playbook and all that belongs to it. */
  digest: z.string(),
  group: z.string(),
  targets: z.array(z.string()),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  command: z.array(z.string()),
  /** Soft deadline of the engine. */
  timeoutMs: z.number(),
  rollback: z.string().nullable(),
  warnings: z.array(z.string()),
  /** SHA-256 of all of the above. */
  hash: z.string(),
});
export type Plan = z.infer<typeof Plan>;

export const RunState = z.enum([
  'awaiting-approval',
  /** May start; waits for a place or its dry run. */
  'queued',
  /** Written before the engine is called. */
  'starting',
  'running',
  'verifying',
  'rolling-back',
  /** Ends. */
  'verified',
  'failed',
  /** The engine was cut off or the backend died: what it did is not known. */
  'unknown',
  'inconclusive',
  'refused',
  'denied',
  'expired',
  'cancelled',
]);
export type RunState = z.infer<typeof RunState>;

export const openRunStates = [
  'awaiting-approval',
  'queued',
  'starting',
  'running',
  'verifying',
  'rolling-back',
] as const satisfies readonly RunState[];

export const Approval = z.object({
  /** Who asked for the run: a person, or the policy. */
  requestedBy: z.string(),
  requestedAtMs: z.number(),
  expiresAtMs: z.number(),
  needed: z.number().int(),
  decisions: z.array(
    z.object({
      by: z.string(),
      role: z.string(),
      decision: z.enum(['approved', 'denied']),
      atMs: z.number(),
      reason: z.string().nullable(),
      /** Where: grafana, cli, chat. */
      via: z.string(),
    })
  ),
});
export type Approval = z.infer<typeof Approval>;

/** One look of the verification. */
export const VerificationSample = z.object({
  atMs: z.number(),
  /** Newest sample that was looked at: always later than the end of the run. */
  sampleMs: z.number().nullable(),
  healthy: z.enum(['yes', 'no', 'no-data', 'error']),
  value: z.number().nullable(),
  detail: z.string().nullable(),
});
export type VerificationSample = z.infer<typeof VerificationSample>;

export const VerificationReport = z.object({
  outcome: z.enum(['recovered', 'not-recovered', 'inconclusive', 'worse']),
  /** One sentence: back in the band 38 s after the run; forecast without it stayed out. */
  summary: z.string(),
  startedAtMs: z.number(),
  endedAtMs: z.number(),
  /** First instant of the unbroken healthy stretch; null when there was none. */
  recoveredAtMs: z.number().nullable(),
  samples: z.array(VerificationSample),
  detector: z.object({ job: z.string(), normal: z.boolean().nullable(), detail: z.string() }).nullable(),
  guards: z.array(
    z.object({
      query: z.string(),
      before: z.number().nullable(),
      after: z.number().nullable(),
      worse: z.boolean().nullable(),
    })
  ),
  /** Forecast made from values before the run against what came: would it have recovered alone? */
  counterfactual: z
    .object({
      job: z.string(),
      times: z.array(z.number()),
      observed: z.array(z.number().nullable()),
      /** Expected value had nothing been done, and its 80 % range. */
      without: z.array(z.number().nullable()),
      lower: z.array(z.number().nullable()),
      upper: z.array(z.number().nullable()),
      sentence: z.string(),
    })
    .nullable(),
});
export type VerificationReport = z.infer<typeof VerificationReport>;

export const Run = z.object({
  id: z.string(),
  plan: Plan,
  mode: PolicyMode,
  state: RunState,
  /** One sentence for a person: why it waits, was refused or failed. */
  stateReason: z.string().nullable(),
  /** Number of this run among those of its policy in the episode, from 1. */
  attempt: z.number().int(),
  verdicts: z.array(GuardVerdict),
  approval: Approval.nullable(),
  createdAtMs: z.number(),
  startedAtMs: z.number().nullable(),
  engineEndedAtMs: z.number().nullable(),
  endedAtMs: z.number().nullable(),
  verification: VerificationReport.nullable(),
  /** Whether the target is kept locked because the effect is not known. */
  blocksTarget: z.boolean(),
});
export type Run = z.infer<typeof Run>;

export const RunListQuery = PageQuery.extend({
  state: z.enum(['open', 'ended', 'awaiting-approval']).optional(),
  policy: PolicyName.optional(),
  episode: z.string().max(100).optional(),
});
export type RunListQuery = z.output<typeof RunListQuery>;

export const RunEvent = z.object({
  seq: z.number().int(),
  atMs: z.number(),
  kind: z.enum([
    'state',
    'verdict',
    'step',
    'ok',
    'changed',
    'skipped',
    'failed',
    'unreachable',
    'diff',
    'note',
    'verification',
  ]),
  host: z.string().nullable(),
  text: z.string(),
});
export type RunEvent = z.infer<typeof RunEvent>;

export const RunDetail = z.object({ run: Run, episode: Episode, events: z.array(RunEvent) });
export type RunDetail = z.infer<typeof RunDetail>;

/** What a policy thought of an episode; also when nothing was done. */
export const Decision = z.object({
  id: z.string(),
  episodeId: z.string(),
  policy: PolicyName,
  policyVersion: z.number().int(),
  mode: PolicyMode,
  atMs: z.number(),
  /** `observed`: all guards passed, and the mode says to do nothing. */
  outcome: z.enum(['observed', 'suggested', 'asked', 'started', 'refused', 'attached']),
  verdicts: z.array(GuardVerdict),
  target: z.string().nullable(),
  runId: z.string().nullable(),
});
export type Decision = z.infer<typeof Decision>;

export const EpisodeDetail = z.object({ episode: Episode, decisions: z.array(Decision), runs: z.array(Run) });
export type EpisodeDetail = z.infer<typeof EpisodeDetail>;

/** Which alert a person wants healed: an episode, or labels as a page shows them. */
export const ProposalRequest = z
  .strictObject({
    episodeId: z.string().max(100).optional(),
    labels: z.record(z.string().max(300), z.string().max(10_000)).optional(),
  })
  .refine((request) => (request.episodeId === undefined) !== (request.labels === undefined), {
    error: 'expected either episodeId or labels',
  });
export type ProposalRequest = z.output<typeof ProposalRequest>;

/** What one policy would do about an alert, and what each guard says. */
export const Proposal = z.object({
  policy: PolicyName,
  title: z.string(),
  mode: PolicyMode,
  plan: Plan.nullable(),
  /** Why there is no plan. */
  fault: z.string().nullable(),
  verdicts: z.array(GuardVerdict),
  /** Whether every guard passes, approval aside. */
  allowed: z.boolean(),
  verify: z.string().nullable(),
  approvalsNeeded: z.number().int(),
  /** A run of this plan that is open or just ended. */
  runId: z.string().nullable(),
});
export type Proposal = z.infer<typeof Proposal>;

export const Proposals = z.object({ episode: Episode.nullable(), items: z.array(Proposal) });
export type Proposals = z.infer<typeof Proposals>;

/** Asks for a run of exactly the plan that was shown. */
export const RunRequest = z.strictObject({
  episodeId: z.string().max(100),
  policy: PolicyName,
  planHash: z.string().regex(/^[0-9a-f]{64}$/),
});
export type RunRequest = z.output<typeof RunRequest>;

/** What the engine says that a plan would change; nothing was changed. */
export const DryRunReport = z.object({
  planHash: z.string(),
  ok: z.boolean(),
  /** Why it failed or can't be known; null when it went through. */
  reason: z.string().nullable(),
  events: z.array(RunEvent),
});
export type DryRunReport = z.infer<typeof DryRunReport>;

export const ApprovalRequest = z.strictObject({
  decision: z.enum(['approve', 'deny']),
  planHash: z.string().regex(/^[0-9a-f]{64}$/),
  reason: z.string().max(1000).optional(),
});
export type ApprovalRequest = z.output<typeof ApprovalRequest>;
