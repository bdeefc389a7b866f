import { Counter, Histogram, type Registry } from 'prom-client';
import { z } from 'zod';
import { VerificationReport } from '../contract/remediation/run.ts';
import { GuardVerdict } from '../contract/remediation/verdict.ts';
import type { Database } from '../store/database.ts';
import { AuditTail, type TailEntry } from './audit-tail.ts';

/** Seconds: from the fastest recovery that can be proven to what took a night. */
const recoveryBuckets = [1, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1_800, 3_600, 14_400, 43_200];

const OpenedFacts = z.object({ startsAtMs: z.number() });
const RunFacts = z.object({ to: z.string() });
const DecisionFacts = z.object({
  verdicts: z.array(GuardVerdict.pick({ name: true, outcome: true })),
  /** Guards that passed and of which no more is kept. */
  passed: z.array(z.string()).default([]),
});
/** States in which nothing more happens to a run by itself. */
const ends: ReadonlySet<string> = new Set([
  ...['verified', 'failed', 'unknown', 'inconclusive', 'refused', 'denied', 'expired', 'cancelled'],
]);

type Instruments = ReturnType<typeof instrumentsOf>;

export interface RemediationCounters {
  readonly tail: AuditTail;
}

/**
 * Counters and histograms of remediation. What happened is read from the audit when somebody asks, from where this
 * process began: whatever is proven is counted, and nothing else.
 */
export function registerRemediationCounters(registry: Registry, database: Database): RemediationCounters {
  const tail = new AuditTail(database);
  let pending: Promise<void> | undefined;
  // The instruments of one scrape ask at the same time: the audit is read once for all of them.
  const collect = () =>
    (pending ??= tail
      .read((entries) => count(database, instruments, entries))
      .finally(() => {
        pending = undefined;
      }));
  const instruments = instrumentsOf(registry, collect);
  return { tail };
}

function instrumentsOf(registry: Registry, collect: () => Promise<void>) {
  const registers = [registry];
  const seconds = (name: string, help: string) =>
    new Histogram({ name, help, buckets: recoveryBuckets, registers, collect });
  return {
    verdicts: new Counter({
      name: 'aiops_verdicts_total',
      help: 'What guards said of plans, by guard and verdict',
      labelNames: ['guard', 'verdict'],
      registers,
      collect,
    }),
    runs: new Counter({
      name: 'aiops_runs_total',
      help: 'Runs that ended, by policy and outcome; verified is a recovery that was seen',
      labelNames: ['policy', 'outcome'],
      registers,
      collect,
    }),
    verification: seconds('aiops_verification_seconds', 'Time from the end of a run to the end of its verification'),
    mttd: seconds('aiops_mttd_seconds', 'Time to detect: from the start that an alert names to its episode'),
    mtta: seconds('aiops_mtta_seconds', 'Time to act: from the episode to the start of its run'),
    mttr: seconds(
      'aiops_mttr_seconds',
      'Time to recover: from the start that an alert names to the first value of a verified recovery'
    ),
  };
}

async function count(database: Database, to: Instruments, entries: readonly TailEntry[]): Promise<void> {
  entries.filter(({ kind }) => kind === 'episode.opened').forEach((entry) => countOpening(to, entry));
  entries.filter(({ kind }) => kind.startsWith('decision.')).forEach((entry) => countDecision(to, entry));
  const steps = entries.filter(({ kind }) => kind.startsWith('run.'));
  // Entries name runs by id; times and reports are in the runs themselves.
  const runs = await runsOf(database, [...new Set(steps.map(({ subject }) => subject))]);
  for (const entry of steps) {
    const run = runs.get(entry.subject);
    if (run !== undefined) {
      countStep(to, entry, run);
    }
  }
}

function countOpening({ mttd }: Instruments, { atMs, data }: TailEntry): void {
  const startsAtMs = OpenedFacts.safeParse(data).data?.startsAtMs;
  observe(mttd, startsAtMs === undefined ? null : atMs - startsAtMs);
}

function countDecision({ verdicts }: Instruments, { data }: TailEntry): void {
  const facts = DecisionFacts.safeParse(data).data;
  facts?.verdicts.forEach(({ name, outcome }) => {
    verdicts.inc({ guard: name, verdict: outcome });
  });
  facts?.passed.forEach((guard) => {
    verdicts.inc({ guard, verdict: 'pass' });
  });
}

interface CountedRun {
  readonly policy: string;
  readonly verification: string | null;
  readonly opened_at_ms: number;
  readonly starts_at_ms: number;
}

function countStep(to: Instruments, { kind, atMs, data }: TailEntry, run: CountedRun): void {
  if (kind === 'run.intended') {
    observe(to.mtta, atMs - run.opened_at_ms);
  }
  const state = RunFacts.safeParse(data).data?.to ?? '';
  if (!ends.has(state)) {
    return;
  }
  to.runs.inc({ policy: run.policy, outcome: state });
  const report = reportOf(run.verification);
  observe(to.verification, report === undefined ? null : report.endedAtMs - report.startedAtMs);
  const recoveredAtMs = state === 'verified' ? (report?.recoveredAtMs ?? null) : null;
  observe(to.mttr, recoveredAtMs === null ? null : recoveredAtMs - run.starts_at_ms);
}

async function runsOf(database: Database, ids: readonly string[]): Promise<ReadonlyMap<string, CountedRun>> {
  if (ids.length === 0) {
    return new Map();
  }
  const rows = await database
    .selectFrom('runs')
    .innerJoin('episodes', 'episodes.id', 'runs.episode_id')
    .select(['runs.id', 'runs.policy', 'runs.verification', 'episodes.opened_at_ms', 'episodes.starts_at_ms'])
    .where('runs.id', 'in', ids)
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

function reportOf(text: string | null): VerificationReport | undefined {
  return text === null ? undefined : VerificationReport.safeParse(JSON.parse(text)).data;
}

/** Clocks differ: what seems to have ended before it began took no time. */
function observe(histogram: Histogram, ms: number | null): void {
  if (ms !== null && Number.isFinite(ms)) {
    histogram.observe(Math.max(0, ms) / 1_000);
  }
}
