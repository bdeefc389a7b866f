import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Icon, Text, useStyles2, type IconName } from '@grafana/ui';
import type { GuardVerdict } from '../../backend/src/contract/index.ts';
import { visibleText } from '../components/visibleText.ts';
import { byWeight, guardNumber, guardTitle } from './guardText.ts';

/** A run is judged by more than two dozen guards: of a few each can be read at once. */
const mostUnfolded = 4;

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({ listStyle: 'none', margin: 0, display: 'grid', gap: theme.spacing(0.5) }),
  summary: css({
    display: 'flex',
    alignItems: 'baseline',
    gap: theme.spacing(1),
    cursor: 'pointer',
    flexWrap: 'wrap',
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.main}`, borderRadius: theme.shape.radius.default },
  }),
  refuse: css({ borderLeft: `3px solid ${theme.colors.error.border}`, paddingLeft: theme.spacing(1) }),
  wait: css({ borderLeft: `3px solid ${theme.colors.warning.border}`, paddingLeft: theme.spacing(1) }),
  pass: css({ borderLeft: `3px solid transparent`, paddingLeft: theme.spacing(1) }),
  title: css({ fontWeight: theme.typography.fontWeightMedium }),
  numbers: css({
    display: 'grid',
    gridTemplateColumns: 'max-content 1fr',
    gap: theme.spacing(0, 2),
    margin: theme.spacing(0.5, 0, 0.5, 3),
    color: theme.colors.text.secondary,
    fontFamily: theme.typography.fontFamilyMonospace,
    fontSize: theme.typography.bodySmall.fontSize,
  }),
});

function outcomeLook(outcome: GuardVerdict['outcome']): { readonly icon: IconName; readonly text: string } {
  switch (outcome) {
    case 'pass':
      return { icon: 'check', text: t('guard.pass', 'passes') };
    case 'wait':
      return { icon: 'clock-nine', text: t('guard.wait', 'not yet') };
    case 'refuse':
      return { icon: 'times', text: t('guard.refuse', 'refuses') };
  }
}

function Verdict({ verdict }: { readonly verdict: GuardVerdict }) {
  const styles = useStyles2(getStyles);
  const { icon, text } = outcomeLook(verdict.outcome);
  const numbers = Object.entries(verdict.numbers);
  return (
    <li className={styles[verdict.outcome]}>
      <details>
        <summary className={styles.summary}>
          <Icon name={icon} title={text} />
          <span className={styles.title}>{guardTitle(verdict)}</span>
          <span>{visibleText(verdict.detail)}</span>
        </summary>
        <dl className={styles.numbers} aria-label={t('guard.numbers', 'Numbers')}>
          <dt>{t('guard.id', 'guard')}</dt>
          <dd>{verdict.guard}</dd>
          {numbers.map(([name, value]) => (
            <NumberRow key={name} name={name} value={guardNumber(name, value)} />
          ))}
        </dl>
      </details>
    </li>
  );
}

function NumberRow({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{visibleText(value)}</dd>
    </>
  );
}

function Verdicts({ verdicts, label }: { readonly verdicts: readonly GuardVerdict[]; readonly label: string }) {
  const styles = useStyles2(getStyles);
  return (
    <ul className={styles.list} aria-label={label}>
      {verdicts.map((verdict) => (
        <Verdict key={`${verdict.guard} ${verdict.name}`} verdict={verdict} />
      ))}
    </ul>
  );
}

/** What each guard says, refusals first; many that pass are folded into one line, and each opens to its numbers. */
export function GuardList({ verdicts }: { readonly verdicts: readonly GuardVerdict[] }) {
  const sorted = byWeight(verdicts);
  const passing = sorted.filter(({ outcome }) => outcome === 'pass');
  if (verdicts.length === 0) {
    return <Text color="secondary">{t('guard.none', 'No guard was asked.')}</Text>;
  }
  if (passing.length <= mostUnfolded) {
    return <Verdicts verdicts={sorted} label={t('guard.list', 'Guards')} />;
  }
  return (
    <>
      {passing.length === sorted.length ? null : (
        <Verdicts
          verdicts={sorted.filter(({ outcome }) => outcome !== 'pass')}
          label={t('guard.against', 'Guards that do not pass')}
        />
      )}
      <details>
        <summary>
          <Icon name="check" /> {t('guard.passing', '{{- count}} guards pass', { count: passing.length })}
        </summary>
        <Verdicts verdicts={passing} label={t('guard.list', 'Guards')} />
      </details>
    </>
  );
}
