import { locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Badge, Button, InteractiveTable, RadioButtonGroup, Stack, Text, TextLink, type Column } from '@grafana/ui';
import { useMemo, useState } from 'react';
import { useReplay } from '../../api/usePolicies.ts';
import { Ago } from '../../components/Ago.tsx';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { visibleText } from '../../components/visibleText.ts';
import type { PolicySpec, ReplayReport } from '../../../backend/src/contract/index.ts';
import { appRoot } from '../../pluginId.ts';
import { GuardList } from '../../remediation/GuardList.tsx';
import { guardTitle } from '../../remediation/guardText.ts';
import { whyNoPlan } from '../../remediation/permissions.ts';

type Item = ReplayReport['items'][number];

const daysOffered = [7, 30, 90] as const;
const pageRows = 20;

export const episodeUrl = (id: string) =>
  locationUtil.assureBaseUrl(`${appRoot}/remediation/episodes/${encodeURIComponent(id)}`);

function VerdictCell({ item }: { readonly item: Item }) {
  const refused = item.verdicts.find(({ outcome }) => outcome !== 'pass');
  return (
    <details>
      <summary>
        {refused === undefined
          ? t('replay.allPass', 'all {{- count}} guards pass', { count: item.verdicts.length })
          : `${guardTitle(refused)}: ${visibleText(refused.detail)}`}
      </summary>
      <GuardList verdicts={item.verdicts} />
    </details>
  );
}

function ReplayTable({ items }: { readonly items: Item[] }) {
  const columns = useMemo<Array<Column<Item>>>(
    () => [
      {
        id: 'outcome',
        header: t('replay.outcome', 'Outcome'),
        cell: ({ row }) =>
          row.original.outcome === 'would-run' ? (
            <Badge color="green" icon="play" text={t('replay.wouldRun', 'Would run')} />
          ) : (
            <Badge color="orange" icon="shield-exclamation" text={t('decision.refused', 'Refused')} />
          ),
      },
      {
        id: 'alert',
        header: t('replay.alert', 'Alert'),
        cell: ({ row }) => (
          <TextLink href={episodeUrl(row.original.episodeId)} inline={false}>
            {visibleText(row.original.alertname)}
          </TextLink>
        ),
      },
      { id: 'opened', header: t('replay.when', 'When'), cell: ({ row }) => <Ago timeMs={row.original.openedAtMs} /> },
      {
        id: 'target',
        header: t('replay.target', 'Target'),
        cell: ({ row }) => (row.original.target === null ? '–' : visibleText(row.original.target)),
      },
      { id: 'guards', header: t('guard.list', 'Guards'), cell: ({ row }) => <VerdictCell item={row.original} /> },
    ],
    []
  );
  return (
    <InteractiveTable
      columns={columns}
      data={items}
      pageSize={pageRows}
      getRowId={({ episodeId, target }) => `${episodeId} ${target ?? ''}`}
    />
  );
}

function ReplayResult({ report }: { readonly report: ReplayReport }) {
  const refusedBy = Object.entries(report.refusedBy).sort(([, a], [, b]) => b - a);
  return (
    <Stack direction="column" gap={1}>
      <Text weight="medium">
        {t(
          'replay.summary',
          'Of {{- episodes}} episodes in {{- days}} days {{- matched}} fit; it would have run {{- wouldRun}} times.',
          report
        )}
      </Text>
      {refusedBy.length === 0 ? null : (
        <Text color="secondary">
          {t('replay.refusedBy', 'Refused by: {{- guards}}', {
            guards: refusedBy.map(([name, count]) => `${guardTitle({ name })} ${count}`).join(' · '),
          })}
        </Text>
      )}
      {report.items.length === 0 ? null : <ReplayTable items={report.items} />}
    </Stack>
  );
}

/** What the policy would have done on recorded episodes, with each guard's verdict. */
export function ReplayView({ spec }: { readonly spec: PolicySpec }) {
  const replay = useReplay();
  const [days, setDays] = useState<number>(30);
  const refusal = whyNoPlan();
  const options = daysOffered.map((count) => ({
    value: count,
    label: t('replay.days', '{{- count}} days', { count }),
  }));
  return (
    <Stack direction="column" gap={2}>
      <Stack direction="row" gap={1} alignItems="center" wrap="wrap">
        <RadioButtonGroup<number>
          aria-label={t('replay.span', 'How far back')}
          options={options}
          value={days}
          disabled={replay.isPending}
          onChange={setDays}
        />
        <Button
          variant="secondary"
          icon={replay.isPending ? 'spinner' : 'history'}
          disabled={refusal !== undefined || replay.isPending}
          tooltip={refusal ?? ''}
          onClick={() => replay.mutate({ spec, days })}
        >
          {t('replay.run', 'What would it have done?')}
        </Button>
      </Stack>
      {replay.error === null ? null : <ErrorNotice error={replay.error} />}
      {replay.data === undefined ? null : <ReplayResult report={replay.data} />}
    </Stack>
  );
}
