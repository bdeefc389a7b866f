import { t } from '@grafana/i18n';
import { hasPermission } from '@grafana/runtime';
import { Button, ConfirmModal, Drawer, EmptyState, Stack } from '@grafana/ui';
import { useState } from 'react';
import { AppPage } from '../../app/AppPage.tsx';
import { useCalendars, useDeleteCalendar } from '../../api/useCalendars.ts';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import { Snippet } from '../../components/Snippet.tsx';
import type { CalendarSummary } from '../../../backend/src/contract/index.ts';
import { writeAction } from '../../pluginId.ts';
import { CalendarForm } from './CalendarForm.tsx';
import { CalendarTable } from './CalendarTable.tsx';

const snippet = `calendars:
  - name: kr-holidays
    use: holidays
    ical: https://calendar.example/kr.ics
    timeZone: Asia/Seoul
`;

function whyLocked(): string | undefined {
  return hasPermission(writeAction)
    ? undefined
    : t('calendar.needsRole', 'Changing calendars needs the Editor role in this organization.');
}

function NewButton({ onClick }: { readonly onClick: () => void }) {
  const refusal = whyLocked();
  return (
    <Button icon="plus" disabled={refusal !== undefined} tooltip={refusal ?? ''} onClick={onClick}>
      {t('calendar.create', 'New calendar')}
    </Button>
  );
}

/** Holidays that the models know and maintenance that keeps alerts back. */
export default function CalendarsPage() {
  const calendars = useCalendars();
  const remove = useDeleteCalendar();
  const [open, setOpen] = useState<CalendarSummary | 'new'>();
  const [asking, setAsking] = useState<CalendarSummary>();
  const all = calendars.data;
  const name = asking?.spec.name ?? '';
  return (
    <AppPage subTitle={t('calendar.subtitle', 'Holidays that the models know, and maintenance that keeps alerts back')}>
      <Stack direction="column" gap={2}>
        {calendars.error === null ? null : (
          <ErrorNotice error={calendars.error} onRetry={() => void calendars.refetch()} />
        )}
        {remove.error === null ? null : <ErrorNotice error={remove.error} />}
        {calendars.isPending ? <Skeleton heightPx={240} /> : null}
        {all?.length === 0 ? (
          <EmptyState
            variant="call-to-action"
            message={t('calendar.none', 'No calendars yet')}
            button={<NewButton onClick={() => setOpen('new')} />}
          >
            <Stack direction="column" gap={2} alignItems="center">
              <span>{t('calendar.noneHow', 'Make one here, or in the settings file:')}</span>
              <Snippet file="provisioning/aiops/aiops.yaml" text={snippet} />
            </Stack>
          </EmptyState>
        ) : null}
        {all !== undefined && all.length > 0 ? (
          <>
            <div>
              <NewButton onClick={() => setOpen('new')} />
            </div>
            <CalendarTable calendars={all} refusal={whyLocked()} onEdit={setOpen} onDelete={setAsking} />
          </>
        ) : null}
      </Stack>
      {open === undefined ? null : (
        <Drawer
          title={
            open === 'new'
              ? t('calendar.create', 'New calendar')
              : t('calendar.edit', 'Edit {{- name}}', { name: open.spec.name })
          }
          size="lg"
          onClose={() => setOpen(undefined)}
        >
          <CalendarForm editing={open === 'new' ? undefined : open} onDone={() => setOpen(undefined)} />
        </Drawer>
      )}
      <ConfirmModal
        isOpen={asking !== undefined}
        title={t('job.deleteTitle', 'Delete {{- name}}?', { name })}
        body={t('calendar.deleteBody', 'Jobs that use it forget its times; alerts are no longer kept back by it.')}
        confirmText={t('job.delete', 'Delete')}
        onConfirm={() => {
          setAsking(undefined);
          remove.mutate(name);
        }}
        onDismiss={() => setAsking(undefined)}
      />
    </AppPage>
  );
}
