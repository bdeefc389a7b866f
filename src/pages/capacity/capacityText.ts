import { dateTimeFormat } from '@grafana/data';
import { t } from '@grafana/i18n';
import type { BadgeColor, IconName } from '@grafana/ui';
import type { CapacityRow, CapacityState } from '../../../backend/src/contract/index.ts';
import { spanText } from '../../anomalies/anomalyLook.ts';
import { formatRatio, formatValue } from '../../forecast/format.ts';

const hourMs = 3_600_000;

interface Look {
  readonly text: string;
  readonly color: BadgeColor;
  readonly icon: IconName;
}

/** Where a resource is going, in a word. */
export function capacityStateLook(state: CapacityState): Look {
  switch (state) {
    case 'rising':
      return { text: t('capacity.rising', 'Growing'), color: 'orange', icon: 'arrow-up' };
    case 'flat':
      return { text: t('capacity.flat', 'Not growing'), color: 'green', icon: 'check' };
    case 'falling':
      return { text: t('capacity.falling', 'Going away from the limit'), color: 'green', icon: 'arrow-down' };
    case 'crossed':
      return { text: t('capacity.crossed', 'Crossed'), color: 'red', icon: 'exclamation-triangle' };
    case 'unknown':
      return { text: t('capacity.unknown', 'Cannot be said'), color: 'darkgrey', icon: 'question-circle' };
  }
}

/** "in 41 h (30 h–55 h)"; an open end is said, and nothing is claimed where nothing can be. */
export function etaText({ state, etaMs, etaLowMs, etaHighMs }: CapacityRow, nowMs: number): string {
  if (state === 'crossed') {
    return t('capacity.now', 'now');
  }
  if (etaMs === null) {
    return etaLowMs === null
      ? t('capacity.noEta', 'none claimed')
      : t('capacity.notBefore', 'not before {{- low}}', { low: aheadText(etaLowMs, nowMs) });
  }
  const eta = aheadText(etaMs, nowMs);
  if (etaLowMs === null) {
    return t('capacity.in', 'in {{- eta}}', { eta });
  }
  const low = aheadText(etaLowMs, nowMs);
  return etaHighMs === null
    ? t('capacity.inOpenRange', 'in {{- eta}} ({{- low}} or later)', { eta, low })
    : t('capacity.inRange', 'in {{- eta}} ({{- low}}–{{- high}})', { eta, low, high: aheadText(etaHighMs, nowMs) });
}

/** Whole hours up to four days, so that the ends of a range read alike: "30 h–55 h". */
function aheadText(timeMs: number, nowMs: number): string {
  const aheadMs = Math.max(0, timeMs - nowMs);
  const hours = Math.round(aheadMs / hourMs);
  return hours >= 10 && hours <= 96 ? t('span.hours', '{{- hours}} h', { hours }) : spanText(aheadMs);
}

/** The exact times behind "in 41 h", for the hover. */
export function etaHint({ etaMs, etaLowMs, etaHighMs }: CapacityRow): string {
  return etaMs === null
    ? ''
    : t('capacity.etaHint', '{{- eta}}; 80 % between {{- low}} and {{- high}}', {
        eta: dateTimeFormat(etaMs),
        low: etaLowMs === null ? '–' : dateTimeFormat(etaLowMs),
        high: etaHighMs === null ? t('capacity.open', 'a time that cannot be said') : dateTimeFormat(etaHighMs),
      });
}

/** "+1.2 GB a day"; nothing for what does not move. */
export function growthText({ state, growthPerDay, unit }: CapacityRow): string {
  if (growthPerDay === null || growthPerDay === 0 || state === 'flat') {
    return '';
  }
  const sign = growthPerDay > 0 ? '+' : '−';
  return t('capacity.growth', '{{- growth}} a day', {
    growth: sign + formatValue(Math.abs(growthPerDay), unit ?? undefined),
  });
}

export function valueText(value: number | null, unit: string | null): string {
  return value === null ? '–' : formatValue(value, unit ?? undefined);
}

export function probabilityText({ probability }: CapacityRow): string {
  return probability === null ? '–' : formatRatio(probability);
}

/** Soonest first; what has crossed before all, what claims nothing last. */
export function byEta(a: CapacityRow, b: CapacityRow): number {
  const rank = ({ state, etaMs }: CapacityRow) => (state === 'crossed' ? -Infinity : (etaMs ?? Infinity));
  const [first, second] = [rank(a), rank(b)];
  return first === second ? (b.probability ?? -1) - (a.probability ?? -1) : first - second;
}
