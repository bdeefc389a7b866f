import { dateTimeFormat, locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Badge, Button, InteractiveTable, Stack, Text, TextLink, type Column } from '@grafana/ui';
import { useMemo } from 'react';
import type { CalendarSummary } from '../../../backend/src/contract/index.ts';
import { appRoot } from '../../pluginId.ts';

interface CalendarTableProps {
  readonly calendars: CalendarSummary[];
  /** Why calendars cannot be changed; undefined when they can. */
  readonly refusal: string | undefined;
  readonly onEdit: (calendar: CalendarSummary) => void;
  readonly onDelete: (calendar: CalendarSummary) => void;
}

type Event = CalendarSummary['next'][number];

function timesOf({ startMs, endMs }: Event): string {
  return `${dateTimeFormat(startMs)} – ${dateTimeFormat(endMs)}`;
}

function usageText(use: CalendarSummary['spec']['use']): string {
  return use === 'holidays' ? t('calendar.holidaysShort', 'Holidays') : t('calendar.maintenanceShort', 'Maintenance');
}

function NameCell({ calendar }: { readonly calendar: CalendarSummary }) {
  const { spec, origin, error } = calendar;
  return (
    <Stack direction="column" gap={0.5} alignItems="flex-start">
      <Text weight="medium">{spec.name}</Text>
      <Text color="secondary">
        {origin.kind === 'file'
          ? t('calendar.fromFile', 'from {{- file}}', { file: origin.file })
          : t('calendar.madeBy', 'made here by {{- by}}', { by: origin.by })}
      </Text>
      {error === null ? null : (
        <Badge color="red" icon="exclamation-triangle" text={t('calendar.fault', 'Not read')} tooltip={error} />
      )}
      {error === null ? null : <Text color="error">{error}</Text>}
    </Stack>
  );
}

function EventsCell({ calendar }: { readonly calendar: CalendarSummary }) {
  const { now, next } = calendar;
  if (now === null && next.length === 0) {
    return <Text color="secondary">{t('calendar.noEvents', 'nothing ahead')}</Text>;
  }
  return (
    <Stack direction="column" gap={0.5} alignItems="flex-start">
      {now === null ? null : (
        <span>
          <Badge color="purple" icon="clock-nine" text={t('calendar.now', 'Now')} /> {now.name} ({timesOf(now)})
        </span>
      )}
      {next.slice(0, 3).map((event) => (
        <span key={`${event.name}${event.startMs}`}>
          {event.name} ({timesOf(event)})
        </span>
      ))}
    </Stack>
  );
}

function JobsCell({ calendar }: { readonly calendar: CalendarSummary }) {
  return calendar.jobs.length === 0 ? (
    <Text color="secondary">{t('calendar.noJobs', 'no job uses it')}</Text>
  ) : (
    <Stack direction="row" gap={1} wrap="wrap">
      {calendar.jobs.map((job) => (
        <TextLink key={job} href={locationUtil.assureBaseUrl(`${appRoot}/forecasts/${job}`)} inline={false}>
          {job}
        </TextLink>
      ))}
    </Stack>
  );
}

interface RowButtonProps {
  readonly icon: 'edit' | 'trash-alt';
  readonly label: string;
  readonly refusal: string | undefined;
  readonly onClick: () => void;
}

/** A button of one icon that says why it is disabled. */
function RowButton({ icon, label, refusal, onClick }: RowButtonProps) {
  return (
    <Button
      size="sm"
      variant="secondary"
      fill="text"
      icon={icon}
      aria-label={label}
      tooltip={refusal ?? label}
      disabled={refusal !== undefined}
      onClick={onClick}
    />
  );
}

/** Calendars with what is on now, what comes, and who uses them. */
export function CalendarTable({ calendars, refusal, onEdit, onDelete }: CalendarTableProps) {
  const columns = useMemo<Array<Column<CalendarSummary>>>(() => {
    const why = ({ origin }: CalendarSummary) =>
      refusal ??
      (origin.kind === 'file'
        ? t('calendar.provisioned', 'Change it in {{- file}}', { file: origin.file })
        : undefined);
    return [
      { id: 'name', header: t('job.name', 'Name'), cell: ({ row }) => <NameCell calendar={row.original} /> },
      { id: 'use', header: t('calendar.useColumn', 'Use'), cell: ({ row }) => usageText(row.original.spec.use) },
      { id: 'zone', header: t('calendar.timeZone', 'Time zone'), cell: ({ row }) => row.original.spec.timeZone },
      {
        id: 'next',
        header: t('calendar.next', 'Now and next'),
        cell: ({ row }) => <EventsCell calendar={row.original} />,
      },
      { id: 'jobs', header: t('calendar.jobs', 'Jobs'), cell: ({ row }) => <JobsCell calendar={row.original} /> },
      {
        id: 'actions',
        header: '',
        cell: ({ row: { original: calendar } }) => (
          <Stack direction="row" gap={1}>
            <RowButton
              icon="edit"
              label={t('calendar.edit', 'Edit {{- name}}', { name: calendar.spec.name })}
              refusal={why(calendar)}
              onClick={() => onEdit(calendar)}
            />
            <RowButton
              icon="trash-alt"
              label={t('calendar.delete', 'Delete {{- name}}', { name: calendar.spec.name })}
              refusal={why(calendar)}
              onClick={() => onDelete(calendar)}
            />
          </Stack>
        ),
      },
    ];
  }, [refusal, onEdit, onDelete]);
  return <InteractiveTable columns={columns} data={calendars} getRowId={({ spec }) => spec.name} />;
}
