import { formatDurationMs } from '../../contract/duration.ts';
import type { VerificationReport } from '../../contract/remediation/run.ts';
import type { HoldRule } from './judge-samples.ts';

type Facts = Omit<VerificationReport, 'summary'>;

/** What a verification came to, in a sentence or two for a person. */
export function summaryOf(facts: Facts, rule: HoldRule): string {
  const said = outcomeSentence(facts, rule);
  return facts.counterfactual === null ? said : `${said} ${facts.counterfactual.sentence}`;
}

function outcomeSentence(facts: Facts, { forMs }: HoldRule): string {
  switch (facts.outcome) {
    case 'recovered': {
      const afterMs = (facts.recoveredAtMs ?? facts.endedAtMs) - facts.startedAtMs;
      return `Healthy since ${rounded(afterMs)} after the run, for ${formatDurationMs(forMs)} without a break.`;
    }
    case 'worse': {
      const worse = facts.guards.find((guard) => guard.worse === true);
      return `Got worse: ${worse?.query ?? ''} rose from ${worse?.before ?? '?'} to ${worse?.after ?? '?'}.`;
    }
    case 'not-recovered':
      return `Not recovered within ${rounded(facts.endedAtMs - facts.startedAtMs)} after the run${reasonOf(facts)}.`;
    case 'inconclusive':
      return `Whether it recovered is not known ${rounded(facts.endedAtMs - facts.startedAtMs)} after the run${reasonOf(facts)}.`;
  }
}

function reasonOf({ samples, detector, guards, recoveredAtMs }: Facts): string {
  const last = samples.at(-1);
  const dark = guards.find(({ before, after }) => before !== null && after === null);
  if (last !== undefined && last.healthy !== 'yes') {
    return `: ${last.detail ?? 'the query says that it is not healthy'}`;
  }
  if (detector !== null && detector.normal !== true) {
    return `: ${detector.detail}`;
  }
  if (dark !== undefined) {
    return `: ${dark.query} has no values any more`;
  }
  return recoveredAtMs === null || last === undefined
    ? ''
    : `: healthy only for ${rounded(last.atMs - recoveredAtMs)} by then`;
}

function rounded(ms: number): string {
  return formatDurationMs(Math.max(0, Math.round(ms / 1_000) * 1_000));
}
