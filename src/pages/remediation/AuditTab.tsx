import { dateTimeFormat } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Alert, Button, EmptyState, InteractiveTable, Input, Stack, Text, type Column } from '@grafana/ui';
import { useMemo, useState } from 'react';
import { spanText } from '../../anomalies/anomalyLook.ts';
import { useAudit, useAuditCheck, useAuditExport } from '../../api/useAudit.ts';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import { useAddressFilter } from '../../components/useAddressFilter.ts';
import { useDelayed } from '../../components/useDelayed.ts';
import { visibleLines, visibleText } from '../../components/visibleText.ts';
import type { AuditCheck, AuditEntry } from '../../../backend/src/contract/index.ts';
import { saveFile } from './saveFile.ts';

const searchDelayMs = 300;
const shownHashChars = 12;

function CheckResult({ check }: { readonly check: AuditCheck }) {
  const { ok, entries, head, fault, clockSteps, longestGap } = check;
  return (
    <Alert
      severity={ok ? 'success' : 'error'}
      title={
        ok
          ? t('audit.whole', 'All {{- count}} entries stand as they were written', { count: entries })
          : t('audit.broken', 'The chain is broken at entry {{- seq}}', { seq: fault?.seq ?? '?' })
      }
    >
      <Stack direction="column" gap={0.5}>
        {fault === null ? null : <span>{visibleText(fault.message)}</span>}
        {head === null ? null : (
          <span>
            {t('audit.head', 'Newest hash, to be noted elsewhere:')} <code>{head}</code>
          </span>
        )}
        {clockSteps.map(({ seq, byMs }) => (
          <span key={seq}>
            {t('audit.clockStep', 'Before entry {{- seq}} the clock was set back by {{- span}}.', {
              seq,
              span: spanText(byMs),
            })}
          </span>
        ))}
        {longestGap === null ? null : (
          <span>
            {t('audit.gap', 'The longest time without an entry was {{- span}}, before entry {{- seq}}.', {
              seq: longestGap.seq,
              span: spanText(longestGap.ms),
            })}
          </span>
        )}
      </Stack>
    </Alert>
  );
}

function DataCell({ entry }: { readonly entry: AuditEntry }) {
  return (
    <details>
      <summary>
        <code title={entry.hash}>{entry.hash.slice(0, shownHashChars)}</code>
      </summary>
      <pre style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
        {visibleLines(JSON.stringify(entry.data, null, 2))}
      </pre>
    </details>
  );
}

function AuditTable({ entries }: { readonly entries: AuditEntry[] }) {
  const columns = useMemo<Array<Column<AuditEntry>>>(
    () => [
      { id: 'seq', header: t('audit.seq', 'Entry'), cell: ({ row }) => row.original.seq },
      { id: 'at', header: t('audit.at', 'When'), cell: ({ row }) => dateTimeFormat(row.original.atMs) },
      { id: 'kind', header: t('audit.kind', 'What'), cell: ({ row }) => <code>{row.original.kind}</code> },
      { id: 'subject', header: t('audit.subject', 'About'), cell: ({ row }) => visibleText(row.original.subject) },
      { id: 'actor', header: t('audit.actor', 'By'), cell: ({ row }) => visibleText(row.original.actor) },
      { id: 'data', header: t('audit.data', 'Hash and details'), cell: ({ row }) => <DataCell entry={row.original} /> },
    ],
    []
  );
  return <InteractiveTable columns={columns} data={entries} getRowId={({ seq }) => String(seq)} />;
}

function Tools() {
  const check = useAuditCheck();
  const download = useAuditExport();
  const failure = check.error ?? download.error;
  return (
    <>
      <Stack direction="row" gap={1}>
        <Button
          variant="secondary"
          icon={check.isPending ? 'spinner' : 'check-circle'}
          disabled={check.isPending}
          onClick={() => check.mutate()}
        >
          {t('audit.check', 'Check the chain')}
        </Button>
        <Button
          variant="secondary"
          icon={download.isPending ? 'spinner' : 'download-alt'}
          disabled={download.isPending}
          onClick={() => download.mutate(undefined, { onSuccess: (text) => saveFile('aiops-audit.ndjson', text) })}
        >
          {t('audit.export', 'Export (NDJSON)')}
        </Button>
      </Stack>
      {failure === null ? null : <ErrorNotice error={failure} />}
      {check.data === undefined ? null : <CheckResult check={check.data} />}
    </>
  );
}

/** What was decided and done, each entry chained to the one before. */
export function AuditTab() {
  const { params, set } = useAddressFilter();
  const [typed, setTyped] = useState(params.get('subject') ?? '');
  const subject = useDelayed(typed, searchDelayMs).trim();
  const audit = useAudit({ subject });
  const rows = useMemo(() => audit.data?.pages.flatMap((page) => page.items) ?? [], [audit.data]);
  const onSubject = (text: string) => {
    setTyped(text);
    set({ subject: text });
  };
  return (
    <Stack direction="column" gap={2}>
      <Tools />
      <Input
        width={40}
        value={typed}
        placeholder={t('audit.filter', 'Only about this run, episode or policy')}
        aria-label={t('audit.filter', 'Only about this run, episode or policy')}
        onChange={(event) => onSubject(event.currentTarget.value)}
      />
      {audit.error === null ? null : <ErrorNotice error={audit.error} onRetry={() => void audit.refetch()} />}
      {audit.isPending ? <Skeleton heightPx={240} /> : null}
      {audit.data !== undefined && rows.length === 0 ? (
        <EmptyState variant="not-found" message={t('audit.none', 'No entry about that')} />
      ) : null}
      {rows.length > 0 ? (
        <>
          <Text color="secondary">
            {t('audit.shown', '{{- shown}} of {{- total}} entries', {
              shown: rows.length,
              total: audit.data?.pages[0]?.total ?? 0,
            })}
          </Text>
          <AuditTable entries={rows} />
        </>
      ) : null}
      {audit.hasNextPage ? (
        <Button variant="secondary" disabled={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
          {t('forecasts.showMore', 'Show more')}
        </Button>
      ) : null}
    </Stack>
  );
}
