import { t } from '@grafana/i18n';
import type { BadgeColor, IconName } from '@grafana/ui';
import type {
  BreakerState,
  Decision,
  PolicyMode,
  Run,
  RunState,
  VerificationReport,
  VerificationSample,
} from '../../backend/src/contract/index.ts';
import { spanText } from '../anomalies/anomalyLook.ts';

export interface Look {
  readonly text: string;
  readonly color: BadgeColor;
  readonly icon: IconName;
}

/** Word, colour and icon of a run's state: colour alone says nothing to many people. */

export function runStateLook(state: RunState): Look {
  switch (state) {
    case 'awaiting-approval':
      return { text: t('run.awaitingApproval', 'Waits for approval'), color: 'purple', icon: 'user' };
    case 'queued':
      return { text: t('run.queued', 'Waits for its turn'), color: 'blue', icon: 'clock-nine' };
    case 'starting':
      return { text: t('run.starting', 'Starting'), color: 'blue', icon: 'play' };
    case 'running':
      return { text: t('run.running', 'Running'), color: 'blue', icon: 'sync' };
    case 'verifying':
      return { text: t('run.verifying', 'Verifying'), color: 'blue', icon: 'eye' };
    case 'rolling-back':
      return { text: t('run.rollingBack', 'Rolling back'), color: 'orange', icon: 'history' };
    case 'verified':
      return { text: t('run.verified', 'Healed'), color: 'green', icon: 'check-circle' };
    case 'failed':
      return { text: t('run.failed', 'Failed'), color: 'red', icon: 'times-circle' };
    case 'unknown':
      return { text: t('run.unknown', 'Effect unknown'), color: 'red', icon: 'question-circle' };
    case 'inconclusive':
      return { text: t('run.inconclusive', 'Inconclusive'), color: 'orange', icon: 'question-circle' };
    case 'refused':
      return { text: t('run.refused', 'Refused by a guard'), color: 'orange', icon: 'shield-exclamation' };
    case 'denied':
      return { text: t('run.denied', 'Denied'), color: 'orange', icon: 'times' };
    case 'expired':
      return { text: t('run.expired', 'Not approved in time'), color: 'darkgrey', icon: 'clock-nine' };
    case 'cancelled':
      return { text: t('run.cancelled', 'Cancelled'), color: 'darkgrey', icon: 'times' };
  }
}

/** How long something that began took, or has taken so far; undefined before it began. */
function tookMs({ startedAtMs, verification, endedAtMs }: Run, nowMs: number): number | undefined {
  return startedAtMs === null
    ? undefined
    : Math.max(0, (verification?.recoveredAtMs ?? endedAtMs ?? nowMs) - startedAtMs);
}

/** "Healed in 74s", "Running 12s", "Waits for approval": what takes the place of a button. */
export function runProgressText(run: Run, nowMs: number): string {
  const { text } = runStateLook(run.state);
  const ms = tookMs(run, nowMs);
  if (ms === undefined) {
    return text;
  }
  const span = spanText(ms);
  return run.state === 'verified'
    ? t('run.healedIn', 'Healed in {{- span}}', { span })
    : t('run.sofar', '{{- state}} {{- span}}', { state: text, span });
}

export function modeText(mode: PolicyMode): string {
  switch (mode) {
    case 'observe':
      return t('mode.observe', 'Observe');
    case 'suggest':
      return t('mode.suggest', 'Suggest');
    case 'approve':
      return t('mode.approve', 'Approve');
    case 'auto':
      return t('mode.auto', 'Auto');
  }
}

/** What a policy in this mode does when an alert fits it. */
export function modeHelp(mode: PolicyMode): string {
  switch (mode) {
    case 'observe':
      return t('mode.observeHelp', 'It only notes what it would have done.');
    case 'suggest':
      return t('mode.suggestHelp', 'It offers its plan to people and asks nobody.');
    case 'approve':
      return t('mode.approveHelp', 'It asks people to agree, and runs once they have.');
    case 'auto':
      return t('mode.autoHelp', 'It runs by itself when every guard passes.');
  }
}

export function breakerLook(state: BreakerState): Look {
  switch (state) {
    case 'closed':
      return { text: t('breaker.closed', 'Breaker closed'), color: 'green', icon: 'check' };
    case 'open':
      return { text: t('breaker.open', 'Breaker open'), color: 'red', icon: 'exclamation-triangle' };
    case 'half-open':
      return {
        text: t('breaker.halfOpen', 'Breaker half open: one run may try'),
        color: 'orange',
        icon: 'question-circle',
      };
  }
}

export function verificationLook(outcome: VerificationReport['outcome']): Look {
  switch (outcome) {
    case 'recovered':
      return { text: t('verification.recovered', 'Recovered'), color: 'green', icon: 'check-circle' };
    case 'not-recovered':
      return { text: t('verification.notRecovered', 'Not recovered'), color: 'red', icon: 'times-circle' };
    case 'inconclusive':
      return { text: t('verification.inconclusive', 'Inconclusive'), color: 'orange', icon: 'question-circle' };
    case 'worse':
      return { text: t('verification.worse', 'Something else got worse'), color: 'red', icon: 'exclamation-triangle' };
  }
}

/** What one look of the verification saw. */
export function sampleLook(healthy: VerificationSample['healthy']): Look {
  switch (healthy) {
    case 'yes':
      return { text: t('verification.healthy', 'healthy'), color: 'green', icon: 'check' };
    case 'no':
      return { text: t('verification.unhealthy', 'not healthy'), color: 'red', icon: 'times' };
    case 'no-data':
      return { text: t('verification.noData', 'no data'), color: 'orange', icon: 'question-circle' };
    case 'error':
      return { text: t('verification.error', 'not answered'), color: 'orange', icon: 'exclamation-triangle' };
  }
}

export function decisionLook(outcome: Decision['outcome']): Look {
  switch (outcome) {
    case 'observed':
      return { text: t('decision.observed', 'Would have run'), color: 'blue', icon: 'eye' };
    case 'suggested':
      return { text: t('decision.suggested', 'Suggested'), color: 'blue', icon: 'comment-alt' };
    case 'asked':
      return { text: t('decision.asked', 'Asked for approval'), color: 'purple', icon: 'user' };
    case 'started':
      return { text: t('decision.started', 'Ran'), color: 'green', icon: 'play' };
    case 'refused':
      return { text: t('decision.refused', 'Refused'), color: 'orange', icon: 'shield-exclamation' };
    case 'attached':
      return { text: t('decision.attached', 'Joined another run'), color: 'darkgrey', icon: 'link' };
  }
}
