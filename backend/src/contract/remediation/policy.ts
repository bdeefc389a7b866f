import { z } from 'zod';
import { DetectionKind } from '../detect.ts';
import { DurationText } from '../duration.ts';
import { JobOrigin } from '../job.ts';
import { GuardVerdict } from './verdict.ts';

/** Never to `auto` without having been at the ones before. */
export const PolicyMode = z.enum(['observe', 'suggest', 'approve', 'auto']);
export type PolicyMode = z.infer<typeof PolicyMode>;

export const PolicyName = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, {
  error: 'expected lower-case letters, digits and dashes, at most 63, such as restart-crashed-api',
});

const LabelName = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, { error: 'expected a label name such as instance' });
const Identifier = z
  .string()
  .regex(/^[a-zA-Z][a-zA-Z0-9_-]{0,62}$/, { error: 'expected a name such as restart_service' });

/** `51%` or 0.51, as a ratio 0..1. */
const ShareText = z
  .union([z.number(), z.string().regex(/^\d+(\.\d+)?%$/, { error: 'expected a share such as 51%' })])
  .transform((given) => (typeof given === 'number' ? given : Number(given.slice(0, -1)) / 100))
  .pipe(z.number().gt(0, { error: 'expected more than 0%' }).max(1, { error: 'expected at most 100%' }));

/** An Alertmanager matcher such as `severity=~"critical|warning"`; its expression is checked where policies are read. */
const MatcherText = z.string().min(1).max(1000);
const PromQl = z.string().min(1).max(10_000);

/** What makes a policy think of acting: exactly one of the three. */
const PolicyTrigger = z
  .strictObject({
    alert: z.array(MatcherText).min(1).max(20).optional().meta({ description: 'Matchers that an alert must all fit' }),
    detection: z
      .strictObject({
        job: z.string().min(1).max(63).meta({ description: 'Job that finds the anomaly' }),
        kind: DetectionKind.exclude(['capacity']).optional().meta({ description: 'Only this kind of anomaly' }),
        score: z.number().min(0).default(1).meta({ description: 'Least score of the anomaly' }),
        for: DurationText.optional().meta({ description: 'How long the anomaly must have lasted' }),
      })
      .optional()
      .meta({ description: 'An anomaly of one of our jobs' }),
    forecast: z
      .strictObject({
        job: z.string().min(1).max(63).meta({ description: 'Job with a capacity limit' }),
        within: DurationText.default('24h').meta({ description: 'The limit is crossed within this time' }),
        probability: ShareText.default(0.8).meta({ description: 'At least as probable as this' }),
      })
      .optional()
      .meta({ description: 'A limit of a capacity job that will be crossed: acts before the failure' }),
  })
  .refine((when) => [when.alert, when.detection, when.forecast].filter((kind) => kind !== undefined).length === 1, {
    error: 'expected exactly one of alert, detection, forecast',
  });

const PolicyTarget = z.strictObject({
  label: LabelName.default('instance').meta({ description: 'Label of the alert that names the host' }),
  map: z
    .strictObject({
      strip: z
        .array(z.enum(['port', 'domain']))
        .default(['port'])
        .meta({ description: 'What is cut off the value first' }),
      names: z
        .record(z.string().max(300), z.string().max(300))
        .default({})
        .meta({ description: 'Values with the host that each stands for' }),
    })
    .prefault({})
    .meta({ description: 'From the value of the label to a name of the inventory' }),
  group: Identifier.meta({ description: 'Group of the inventory that the host must be in' }),
});

/** A value of a parameter: `{label}` inside a text stands for the value of a label of the alert. */
const ParameterValue = z.union([z.string().max(1000), z.number(), z.boolean()]);

const PolicyAction = z.strictObject({
  engine: z.string().min(1).max(63).optional().meta({ description: 'Name of an engine; the first one when left out' }),
  playbook: Identifier.meta({ description: 'Playbook or action of the engine, by the name of its manifest' }),
  with: z.record(Identifier, ParameterValue).default({}).meta({ description: 'Its parameters; {label} is data' }),
  dryRunFirst: z.boolean().default(false).meta({ description: 'Run in check mode before each real run' }),
});

const Guard = z.strictObject({
  cooldown: DurationText.default('15m').meta({
    description: 'Rest of policy and target after a run, however it ended',
  }),
  attempts: z.int().min(1).max(10).default(2).meta({ description: 'Runs in one episode; then a person is asked' }),
  relapse: DurationText.default('1h').meta({
    description: 'An alert that comes back so soon continues the outage before it, with the attempts used there',
  }),
  targets: z
    .strictObject({
      atMost: z.int().min(1).max(1000).default(3).meta({ description: 'Hosts within the time' }),
      share: ShareText.default(0.1).meta({ description: 'Share of the group; rounds down, but one may always be' }),
      per: DurationText.default('30m').meta({ description: 'Length of the window' }),
    })
    .prefault({})
    .meta({ description: 'Targets of the group acted on within the time; the smaller of count and share' }),
  massFailure: z
    .strictObject({
      share: ShareText.default(0.3).meta({ description: 'More than this share of the group, and two at least' }),
      atLeast: z
        .int()
        .min(2)
        .max(1000)
        .default(5)
        .meta({ description: 'Or so many hosts, however large the group is' }),
      within: DurationText.default('5m').meta({ description: 'Beginning within this time' }),
    })
    .prefault({})
    .meta({ description: 'So many members failing at once have one cause: nothing is done to single hosts' }),
  minHealthy: z
    .strictObject({
      query: PromQl.meta({ description: 'PromQL that counts the healthy members' }),
      of: PromQl.meta({ description: 'PromQL that counts all members' }),
      atLeast: ShareText.default(0.51).meta({ description: 'Least healthy share' }),
      source: z.string().max(63).optional().meta({ description: 'Source that is asked; the first one when left out' }),
    })
    .optional()
    .meta({ description: 'Healthy share of the group that an action must leave, asked live' }),
  failures: z
    .strictObject({
      inARow: z.int().min(1).max(100).default(3).meta({ description: 'So many one after the other' }),
      ofLastTen: ShareText.default(0.5).meta({ description: 'Or this share of the last ten' }),
      for: DurationText.default('1h').meta({ description: 'Then nothing is done for so long' }),
    })
    .prefault({})
    .meta({ description: 'Failed runs or verifications that open the circuit breaker, and for how long' }),
  flap: z
    .strictObject({
      atMost: z.int().min(1).max(100).default(3).meta({ description: 'Openings within the time' }),
      per: DurationText.default('30m').meta({ description: 'The time, and how long it must keep still' }),
    })
    .prefault({})
    .meta({
      description: 'An alert that opens so often within the time is left alone until it kept still for as long',
    }),
  atOnce: z
    .strictObject({
      policy: z.int().min(1).max(100).default(1).meta({ description: 'Runs of the policy at once' }),
      group: z.int().min(1).max(100).default(2).meta({ description: 'Runs on the group at once' }),
    })
    .prefault({})
    .meta({ description: 'Runs of the policy, and of the group, at the same time' }),
  maxAge: DurationText.default('24h').meta({ description: 'Episodes that began earlier are for people' }),
  calendars: z.array(z.string().min(1).max(63)).max(20).default([]).meta({ description: 'Calendars of freezes' }),
  onAbsence: z.boolean().default(false).meta({ description: 'Act also when only the data is missing' }),
  dependsOn: z
    .array(PolicyName)
    .max(20)
    .default([])
    .meta({ description: 'Policies of what this depends on: while one of their runs is open, this one waits' }),
});

const Approve = z.strictObject({
  within: DurationText.default('15m').meta({ description: 'No decision until then means no' }),
  people: z.int().min(1).max(5).default(1).meta({ description: 'How many must agree; two for the tier high' }),
});

const Verify = z.strictObject({
  source: z.string().max(63).optional().meta({ description: 'Source that is asked; the first one when left out' }),
  settle: DurationText.default('30s').meta({ description: 'Wait after the run' }),
  healthy: PromQl.meta({ description: 'PromQL that answers samples when all is well, none when not; {label} is data' }),
  for: DurationText.default('45s').meta({ description: 'How long it must hold without a break' }),
  every: DurationText.default('15s').meta({ description: 'Time between two looks' }),
  within: DurationText.default('5m').meta({ description: 'Longest wait for it' }),
  detector: z.string().min(1).max(63).optional().meta({ description: 'Job that must call its series normal again' }),
  notWorse: z.array(PromQl).max(10).default([]).meta({ description: 'Must not rise by more than 20 %' }),
});

const Otherwise = z.strictObject({
  rollback: z.boolean().default(true).meta({ description: 'Run the rollback of the playbook, once' }),
  escalate: z.array(z.string().min(1).max(63)).max(10).default([]).meta({ description: 'Contacts; all when empty' }),
});

/** A policy as a person writes it, in a file or over the API. */
export const PolicySpec = z
  .strictObject({
    name: PolicyName.meta({ description: 'Unique name of the policy' }),
    title: z.string().max(200).optional().meta({ description: 'What people read instead of the name' }),
    enabled: z.boolean().default(true).meta({ description: 'Whether it is looked at at all' }),
    mode: PolicyMode.default('observe').meta({ description: 'observe, suggest, approve, auto: how far it goes alone' }),
    priority: z.int().min(0).max(1000).default(0).meta({ description: 'The highest one that fits a target acts' }),
    sources: z
      .array(z.string().min(1).max(63))
      .max(20)
      .default([])
      .meta({ description: 'Webhooks whose alerts count; all of them when empty' }),
    ownAlerts: z.boolean().default(false).meta({ description: 'Also alerts that this product made (origin="aiops")' }),
    when: PolicyTrigger.meta({ description: 'alert, detection or forecast' }),
    target: PolicyTarget.meta({ description: 'Where to act' }),
    do: PolicyAction.meta({ description: 'What to do' }),
    guard: Guard.prefault({}).meta({ description: 'What keeps it from acting' }),
    approve: Approve.prefault({}).meta({ description: 'Who must agree, and until when' }),
    verify: Verify.optional().meta({ description: 'How a recovery is told from luck' }),
    otherwise: Otherwise.prefault({}).meta({ description: 'What happens when it did not help' }),
  })
  .refine((spec) => spec.mode !== 'auto' || spec.verify !== undefined, {
    path: ['mode'],
    error: "mode auto needs verify.healthy: without it a recovery can't be told from luck",
  });
export type PolicySpec = z.output<typeof PolicySpec>;
export type PolicySpecInput = z.input<typeof PolicySpec>;

export const BreakerState = z.enum(['closed', 'open', 'half-open']);
export type BreakerState = z.infer<typeof BreakerState>;

export const PolicySummary = z.object({
  spec: PolicySpec,
  version: z.number().int(),
  origin: JobOrigin,
  updatedAtMs: z.number(),
  updatedBy: z.string(),
  breaker: z.object({ state: BreakerState, untilMs: z.number().nullable() }),
  /** Ended runs of the last 30 days. */
  runs: z.object({ total: z.number().int(), verified: z.number().int(), failed: z.number().int() }),
  /** Decisions of the last 30 days that a guard held back, by its name. */
  refusals: z.record(z.string(), z.number().int()),
  /** Why it may not be promoted to auto yet; null when it may. */
  promotion: z.string().nullable(),
  /** Why it is left aside although it is enabled, such as a playbook that is gone; null when it is not. */
  fault: z.string().nullable(),
});
export type PolicySummary = z.infer<typeof PolicySummary>;

export const PolicyVersion = z.object({
  version: z.number().int(),
  spec: PolicySpec,
  atMs: z.number(),
  by: z.string(),
});
export type PolicyVersion = z.infer<typeof PolicyVersion>;

export const ReplayRequest = z.strictObject({ spec: PolicySpec, days: z.int().min(1).max(90).default(30) });
export type ReplayRequest = z.output<typeof ReplayRequest>;

/** What a policy would have done on the episodes that were recorded. */
export const ReplayReport = z.object({
  days: z.number(),
  episodes: z.number().int(),
  matched: z.number().int(),
  wouldRun: z.number().int(),
  /** How often each guard would have refused first. */
  refusedBy: z.record(z.string(), z.number().int()),
  items: z.array(
    z.object({
      episodeId: z.string(),
      alertname: z.string(),
      openedAtMs: z.number(),
      target: z.string().nullable(),
      outcome: z.enum(['would-run', 'refused']),
      verdicts: z.array(GuardVerdict),
    })
  ),
});
export type ReplayReport = z.infer<typeof ReplayReport>;
