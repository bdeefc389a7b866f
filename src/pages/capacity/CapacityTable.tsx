import { locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Badge, InteractiveTable, Stack, Text, TextLink, Tooltip, type Column } from '@grafana/ui';
import { useMemo } from 'react';
import { Ago } from '../../components/Ago.tsx';
import { Sparkline } from '../../components/Sparkline.tsx';
import type { CapacityRow } from '../../../backend/src/contract/index.ts';
import { spanText } from '../../anomalies/anomalyLook.ts';
import { labelText } from '../../forecast/labelText.ts';
import { appRoot } from '../../pluginId.ts';
import { capacityStateLook, etaHint, etaText, growthText, probabilityText, valueText } from './capacityText.ts';

interface CapacityTableProps {
  readonly rows: CapacityRow[];
  readonly nowMs: number;
  /** The instant that probabilities are for; each job's own warning time when undefined. */
  readonly beforeMs: number | undefined;
}

function ResourceCell({ row }: { readonly row: CapacityRow }) {
  return (
    <Stack direction="column" gap={0}>
      <TextLink href={locationUtil.assureBaseUrl(`${appRoot}/forecasts/${encodeURIComponent(row.job)}`)} inline={false}>
        {labelText(row.labels, row.job)}
      </TextLink>
      <Text color="secondary">{row.job}</Text>
    </Stack>
  );
}

function StateCell({ row }: { readonly row: CapacityRow }) {
  return (
    <Stack direction="column" gap={0.5} alignItems="flex-start">
      <Badge {...capacityStateLook(row.state)} tooltip={row.reason} />
      <Text variant="bodySmall" color="secondary">
        {growthText(row)}
      </Text>
    </Stack>
  );
}

/** What will cross its limit, soonest first. */
export function CapacityTable({ rows, nowMs, beforeMs }: CapacityTableProps) {
  const columns = useMemo<Array<Column<CapacityRow>>>(
    () => [
      {
        id: 'resource',
        header: t('capacity.resource', 'Resource'),
        cell: ({ row }) => <ResourceCell row={row.original} />,
      },
      { id: 'state', header: t('anomaly.state', 'State'), cell: ({ row }) => <StateCell row={row.original} /> },
      {
        id: 'now',
        header: t('capacity.nowColumn', 'Now'),
        cell: ({ row: { original: one } }) => valueText(one.now, one.unit),
      },
      {
        id: 'limit',
        header: t('capacity.limit', 'Limit'),
        cell: ({ row: { original: one } }) => `${one.side === 'above' ? '>' : '<'} ${valueText(one.limit, one.unit)}`,
      },
      {
        id: 'eta',
        header: t('capacity.eta', 'Crosses'),
        cell: ({ row }) => (
          <Tooltip content={etaHint(row.original) || row.original.reason}>
            <span>{etaText(row.original, nowMs)}</span>
          </Tooltip>
        ),
      },
      {
        id: 'probability',
        header: t('capacity.probability', 'Probability'),
        cell: ({ row }) => (
          <Tooltip
            content={
              beforeMs === undefined
                ? t('capacity.withinWarn', 'Of crossing within {{- span}}, as the job asks', {
                    span: spanText(row.original.warnMs),
                  })
                : t('capacity.beforeChosen', 'Of crossing before the chosen day')
            }
          >
            <span>{probabilityText(row.original)}</span>
          </Tooltip>
        ),
      },
      {
        id: 'trend',
        header: t('capacity.trend', 'Trend'),
        cell: ({ row: { original: one } }) => (
          <Sparkline
            values={one.trend.map(({ value }) => value)}
            mark={one.limit}
            label={t('capacity.trendOf', 'Trend of {{- resource}}', { resource: labelText(one.labels, one.job) })}
          />
        ),
      },
      {
        id: 'reset',
        header: t('capacity.reset', 'Last clean-up'),
        cell: ({ row }) => <Ago timeMs={row.original.lastResetAtMs} />,
      },
    ],
    [nowMs, beforeMs]
  );
  return <InteractiveTable columns={columns} data={rows} getRowId={({ job, seriesId }) => `${job} ${seriesId}`} />;
}
