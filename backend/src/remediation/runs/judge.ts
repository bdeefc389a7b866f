import type { Episode } from '../../contract/remediation/episode.ts';
import type { Plan } from '../../contract/remediation/run.ts';
import type { GuardVerdict } from '../../contract/remediation/verdict.ts';
import { messageOf } from '../../errors.ts';
import type { Database } from '../../store/database.ts';
import type { KillSwitches } from '../controls/kill-switches.ts';
import type { SilenceReader } from '../controls/silences.ts';
import { conclude, decide } from '../guardrails/decide.ts';
import type { CalendarNow, DecisionInput, DryRunNow, GlobalLimits, HealthyNow } from '../guardrails/decision-input.ts';
import type { Planner } from '../plans/planner.ts';
import type { Policy } from '../policies/policy.ts';
import type { DecisionContext } from './decision-context.ts';
import { decisionInput, noRun, type DecidedRun, type WorldNow } from './decision-facts.ts';

export interface JudgeDeps {
  readonly database: Database;
  readonly planner: Planner;
  readonly switches: KillSwitches;
  readonly silences: SilenceReader;
  readonly selfHosts: ReadonlySet<string>;
  readonly limits: GlobalLimits;
  calendarsNow(names: readonly string[], timeMs: number): readonly CalendarNow[];
  /** Asks the `minHealthy` queries of a policy. */
  healthyNow(policy: Policy, signal: AbortSignal): Promise<HealthyNow>;
}

export interface Question {
  readonly policy: Policy;
  readonly episode: Episode;
  readonly context: DecisionContext;
  readonly phase: DecisionInput['phase'];
  readonly run?: DecidedRun;
  /** The plan as it would be made now; without one nothing is said of dry runs. */
  readonly plan?: Plan;
}

/** Verdicts that need an answer from elsewhere: asked for only when nothing else refuses. */
const askedLast = ['silence', 'min-healthy'];
const plenty = 1e9;

/** Puts the question to all guards, with the facts of now. */
export class Judge {
  readonly #deps: JudgeDeps;

  constructor(deps: JudgeDeps) {
    this.#deps = deps;
  }

  /** @returns the verdicts in their order; one of them refuses when engine or inventory can't be asked */
  async verdicts(question: Question, signal: AbortSignal): Promise<GuardVerdict[]> {
    const { policy, episode, context, phase, run = noRun, plan } = question;
    const { planner } = this.#deps;
    let aim;
    try {
      aim = await planner.aim(policy, episode, signal);
    } catch (error) {
      signal.throwIfAborted();
      return [refusal('T1', 'engine', messageOf(error))];
    }
    const facts = { policy, episode, aim, context, run, phase };
    const local: WorldNow = {
      killSwitches: this.#deps.switches.active(),
      calendars: this.#deps.calendarsNow(policy.spec.guard.calendars, context.nowMs),
      silence: { kind: 'none' },
      healthy: { kind: 'measured', healthy: plenty, of: plenty },
      dryRun: await this.#dryRunOf(plan),
      selfHosts: this.#deps.selfHosts,
      limits: this.#deps.limits,
    };
    const shown = (verdicts: readonly GuardVerdict[], left: readonly string[]) =>
      verdicts.filter(({ name }) => !left.includes(name));
    const unplanned = plan === undefined ? ['dry-run'] : [];
    const first = shown(decide(decisionInput({ ...facts, world: local })), unplanned);
    if (conclude(first).kind !== 'allowed') {
      return shown(first, askedLast);
    }
    const [silence, healthy] = await Promise.all([
      this.#deps.silences.of(episode.labels, signal),
      this.#deps.healthyNow(policy, signal),
    ]);
    return shown(decide(decisionInput({ ...facts, world: { ...local, silence, healthy } })), unplanned);
  }

  async #dryRunOf(plan: Plan | undefined): Promise<DryRunNow> {
    if (plan === undefined) {
      return { digestKnown: true, outcome: 'none' };
    }
    const { database } = this.#deps;
    const dry = await database
      .selectFrom('dry_runs')
      .select('ok')
      .where('plan_hash', '=', plan.hash)
      .limit(1)
      .executeTakeFirst();
    const ran = await database
      .selectFrom('runs')
      .select('id')
      .where('digest', '=', plan.digest)
      .where('engine_outcome', '=', 'ok')
      .limit(1)
      .executeTakeFirst();
    const outcome = dry === undefined ? 'none' : dry.ok === 1 ? 'ok' : 'failed';
    return { digestKnown: ran !== undefined, outcome };
  }
}

/** A verdict of what stands before all guards: a plan that can't be made. */
export function refusal(guard: string, name: string, detail: string): GuardVerdict {
  return { guard, name, outcome: 'refuse', detail, numbers: {} };
}
