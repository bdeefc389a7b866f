import { createHash } from 'node:crypto';
import type { Episode } from '../../contract/remediation/episode.ts';
import type { PolicySpec } from '../../contract/remediation/policy.ts';
import type { Plan } from '../../contract/remediation/run.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { EngineTask, Preparation } from '../engines/automation-engine.ts';

/** SHA-256, hex, of everything in a plan but the hash itself, over its canonical JSON (RFC 8785). */
export function planHash(plan: Omit<Plan, 'hash'>): string {
  return createHash('sha256').update(canonicalJson(plan)).digest('hex');
}

/** Exactly what would be done, with the hash that approvals are bound to. */
export function buildPlan(facts: {
  readonly spec: PolicySpec;
  readonly version: number;
  readonly episode: Episode;
  readonly engine: string;
  readonly group: string;
  readonly task: EngineTask;
  readonly preparation: Preparation;
}): Plan {
  const { spec, version, episode, engine, group, task, preparation } = facts;
  const { manifest } = preparation;
  const plan = {
    policy: spec.name,
    policyVersion: version,
    episodeId: episode.id,
    engine,
    action: manifest.name,
    title: manifest.title,
    tier: manifest.tier,
    digest: preparation.digest,
    group,
    targets: [...preparation.targets],
    parameters: { ...task.parameters },
    command: [...preparation.command],
    timeoutMs: task.timeoutMs,
    rollback: manifest.rollback,
    warnings: [...manifest.warnings],
  };
  return { ...plan, hash: planHash(plan) };
}
