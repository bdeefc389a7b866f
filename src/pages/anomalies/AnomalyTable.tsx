import { locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { InteractiveTable, Stack, Text, TextLink, type Column } from '@grafana/ui';
import { useMemo } from 'react';
import { AnomalyBadges } from '../../anomalies/AnomalyBadges.tsx';
import { kindText, lastedText } from '../../anomalies/anomalyLook.ts';
import { evidenceText } from '../../anomalies/evidenceText.ts';
import { Ago } from '../../components/Ago.tsx';
import type { AnomalyRecord } from '../../../backend/src/contract/index.ts';
import { labelText } from '../../forecast/labelText.ts';
import { appRoot } from '../../pluginId.ts';

function WhatCell({ anomaly }: { readonly anomaly: AnomalyRecord }) {
  const [first] = anomaly.evidence;
  return (
    <Stack direction="column" gap={0}>
      <TextLink
        href={locationUtil.assureBaseUrl(`${appRoot}/anomalies/${encodeURIComponent(anomaly.id)}`)}
        inline={false}
      >
        {anomaly.job}
      </TextLink>
      <Text>{labelText(anomaly.labels, '')}</Text>
      {first === undefined ? null : <Text color="secondary">{evidenceText(first)}</Text>}
    </Stack>
  );
}

/** Anomalies, newest first; each row leads to its page. */
export function AnomalyTable({ anomalies }: { readonly anomalies: AnomalyRecord[] }) {
  const columns = useMemo<Array<Column<AnomalyRecord>>>(
    () => [
      { id: 'state', header: t('anomaly.state', 'State'), cell: ({ row }) => <AnomalyBadges anomaly={row.original} /> },
      { id: 'job', header: t('anomaly.what', 'What'), cell: ({ row }) => <WhatCell anomaly={row.original} /> },
      { id: 'kind', header: t('anomaly.kind', 'Kind'), cell: ({ row }) => kindText(row.original.kind) },
      {
        id: 'startedAtMs',
        header: t('anomaly.started', 'Started'),
        cell: ({ row }) => <Ago timeMs={row.original.startedAtMs} />,
      },
      { id: 'duration', header: t('anomaly.duration', 'Duration'), cell: ({ row }) => lastedText(row.original) },
      {
        id: 'peakScore',
        header: t('anomaly.peakScore', 'Peak score'),
        cell: ({ row }) => row.original.peakScore?.toFixed(1) ?? '–',
      },
      { id: 'flaps', header: t('anomaly.flaps', 'Came back'), cell: ({ row }) => row.original.flaps || '–' },
    ],
    []
  );
  return <InteractiveTable columns={columns} data={anomalies} getRowId={({ id }) => id} />;
}
