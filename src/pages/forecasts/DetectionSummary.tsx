import { locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Text, TextLink, useTheme2 } from '@grafana/ui';
import type { ReactNode } from 'react';
import { kindText } from '../../anomalies/anomalyLook.ts';
import type { Detector, JobSpec } from '../../../backend/src/contract/index.ts';
import { formatRatio, formatValue } from '../../forecast/format.ts';
import { appRoot } from '../../pluginId.ts';
import type { DetectionSpec } from './detectionValues.ts';
import { textOfPairs } from './formText.ts';

function detectorText(detector: Detector, unit: string | undefined): string {
  const name = kindText(detector.kind);
  switch (detector.kind) {
    case 'capacity':
      return t('detect.capacityText', '{{- name}} ({{- limit}} within {{- warn}}, at {{- probability}})', {
        name,
        limit: formatValue(detector.limit, unit),
        warn: detector.warn,
        probability: formatRatio(detector.probability),
      });
    case 'outlier':
    case 'joint':
      return detector.among.length === 0 ? name : `${name} (${detector.among.join(', ')})`;
    default:
      return name;
  }
}

function atLeastText({ atLeast }: DetectionSpec, unit: string | undefined): string {
  const parts = [
    atLeast?.absolute === undefined ? undefined : formatValue(atLeast.absolute, unit),
    atLeast?.relative === undefined ? undefined : formatRatio(atLeast.relative),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? '–' : parts.join(' + ');
}

function alertText({ alert }: DetectionSpec): string {
  return alert === 'none'
    ? t('detect.toldNobody', 'kept to the pages')
    : [alert.severity, textOfPairs(alert.labels)].filter((part) => part !== '').join(' · ');
}

function overlayText({ overlay }: DetectionSpec): string {
  if (Array.isArray(overlay)) {
    return overlay.join(', ');
  }
  return overlay === 'none' ? t('overlay.none', 'Nowhere') : t('overlay.matching', 'On panels with this query');
}

/** What the job looks for, when it speaks, whom it tells and where it draws. */
export function DetectionSummary({ spec }: { readonly spec: JobSpec }) {
  const theme = useTheme2();
  const list = (texts: readonly string[]) => (texts.length === 0 ? '–' : texts.join(', '));
  const rows: ReadonlyArray<readonly [string, ReactNode]> = [
    [t('detect.kinds', 'What to look for'), list(spec.detect.map((one) => detectorText(one, spec.unit)))],
    [t('detect.atLeast', 'At least so far off'), atLeastText(spec, spec.unit)],
    [
      t('detect.openClose', 'Opens and closes after'),
      t('detect.openCloseText', '{{- open}} values outside, {{- close}} inside', {
        open: spec.open,
        close: spec.close,
      }),
    ],
    [t('detect.ignoreLabels', 'Labels that come and go'), list(spec.ignoreLabels)],
    [t('detect.calendars', 'Calendars'), list(spec.calendars)],
    [t('detect.alert', 'Tell Alertmanager'), alertText(spec)],
    [t('overlay.title', 'Draw anomalies on dashboards'), overlayText(spec)],
    [t('detect.write', 'Write results to'), spec.write ?? t('detect.firstWriter', 'the first writer, if there is one')],
  ];
  return (
    <section aria-label={t('detect.summary', 'Detection and alerts')}>
      <dl style={{ display: 'grid', gridTemplateColumns: 'max-content 1fr', gap: theme.spacing(0.5, 2), margin: 0 }}>
        {rows.map(([name, value]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt style={{ fontWeight: 'normal' }}>
              <Text color="secondary">{name}</Text>
            </dt>
            <dd style={{ margin: 0 }}>{value}</dd>
          </div>
        ))}
      </dl>
      <TextLink
        href={locationUtil.assureBaseUrl(`${appRoot}/anomalies?job=${encodeURIComponent(spec.name)}`)}
        inline={false}
      >
        {t('detect.found', 'Anomalies that it found')}
      </TextLink>
    </section>
  );
}
