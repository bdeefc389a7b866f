import { dateTimeFormat } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useTheme2 } from '@grafana/ui';
import type { ReactNode } from 'react';
import { Ago } from '../../components/Ago.tsx';
import type { AnomalyRecord } from '../../../backend/src/contract/index.ts';
import { formatValue } from '../../forecast/format.ts';
import { kindText, lastedText, spanText } from '../../anomalies/anomalyLook.ts';

interface AnomalyFactsProps {
  readonly anomaly: AnomalyRecord;
  readonly unit: string | undefined;
}

function peakText({ peakValue, peakScore, peakAtMs, expectedAtPeak }: AnomalyRecord, unit: string | undefined) {
  if (peakValue === null || peakAtMs === null) {
    return peakScore === null ? '–' : t('anomaly.scoreOnly', 'score {{- score}}', { score: peakScore.toFixed(1) });
  }
  const told = {
    value: formatValue(peakValue, unit),
    time: dateTimeFormat(peakAtMs),
    score: peakScore?.toFixed(1) ?? '–',
    expected: expectedAtPeak === null ? '–' : formatValue(expectedAtPeak, unit),
  };
  return t('anomaly.peakAt', '{{- value}} at {{- time}}, expected {{- expected}}, score {{- score}}', told);
}

function directionText(direction: AnomalyRecord['direction']): string {
  switch (direction) {
    case 'above':
      return t('anomaly.above', 'above what is expected');
    case 'below':
      return t('anomaly.below', 'below what is expected');
    case null:
      return '';
  }
}

/** When, how long, how far, how fast it was told: each with its unit. */
export function AnomalyFacts({ anomaly, unit }: AnomalyFactsProps) {
  const theme = useTheme2();
  const rows: ReadonlyArray<readonly [string, ReactNode]> = [
    [t('anomaly.kind', 'Kind'), [kindText(anomaly.kind), directionText(anomaly.direction)].join(' ').trim()],
    [t('anomaly.started', 'Started'), <Ago key="started" timeMs={anomaly.startedAtMs} />],
    [
      t('anomaly.ended', 'Ended'),
      anomaly.endedAtMs === null ? t('anomaly.lasts', 'it lasts') : <Ago key="ended" timeMs={anomaly.endedAtMs} />,
    ],
    [t('anomaly.duration', 'Duration'), lastedText(anomaly)],
    [t('anomaly.peak', 'Peak'), peakText(anomaly, unit)],
    [
      t('anomaly.delay', 'Told after'),
      anomaly.late ? t('anomaly.untold', 'not told') : spanText(Math.max(0, anomaly.openedAtMs - anomaly.startedAtMs)),
    ],
    [t('anomaly.flaps', 'Came back'), t('anomaly.times', '{{- count}} ×', { count: anomaly.flaps })],
  ];
  return (
    <dl
      aria-label={t('anomaly.facts', 'Figures')}
      style={{
        display: 'grid',
        gridTemplateColumns: 'max-content 1fr',
        gap: theme.spacing(0.5, 2),
        margin: 0,
      }}
    >
      {rows.map(([name, value]) => (
        <div key={name} style={{ display: 'contents' }}>
          <dt style={{ color: theme.colors.text.secondary, fontWeight: 'normal' }}>{name}</dt>
          <dd style={{ margin: 0 }}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
