import { z } from 'zod';
import { PageQuery } from '../api.ts';

/** A switch that keeps everything in its scope from acting until a person turns it off. */
export const KillSwitch = z.object({
  scope: z.enum(['global', 'policy', 'target']),
  /** Policy or target; empty for global. */
  name: z.string(),
  on: z.boolean(),
  by: z.string(),
  atMs: z.number(),
  reason: z.string(),
});
export type KillSwitch = z.infer<typeof KillSwitch>;

export const KillSwitchRequest = z
  .strictObject({
    scope: z.enum(['global', 'policy', 'target']),
    name: z.string().max(300).default(''),
    on: z.boolean(),
    reason: z.string().max(500).default(''),
  })
  .refine(({ scope, name }) => (scope === 'global') === (name === ''), {
    path: ['name'],
    error: 'expected a name for a policy or a target, and none for global',
  });
export type KillSwitchRequest = z.output<typeof KillSwitchRequest>;

export const RemediationStatus = z.object({
  /** Whether engines and webhooks are configured: without them there is nothing to switch. */
  configured: z.boolean(),
  killSwitches: z.array(KillSwitch),
  openEpisodes: z.number().int(),
  awaitingApproval: z.number().int(),
  openRuns: z.number().int(),
  /** Targets that wait for a person because the effect of a run is not known. */
  blockedTargets: z.array(z.object({ target: z.string(), runId: z.string(), sinceMs: z.number() })),
  last30Days: z.object({
    runs: z.number().int(),
    verified: z.number().int(),
    failed: z.number().int(),
    /** Median time from the opened episode to the first healthy sample; null before any. */
    medianRecoveryMs: z.number().nullable(),
  }),
  webhooks: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['alertmanager', 'grafana', 'generic']),
      path: z.string(),
      /** Without a secret only loopback may call. */
      authenticated: z.boolean(),
      lastDeliveryAtMs: z.number().nullable(),
      waiting: z.number().int(),
      message: z.string().nullable(),
    })
  ),
  engines: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['ansible', 'webhook']),
      actions: z.array(z.string()),
      message: z.string().nullable(),
    })
  ),
});
export type RemediationStatus = z.infer<typeof RemediationStatus>;

/** One entry of the append-only chain. */
export const AuditEntry = z.object({
  seq: z.number().int(),
  atMs: z.number(),
  /** Such as run.approved. */
  kind: z.string(),
  /** What it is about: run, episode, policy or switch, by id. */
  subject: z.string(),
  actor: z.string(),
  data: z.record(z.string(), z.unknown()),
  /** SHA-256, hex, of the entry before and this one's canonical JSON. */
  hash: z.string(),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

export const AuditListQuery = PageQuery.extend({
  subject: z.string().max(200).optional(),
  kind: z.string().max(100).optional(),
});
export type AuditListQuery = z.output<typeof AuditListQuery>;

export const AuditCheck = z.object({
  ok: z.boolean(),
  entries: z.number().int(),
  /** Hash of the newest entry: note it elsewhere to prove later that nothing was cut off. */
  head: z.string().nullable(),
  /** First fault; null when the chain is whole. */
  fault: z.object({ seq: z.number().int(), message: z.string() }).nullable(),
  /** Entries that are older than the one before: the clock was set back. The first twenty. */
  clockSteps: z.array(z.object({ seq: z.number().int(), byMs: z.number() })),
  /** Longest time in which nothing was written, and the entry after it; null for fewer than two entries. */
  longestGap: z.object({ seq: z.number().int(), ms: z.number() }).nullable(),
});
export type AuditCheck = z.infer<typeof AuditCheck>;
