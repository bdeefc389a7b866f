import { t } from '@grafana/i18n';
import { Badge, Collapse, Stack } from '@grafana/ui';
import { useState } from 'react';
import type { AlertRow, Episode } from '../../../backend/src/contract/index.ts';
import { episodeOfAlert } from '../../remediation/episodeOfAlert.ts';
import { alertStateLook, sourceText } from './alertLook.ts';
import { groupRows, type AlertGroup } from './alertRows.ts';
import { AlertRowView } from './AlertRowView.tsx';
import type { AlertsPanelOptions } from './options.ts';

interface AlertListProps {
  /** Filtered and sorted. */
  readonly rows: readonly AlertRow[];
  /** Episodes that are open, among which a row finds its own. */
  readonly episodes: readonly Episode[];
  readonly options: AlertsPanelOptions;
  readonly nowMs: number;
}

type StateName = AlertRow['state'];
type SourceName = AlertRow['source'];

function groupTitle({ name }: AlertGroup, { groupBy }: AlertsPanelOptions): string {
  if (name === '') {
    return t('alerts.ungrouped', 'Without one');
  }
  switch (groupBy) {
    case 'state':
      return alertStateLook(name as StateName).text;
    case 'source':
      return sourceText(name as SourceName);
    default:
      return name;
  }
}

/** Which names are in a set that starts empty: open rows, closed groups. */
function useToggles() {
  const [on, setOn] = useState<ReadonlySet<string>>(new Set());
  const toggle = (name: string) =>
    setOn((before) => {
      const next = new Set(before);
      if (!next.delete(name)) {
        next.add(name);
      }
      return next;
    });
  return [on, toggle] as const;
}

/** The rows, in groups that close when one is asked for. */
export function AlertList({ rows, episodes, options, nowMs }: AlertListProps) {
  const [openRows, toggleRow] = useToggles();
  const [closedGroups, toggleGroup] = useToggles();
  const list = (members: readonly AlertRow[]) => (
    <ul aria-label={t('alerts.list', 'Alerts')} style={{ margin: 0 }}>
      {members.map((row) => (
        <AlertRowView
          key={row.id}
          row={row}
          episode={row.state === 'resolved' ? undefined : episodeOfAlert(row, episodes)}
          nowMs={nowMs}
          ownerLabels={options.ownerLabels}
          open={openRows.has(row.id)}
          onToggle={() => toggleRow(row.id)}
        />
      ))}
    </ul>
  );
  if (options.groupBy === 'none') {
    return list(rows);
  }
  return (
    <>
      {groupRows(rows, options).map((group) => (
        <Collapse
          key={group.name}
          isOpen={!closedGroups.has(group.name)}
          onToggle={() => toggleGroup(group.name)}
          label={
            <Stack direction="row" gap={1} alignItems="center">
              <span>{groupTitle(group, options)}</span>
              <Badge color="darkgrey" text={String(group.rows.length)} />
            </Stack>
          }
        >
          {list(group.rows)}
        </Collapse>
      ))}
    </>
  );
}
