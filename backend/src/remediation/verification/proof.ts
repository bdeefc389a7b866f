import type { VerificationReport } from '../../contract/remediation/run.ts';

/** What the audit keeps of a verification: each figure from before and after, without the chart. */
export function proofOf(report: VerificationReport): Readonly<Record<string, unknown>> {
  const { outcome, summary, startedAtMs, endedAtMs, recoveredAtMs, samples, detector, guards } = report;
  const last = samples.at(-1);
  return {
    ...{ outcome, summary, startedAtMs, endedAtMs, recoveredAtMs, detector, guards },
    looks: samples.length,
    lastLook: last === undefined ? null : { healthy: last.healthy, value: last.value, sampleMs: last.sampleMs },
  };
}
