import type { Anomaly } from '../contract/forecast.ts';
import type { JobSpec } from '../contract/job.ts';
import { noBudget, thresholdOf } from './budget.ts';
import { PastEvidence } from './evidence-watch.ts';
import { PastScorer, type ScoredPast } from './past-scores.ts';
import { Replay } from './replay.ts';
import { excursionRuleOf, type SeriesDetectors } from './series-detectors.ts';

/**
 * What a job tells of a time that is over by what it knows now: by the budget and the ranks of its last training.
 * @returns in order of time
 */
export function retold(
  past: Pick<ScoredPast, 'history' | 'band'>,
  detectors: SeriesDetectors | undefined,
  spec: JobSpec
): Anomaly[] {
  const { budget = noBudget, evidence: watch } = detectors ?? {};
  const rule = excursionRuleOf(spec);
  const replay = new Replay(rule.hysteresis, spec.sensitivity);
  const threshold = thresholdOf(budget, spec.sensitivity);
  const evidence = watch && new PastEvidence(watch.state()).of(past.history);
  for (const step of new PastScorer(rule).steps({ ...past, evidence })) {
    replay.add({ ...step, evidence: step.evidence ?? budget.usualEvidence, threshold });
  }
  return replay.anomalies();
}
