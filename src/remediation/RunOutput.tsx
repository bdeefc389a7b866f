import { css, cx } from '@emotion/css';
import { dateTimeFormat, type GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Text, useStyles2 } from '@grafana/ui';
import { visibleLines, visibleText } from '../components/visibleText.ts';
import { RunState, VerificationSample, type RunEvent } from '../../backend/src/contract/index.ts';
import { runStateLook, sampleLook } from './runLook.ts';

/** A browser draws some thousands of lines well; the rest is in the audit. */
const mostLines = 2_000;

const getStyles = (theme: GrafanaTheme2) => ({
  steps: css({ listStyle: 'none', margin: 0, display: 'grid', gap: theme.spacing(0.5) }),
  step: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1), alignItems: 'baseline' }),
  time: css({
    color: theme.colors.text.secondary,
    fontFamily: theme.typography.fontFamilyMonospace,
    fontSize: theme.typography.bodySmall.fontSize,
    whiteSpace: 'nowrap',
  }),
  output: css({
    margin: theme.spacing(1, 0, 0),
    maxHeight: 400,
    overflow: 'auto',
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
  }),
  line: css({ display: 'flex', gap: theme.spacing(1) }),
  changed: css({ color: theme.colors.warning.text }),
  failed: css({ color: theme.colors.error.text }),
});

const clock = (timeMs: number) => dateTimeFormat(timeMs, { format: 'HH:mm:ss' });
const isStep = ({ kind }: RunEvent) => kind === 'state' || kind === 'verification';

const Health = VerificationSample.shape.healthy;

/** The backend writes `state` or `state: why`, and for a look of the verification `yes` or `no: why`. */
function stepText({ kind, text }: RunEvent): { readonly title: string; readonly why: string } {
  const [, name = '', why = ''] = /^([a-z-]+)(?:: ([\s\S]*))?$/.exec(text) ?? [];
  const state = RunState.safeParse(name).data;
  const health = Health.safeParse(name).data;
  if (kind === 'state' && state !== undefined) {
    return { title: runStateLook(state).text, why };
  }
  const look = t('run.look', 'Look');
  return health === undefined ? { title: look, why: text } : { title: `${look}: ${sampleLook(health).text}`, why };
}

/** The states that a run went through and what its verification saw, with times. */
export function RunSteps({ events }: { readonly events: readonly RunEvent[] }) {
  const styles = useStyles2(getStyles);
  return (
    <ol className={styles.steps} aria-label={t('run.steps', 'Steps')}>
      {events.filter(isStep).map((event) => {
        const { title, why } = stepText(event);
        return (
          <li key={event.seq} className={styles.step}>
            <time className={styles.time} dateTime={new Date(event.atMs).toISOString()}>
              {clock(event.atMs)}
            </time>
            <Text weight="medium">{title}</Text>
            <span>{visibleText(why)}</span>
          </li>
        );
      })}
    </ol>
  );
}

interface RunOutputProps {
  readonly events: readonly RunEvent[];
  /** Whether more comes: the newest line is shown while it is folded. */
  readonly live: boolean;
}

function lineClass(kind: RunEvent['kind'], styles: ReturnType<typeof getStyles>): string | undefined {
  switch (kind) {
    case 'changed':
    case 'diff':
      return styles.changed;
    case 'failed':
    case 'unreachable':
      return styles.failed;
    default:
      return undefined;
  }
}

/** What the engine says, folded until somebody wants to read it. */
export function RunOutput({ events, live }: RunOutputProps) {
  const styles = useStyles2(getStyles);
  const lines = events.filter((event) => !isStep(event));
  const shown = lines.slice(-mostLines);
  const last = shown.at(-1);
  if (last === undefined) {
    return null;
  }
  return (
    <details>
      <summary>
        {live
          ? t('run.outputLive', 'Output ({{- count}} lines), now: {{- line}}', {
              count: lines.length,
              line: visibleText(last.text).slice(0, 120),
            })
          : t('run.output', 'Output ({{- count}} lines)', { count: lines.length })}
      </summary>
      {lines.length > shown.length ? (
        <Text color="secondary">
          {t('run.outputCut', 'The newest {{- count}} lines are shown.', { count: shown.length })}
        </Text>
      ) : null}
      <pre className={styles.output} aria-label={t('run.outputOf', 'Output')}>
        {shown.map((event) => (
          <div key={event.seq} className={cx(styles.line, lineClass(event.kind, styles))}>
            <span className={styles.time}>{clock(event.atMs)}</span>
            <span>
              {event.kind}
              {event.host === null ? '' : ` [${visibleText(event.host)}]`}: {visibleLines(event.text)}
            </span>
          </div>
        ))}
      </pre>
    </details>
  );
}
