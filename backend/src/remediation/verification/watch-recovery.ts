import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import { parseDurationMs } from '../../contract/duration.ts';
import type { PolicySpec } from '../../contract/remediation/policy.ts';
import type { VerificationReport, VerificationSample } from '../../contract/remediation/run.ts';
import type { MetricStore } from '../../datasources/metrics/metric-store.ts';
import { AppError, messageOf } from '../../errors.ts';
import type { Labels } from '../../timeseries/series.ts';
import { fillPromQl } from '../policies/placeholders.ts';
import type { DetectorView } from './detector-view.ts';
import { readBefore } from './guard-baseline.ts';
import { type GuardSeen, judgeGuard, wentDark } from './judge-guards.ts';
import { type HoldRule, judgeSamples, outcomeWithoutHold } from './judge-samples.ts';
import { lookAt } from './look.ts';
import { type ReadQuery, readQuery } from './read-query.ts';
import { summaryOf } from './verification-summary.ts';

export interface RecoveryDeps {
  /** The source of a policy, or the first one. @throws AppError `invalid_request` for one that does not exist */
  storeOf(source: string | undefined): MetricStore;
  readonly detectors: Pick<DetectorView, 'judge' | 'counterfactual'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Each look as it is made; not those that a restart makes up for. */
  onSample?(sample: VerificationSample): void;
}

/** All instants are given, so that a restart goes on where the backend ended: the same request has the same looks. */
export interface RecoveryRequest {
  readonly verify: NonNullable<PolicySpec['verify']>;
  readonly labels: Labels;
  /** Begin of the outage, as the alert says. */
  readonly abnormalFromMs: number;
  readonly engineStartedAtMs: number;
  readonly engineEndedAtMs: number;
}

interface Query extends ReadQuery {
  readonly promql: string;
}

interface WatchedGuard extends Query {
  /** Undefined while it could not be read. */
  before: number | null | undefined;
  readonly after: Array<number | null>;
}

interface Watch extends HoldRule {
  readonly request: RecoveryRequest;
  readonly store: MetricStore;
  readonly healthy: Query;
  readonly guards: readonly WatchedGuard[];
  readonly settleMs: number;
  readonly looks: number;
  readonly samples: VerificationSample[];
  detector: VerificationReport['detector'];
}

const mostLooks = 1_000;

/**
 * Whether a run brought its target back: looks at the policy's query every `every` after `settle` until it was healthy
 * for `for` and the detector agrees, until a guarded metric got worse, or until `within` is over. Looks whose time has
 * passed, such as after a restart, are asked for the instant they were due at.
 * @throws the signal's reason when aborted; what can't be judged is `inconclusive`
 */
export async function watchRecovery(
  deps: RecoveryDeps,
  request: RecoveryRequest,
  signal: AbortSignal
): Promise<VerificationReport> {
  try {
    const watch = prepare(deps, request);
    const outcome = await look(deps, watch, signal);
    return await report(deps, watch, outcome, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof AppError)) {
      throw error;
    }
    return withoutLooks(request, messageOf(error));
  }
}

function prepare(deps: RecoveryDeps, request: RecoveryRequest): Watch {
  const { verify, labels } = request;
  const everyMs = Math.max(1_000, durationMs(verify.every));
  const query = (text: string): Query => {
    const promql = fillPromQl(text, labels);
    return { promql, ...readQuery(promql) };
  };
  const store = deps.storeOf(verify.source);
  const healthy = query(verify.healthy);
  const guards = verify.notWorse.map((text) => ({ ...query(text), before: undefined, after: [] }));
  return {
    ...{ request, store, healthy, guards, everyMs, samples: [], detector: null },
    forMs: durationMs(verify.for),
    settleMs: durationMs(verify.settle),
    looks: Math.min(mostLooks, Math.floor(durationMs(verify.within) / everyMs) + 1),
  };
}

/** The texts of a policy were checked when it was saved. */
function durationMs(text: string): number {
  return parseDurationMs(text) ?? 0;
}

async function look(deps: RecoveryDeps, watch: Watch, signal: AbortSignal): Promise<VerificationReport['outcome']> {
  const { request, settleMs, everyMs } = watch;
  const toldFromMs = deps.clock.nowMs() - everyMs;
  for (let i = 0; i < watch.looks; i++) {
    const atMs = request.engineEndedAtMs + settleMs + i * everyMs;
    // At most one wait for each look, however the clock is set meanwhile.
    const waitMs = Math.min(atMs - deps.clock.nowMs(), i === 0 ? settleMs : everyMs);
    if (waitMs > 0) {
      await deps.clock.sleep(waitMs, signal);
    }
    signal.throwIfAborted();
    await readBaselines(watch, signal);
    await lookOnce(watch, atMs, signal);
    tell(deps, watch, toldFromMs);
    const guards = guardsOf(watch);
    if (guards.some(({ worse }) => worse === true)) {
      return 'worse';
    }
    const holds = judgeSamples(watch.samples, watch).held && !isGuardUnknown(watch);
    if (holds && (await isNormal(deps, watch, atMs, signal))) {
      return 'recovered';
    }
  }
  return await outcomeAtEnd(deps, watch, signal);
}

function tell(deps: RecoveryDeps, { samples }: Watch, fromMs: number): void {
  const sample = samples.at(-1);
  if (sample !== undefined && sample.atMs >= fromMs) {
    deps.onSample?.(sample);
  }
}

async function lookOnce(watch: Watch, atMs: number, signal: AbortSignal): Promise<void> {
  const { store, request } = watch;
  const newerThanMs = request.engineEndedAtMs;
  const [healthy, ...guards] = await Promise.all(
    [watch.healthy, ...watch.guards].map((query) => lookAt(store, { ...query, atMs, newerThanMs }, signal))
  );
  watch.guards.forEach(({ after }, i) => {
    const seen = guards[i];
    const isKnown = seen?.kind === 'answered' && seen.values.length > 0;
    after.push(isKnown ? seen.values.reduce((sum, value) => sum + value, 0) : null);
  });
  if (healthy === undefined) {
    return;
  }
  const sample: VerificationSample =
    healthy.kind === 'answered'
      ? {
          atMs,
          sampleMs: healthy.sampleMs,
          healthy: healthy.values.length > 0 ? 'yes' : 'no',
          value: finite(healthy.values[0]),
          detail: null,
        }
      : { atMs, sampleMs: healthy.sampleMs, healthy: healthy.kind, value: null, detail: healthy.detail };
  watch.samples.push(sample);
}

/** What is read of the past can be read later too: a source that is away right after the run may come back. */
async function readBaselines({ store, guards, request, everyMs }: Watch, signal: AbortSignal): Promise<void> {
  for (const guard of guards.filter(({ before }) => before === undefined)) {
    try {
      const before = { promql: guard.promql, untilMs: request.engineStartedAtMs, everyMs };
      guard.before = await readBefore(store, before, signal);
    } catch {
      // Unknown keeps it from being called a recovery; why is in what the looks say of the same source.
      signal.throwIfAborted();
    }
  }
}

function isGuardUnknown(watch: Watch): boolean {
  return watch.guards.some(({ before }) => before === undefined) || guardsOf(watch).some(wentDark);
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

function guardsOf({ guards }: Watch): VerificationReport['guards'] {
  return guards.map(({ promql, before, after }): VerificationReport['guards'][number] => {
    const seen: GuardSeen = { query: promql, before: before ?? null, after };
    return judgeGuard(seen);
  });
}

/** Whether the detector agrees, when the policy wants one. */
async function isNormal(deps: RecoveryDeps, watch: Watch, nowMs: number, signal: AbortSignal): Promise<boolean> {
  const { verify, labels, engineEndedAtMs } = watch.request;
  if (verify.detector === undefined) {
    return true;
  }
  try {
    const times = { runEndedAtMs: engineEndedAtMs, nowMs };
    watch.detector = await deps.detectors.judge({ job: verify.detector, labels }, times, signal);
  } catch (error) {
    signal.throwIfAborted();
    watch.detector = { job: verify.detector, normal: null, detail: messageOf(error) };
  }
  return watch.detector.normal === true;
}

async function outcomeAtEnd(
  deps: RecoveryDeps,
  watch: Watch,
  signal: AbortSignal
): Promise<VerificationReport['outcome']> {
  const { held } = judgeSamples(watch.samples, watch);
  if (!held) {
    await isNormal(deps, watch, watch.samples.at(-1)?.atMs ?? 0, signal);
    return outcomeWithoutHold(watch.samples);
  }
  return watch.detector?.normal === false ? 'not-recovered' : 'inconclusive';
}

async function report(
  deps: RecoveryDeps,
  watch: Watch,
  outcome: VerificationReport['outcome'],
  signal: AbortSignal
): Promise<VerificationReport> {
  const { request, samples, detector } = watch;
  const endedAtMs = samples.at(-1)?.atMs ?? request.engineEndedAtMs;
  const { sinceMs } = judgeSamples(samples, watch);
  const facts = {
    ...{ outcome, samples, detector, endedAtMs },
    startedAtMs: request.engineEndedAtMs,
    recoveredAtMs: sinceMs,
    guards: guardsOf(watch),
    counterfactual: await counterfactualOf(deps, request, endedAtMs, signal),
  };
  return { ...facts, summary: summaryOf(facts, watch) };
}

/** A comparison is worth having, but no recovery hangs on it. */
async function counterfactualOf(
  deps: RecoveryDeps,
  request: RecoveryRequest,
  nowMs: number,
  signal: AbortSignal
): Promise<VerificationReport['counterfactual']> {
  const { verify, labels, abnormalFromMs, engineStartedAtMs, engineEndedAtMs } = request;
  if (verify.detector === undefined) {
    return null;
  }
  const times = { abnormalFromMs, runStartedAtMs: engineStartedAtMs, runEndedAtMs: engineEndedAtMs, nowMs };
  try {
    return await deps.detectors.counterfactual({ job: verify.detector, labels }, times, signal);
  } catch (error) {
    signal.throwIfAborted();
    deps.logger.warn({ err: error, job: verify.detector }, 'no forecast without the run could be made');
    return null;
  }
}

function withoutLooks({ engineEndedAtMs }: RecoveryRequest, fault: string): VerificationReport {
  return {
    outcome: 'inconclusive',
    summary: `Nothing could be looked at: ${fault}`,
    startedAtMs: engineEndedAtMs,
    endedAtMs: engineEndedAtMs,
    recoveredAtMs: null,
    samples: [],
    detector: null,
    guards: [],
    counterfactual: null,
  };
}
