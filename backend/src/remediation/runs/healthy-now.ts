import type { Clock } from '../../clock.ts';
import type { MetricStore } from '../../datasources/metrics/metric-store.ts';
import { messageOf } from '../../errors.ts';
import type { Logger } from 'pino';
import type { HealthyNow } from '../guardrails/decision-input.ts';
import type { Policy } from '../policies/policy.ts';

const deadlineMs = 10_000;

/** Asks how many members of a group are healthy, and of how many. No answer is no number, which counts as none healthy. */
export async function healthyNow(
  deps: {
    readonly clock: Clock;
    readonly logger: Logger;
    storeOf(source: string | undefined): MetricStore;
  },
  policy: Policy,
  signal: AbortSignal
): Promise<HealthyNow> {
  const { minHealthy } = policy.spec.guard;
  if (minHealthy === undefined) {
    return { kind: 'not-asked' };
  }
  const store = deps.storeOf(minHealthy.source);
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
  const ask = async (promql: string): Promise<number | null> => {
    try {
      const { samples } = await store.queryInstant(promql, deps.clock.nowMs(), deadline);
      return samples.length === 1 ? (samples[0]?.value ?? null) : null;
    } catch (error) {
      signal.throwIfAborted();
      deps.logger.warn({ policy: policy.name, error: messageOf(error) }, 'how many are healthy could not be asked');
      return null;
    }
  };
  const [healthy, of] = await Promise.all([ask(minHealthy.query), ask(minHealthy.of)]);
  return { kind: 'measured', healthy, of };
}
