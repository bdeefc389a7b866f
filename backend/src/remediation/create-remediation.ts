import type { Logger } from 'pino';
import type { AlertmanagerConnection } from '../alert-rows/alertmanager-alerts.ts';
import type { Clock } from '../clock.ts';
import type { VerificationReport } from '../contract/remediation/run.ts';
import type { MetricStore } from '../datasources/metrics/metric-store.ts';
import type { Database } from '../store/database.ts';
import type { AuditLog } from './audit/audit-log.ts';
import { KillSwitches } from './controls/kill-switches.ts';
import { SilenceReader } from './controls/silences.ts';
import type { AutomationEngine } from './engines/automation-engine.ts';
import { EpisodeRepository } from './episodes/episode-repository.ts';
import type { CalendarNow, GlobalLimits } from './guardrails/decision-input.ts';
import { Planner, taskOfPlan } from './plans/planner.ts';
import type { Policy } from './policies/policy.ts';
import { concludeRun, type RunConclusion } from './runs/conclude-run.ts';
import { Decider } from './runs/decider.ts';
import { DecisionRepository } from './runs/decision-repository.ts';
import { dryRun } from './runs/dry-runs.ts';
import { healthyNow } from './runs/healthy-now.ts';
import { Judge } from './runs/judge.ts';
import { afterRun, startOfRun } from './runs/aftermath.ts';
import type { Word } from './runs/people.ts';
import { Proposer } from './runs/proposer.ts';
import { recheck } from './runs/recheck.ts';
import { recoverRuns } from './runs/recover-runs.ts';
import { Remediator } from './runs/remediator.ts';
import { RunDesk } from './runs/run-desk.ts';
import { RunExecutor, type RunExecutorDeps } from './runs/run-executor.ts';
import { RunLog } from './runs/run-log.ts';
import type { Connection } from './runs/run-repository.ts';
import type { StoredRun } from './runs/stored-run.ts';
import { automaton } from './runs/automaton.ts';

export interface RemediationDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly audit: AuditLog;
  readonly engines: ReadonlyMap<string, AutomationEngine>;
  readonly alertmanagers: readonly AlertmanagerConnection[];
  /** Names and addresses of the hosts that this backend rests on, in small letters. */
  readonly selfHosts: ReadonlySet<string>;
  readonly limits: GlobalLimits;
  /** Whether a global kill switch also ends what runs already. */
  readonly killRunning: boolean;
  policies(): readonly Policy[];
  storeOf(source: string | undefined): MetricStore;
  calendarsNow(names: readonly string[], timeMs: number): readonly CalendarNow[];
  /** Whether an ended run helped. */
  watch(run: StoredRun, policy: Policy, signal: AbortSignal): Promise<VerificationReport | undefined>;
  tell(word: Word, db: Connection): Promise<void>;
}

/** Remediation with a life: between start and stop it decides and acts. */
export interface Remediation {
  readonly desk: RunDesk;
  readonly proposer: Proposer;
  readonly switches: KillSwitches;
  readonly log: RunLog;
  readonly episodes: EpisodeRepository;
  readonly decisions: DecisionRepository;
  start(): Promise<void>;
  /** Something came in: look at it now. */
  wake(): void;
  stop(): Promise<void>;
}

type Parts = ReturnType<typeof buildParts>;

/** Puts the parts together; the engines belong to the caller. */
export function createRemediation(deps: RemediationDeps): Remediation {
  const { database, clock, logger, audit } = deps;
  const parts = buildParts(deps);
  const { log, episodes, decisions, planner, judge, switches, silences, policies, tell } = parts;
  const conclude = async (run: StoredRun, conclusion: RunConclusion) =>
    await concludeRun(
      { log, nowMs: () => clock.nowMs(), afterwards: afterRun({ ...deps, episodes }) },
      run,
      conclusion
    );
  const engineOf = (run: StoredRun) => planner.engine(run.plan.engine);
  const executor = buildExecutor(deps, parts, { conclude, engineOf });
  const remediator = new Remediator({
    ...{ clock, logger, executor, log, episodes, switches, tell },
    decider: new Decider({ database, audit, clock, episodes, decisions, planner, judge, log, policies, tell }),
    recover: () => recoverRuns({ log, clock, logger, engineOf, conclude }),
  });
  const wake = () => {
    remediator.wake();
  };
  const proposer = new Proposer({ database, clock, episodes, planner, judge, policies, runs: log.repository });
  return {
    ...{ proposer, switches, log, episodes, decisions, wake },
    desk: new RunDesk({ database, clock, logger, audit, decisions, planner, proposer, log, executor, wake }),
    async start() {
      await switches.start();
      await remediator.start();
    },
    async stop() {
      await remediator.stop();
      await silences.stop();
    },
  };
}

function buildParts(deps: RemediationDeps) {
  const { database, clock, logger, audit, selfHosts, limits } = deps;
  const switches = new KillSwitches({ database, clock, audit });
  const silences = new SilenceReader({ alertmanagers: deps.alertmanagers, clock });
  const planner = new Planner(deps.engines);
  const storeOf = (source: string | undefined) => deps.storeOf(source);
  return {
    ...{ switches, silences, planner },
    episodes: new EpisodeRepository(database),
    decisions: new DecisionRepository(database),
    log: new RunLog({ database, clock, audit }),
    policies: () => deps.policies(),
    tell: (word: Word, db: Connection) => deps.tell(word, db),
    judge: new Judge({
      ...{ database, planner, switches, silences, selfHosts, limits },
      calendarsNow: (names, timeMs) => deps.calendarsNow(names, timeMs),
      healthyNow: (policy, signal) => healthyNow({ clock, logger, storeOf }, policy, signal),
    }),
  };
}

function buildExecutor(
  deps: RemediationDeps,
  parts: Parts,
  { conclude, engineOf }: Pick<RunExecutorDeps, 'conclude' | 'engineOf'>
): RunExecutor {
  const { database, clock, logger, audit } = deps;
  const { log, episodes, planner, judge, switches, policies } = parts;
  const policyOf = (run: StoredRun) => policies().find(({ name }) => name === run.plan.policy);
  const labelsOf = async (run: StoredRun) => (await episodes.get(run.plan.episodeId)) ?? { labels: {} };
  return new RunExecutor({
    ...{ log, clock, logger, switches, engineOf, conclude, killRunning: deps.killRunning },
    taskOf: async (run) => taskOfPlan(run.plan, await labelsOf(run), { runId: run.id, check: false }),
    rollbackOf: async (run) => {
      const action = run.plan.rollback;
      return action === null || policyOf(run)?.spec.otherwise.rollback !== true
        ? undefined
        : taskOfPlan(run.plan, await labelsOf(run), { runId: `${run.id}-rollback`, check: false, action });
    },
    recheck: async (run, signal) =>
      await recheck({ database, episodes, planner, judge, policies, nowMs: () => clock.nowMs() }, run, signal),
    dryRun: async (run, signal) => {
      const episode = await episodes.get(run.plan.episodeId);
      if (episode !== undefined) {
        const asked = { engine: engineOf(run), plan: run.plan, episode, actor: automaton };
        await dryRun({ database, clock, logger, audit }, asked, signal);
      }
    },
    starting: startOfRun(deps),
    verify: async (run, signal) => {
      const policy = policyOf(run);
      return policy === undefined ? undefined : await deps.watch(run, policy, signal);
    },
  });
}
