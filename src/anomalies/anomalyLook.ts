import { t } from '@grafana/i18n';
import type { BadgeColor, IconName } from '@grafana/ui';
import {
  formatDurationMs,
  type AnomalyRecord,
  type DetectionKind,
  type Verdict,
} from '../../backend/src/contract/index.ts';
import { formatSpan } from '../forecast/format.ts';

interface Look {
  readonly text: string;
  readonly color: BadgeColor;
  readonly icon: IconName;
}

const minuteMs = 60_000;

/** What can be abnormal, as people say it. */
export function kindText(kind: DetectionKind): string {
  switch (kind) {
    case 'band':
      return t('kind.band', 'Outside the band');
    case 'level-shift':
      return t('kind.levelShift', 'Change of level');
    case 'outlier':
      return t('kind.outlier', 'Unlike its peers');
    case 'joint':
      return t('kind.joint', 'Several metrics together');
    case 'silence':
      return t('kind.silence', 'Silence');
    case 'flat':
      return t('kind.flat', 'Flat line');
    case 'capacity':
      return t('kind.capacity', 'Capacity running out');
  }
}

/** Word, colour and icon of whether it lasts: colour alone says nothing to many people. */
export function anomalyStateLook(state: AnomalyRecord['state']): Look {
  return state === 'open'
    ? { text: t('anomaly.open', 'Open'), color: 'orange', icon: 'exclamation-triangle' }
    : { text: t('anomaly.closed', 'Closed'), color: 'blue', icon: 'check' };
}

export function verdictLook(verdict: Verdict): Look {
  switch (verdict) {
    case 'real':
      return { text: t('verdict.real', 'Real'), color: 'red', icon: 'fire' };
    case 'expected':
      return { text: t('verdict.expected', 'Expected'), color: 'blue', icon: 'calendar-alt' };
    case 'false-alarm':
      return { text: t('verdict.falseAlarm', 'False alarm'), color: 'purple', icon: 'bell-slash' };
  }
}

/** How long it has lasted, to the minute once seconds say nothing any more. */
export function lastedText({ startedAtMs, endedAtMs, seenToMs }: AnomalyRecord): string {
  return spanText(Math.max(0, (endedAtMs ?? seenToMs) - startedAtMs));
}

/** A length of time without digits that nobody reads: minutes above ten minutes, hours above two days. */
export function spanText(ms: number): string {
  const unitMs = ms > 48 * 60 * minuteMs ? 60 * minuteMs : ms > 10 * minuteMs ? minuteMs : 1_000;
  const rounded = Math.round(ms / unitMs) * unitMs;
  return rounded === 0 ? formatDurationMs(0) : formatSpan(rounded);
}
