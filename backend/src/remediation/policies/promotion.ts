import type { PolicyMode, PolicySpec } from '../../contract/remediation/policy.ts';

/** Ended runs of a policy since what it does was last changed. */
export interface RunRecord {
  readonly total: number;
  readonly verified: number;
}

const leastRuns = 10;
const leastVerified = 0.95;

/** Why a policy may not act alone yet; undefined when it has earned it. G12 */
export function promotionFault(spec: Pick<PolicySpec, 'verify'>, { total, verified }: RunRecord): string | undefined {
  if (spec.verify === undefined) {
    return 'it has no verification: a recovery could not be told from luck';
  }
  if (total < leastRuns) {
    return `${total} of ${leastRuns} runs that people agreed to have ended; ${leastRuns - total} more are needed`;
  }
  const share = Math.floor((verified / total) * 1000) / 10;
  return verified / total < leastVerified
    ? `${verified} of ${total} runs were verified (${share} %); at least ${leastVerified * 100} % are needed`
    : undefined;
}

/** Parts of a policy that its record of runs stands for: with other ones it begins anew. */
export function actsTheSame(a: PolicySpec, b: PolicySpec): boolean {
  const parts = ({ when, target, do: action, verify }: PolicySpec) =>
    JSON.stringify([when, target, action, verify ?? null]);
  return parts(a) === parts(b);
}

const ranks: readonly PolicyMode[] = ['observe', 'suggest', 'approve', 'auto'];

/** Whether a policy goes further alone than before. */
export function isPromotion(from: PolicyMode, to: PolicyMode): boolean {
  return ranks.indexOf(to) > ranks.indexOf(from);
}
