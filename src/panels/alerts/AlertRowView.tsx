import { css } from '@emotion/css';
import { locationUtil, type GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Badge, Button, Icon, LinkButton, useStyles2 } from '@grafana/ui';
import { useId } from 'react';
import { spanText } from '../../anomalies/anomalyLook.ts';
import { Sparkline } from '../../components/Sparkline.tsx';
import { visibleText } from '../../components/visibleText.ts';
import type { AlertRow, Episode } from '../../../backend/src/contract/index.ts';
import { appRoot } from '../../pluginId.ts';
import { AlertDetails } from './AlertDetails.tsx';
import { silenceUrl } from './alertLinks.ts';
import { alertStateLook, severityColor, sourceText } from './alertLook.ts';
import { ownersOf, subjectOf } from './alertRows.ts';
import { RemediateCell } from './RemediateCell.tsx';

interface AlertRowViewProps {
  readonly row: AlertRow;
  /** Its open episode; undefined when the backend was not told of the alert. */
  readonly episode: Episode | undefined;
  readonly nowMs: number;
  readonly ownerLabels: string;
  readonly open: boolean;
  readonly onToggle: () => void;
}

const getStyles = (theme: GrafanaTheme2) => ({
  item: css({ borderBottom: `1px solid ${theme.colors.border.weak}`, listStyle: 'none' }),
  row: css({
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(0.5, 1.5),
    padding: theme.spacing(0.75, 0.5),
  }),
  toggle: css({
    all: 'unset',
    cursor: 'pointer',
    display: 'flex',
    flex: '1 1 220px',
    minWidth: 0,
    alignItems: 'center',
    gap: theme.spacing(1),
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}`, borderRadius: theme.shape.radius.default },
  }),
  name: css({ fontWeight: theme.typography.fontWeightMedium, overflowWrap: 'anywhere' }),
  quiet: css({ color: theme.colors.text.secondary, whiteSpace: 'nowrap' }),
  score: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(1), minWidth: 150 }),
  details: css({ padding: theme.spacing(1, 1, 1.5, 3.5), background: theme.colors.background.secondary }),
});

function Score({ row, className }: { readonly row: AlertRow; readonly className: string }) {
  return row.score === null ? null : (
    <span className={className}>
      {t('anomaly.scoreOnly', 'score {{- score}}', { score: row.score.toFixed(1) })}
      {row.scores.filter((score) => score !== null).length < 2 ? null : (
        <Sparkline
          values={row.scores}
          mark={1}
          widthPx={72}
          heightPx={18}
          label={t('alerts.scores', 'Newest scores of {{- name}}', { name: row.name })}
        />
      )}
    </span>
  );
}

function Actions({ row }: { readonly row: AlertRow }) {
  const silence = silenceUrl(row);
  return (
    <>
      {row.anomalyId === null ? null : (
        <LinkButton
          size="sm"
          variant="secondary"
          icon="graph-bar"
          href={locationUtil.assureBaseUrl(`${appRoot}/anomalies/${encodeURIComponent(row.anomalyId)}`)}
        >
          {t('alerts.openAnomaly', 'Open anomaly')}
        </LinkButton>
      )}
      {silence === undefined ? (
        <Button
          size="sm"
          variant="secondary"
          icon="bell-slash"
          disabled
          tooltip={t('alerts.noAlertmanager', 'Add Alertmanager as a data source in Grafana to silence from here.')}
        >
          {t('alerts.silence', 'Silence')}
        </Button>
      ) : (
        <LinkButton size="sm" variant="secondary" icon="bell-slash" href={silence}>
          {t('alerts.silence', 'Silence')}
        </LinkButton>
      )}
    </>
  );
}

/** One alert: state, severity, name, what it is about, age, score, owner, buttons; it opens in place. */
export function AlertRowView({ row, episode, nowMs, ownerLabels, open, onToggle }: AlertRowViewProps) {
  const styles = useStyles2(getStyles);
  const id = useId();
  const owners = ownersOf(row, ownerLabels);
  return (
    <li className={styles.item} aria-label={row.name}>
      <div className={styles.row}>
        <Badge {...alertStateLook(row.state)} />
        {row.severity === null ? null : (
          <Badge color={severityColor(row.severity)} text={visibleText(row.severity.toUpperCase())} />
        )}
        <button type="button" className={styles.toggle} aria-expanded={open} aria-controls={id} onClick={onToggle}>
          <Icon name={open ? 'angle-down' : 'angle-right'} />
          <span className={styles.name}>{visibleText(row.name)}</span>
          <span>{visibleText(subjectOf(row))}</span>
        </button>
        <span className={styles.quiet} title={sourceText(row.source)}>
          {spanText(Math.max(0, nowMs - row.startedAtMs))}
        </span>
        <Score row={row} className={styles.score} />
        {owners.map((owner) => (
          <Badge key={owner} color="darkgrey" icon="user" text={visibleText(owner)} />
        ))}
        {episode === undefined ? null : <RemediateCell row={row} episode={episode} />}
        <Actions row={row} />
      </div>
      <div id={id} className={open ? styles.details : undefined} hidden={!open}>
        {open ? <AlertDetails row={row} /> : null}
      </div>
    </li>
  );
}
