import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Alert, Badge, Stack, Text, useStyles2 } from '@grafana/ui';
import { spanText } from '../anomalies/anomalyLook.ts';
import { visibleText } from '../components/visibleText.ts';
import type { Plan } from '../../backend/src/contract/index.ts';

const shownHashChars = 12;

const getStyles = (theme: GrafanaTheme2) => ({
  facts: css({
    display: 'grid',
    gridTemplateColumns: 'max-content 1fr',
    gap: theme.spacing(0.25, 2),
    margin: 0,
    '& dt': { color: theme.colors.text.secondary, fontWeight: theme.typography.fontWeightRegular },
    '& dd': { margin: 0, overflowWrap: 'anywhere' },
  }),
  command: css({ margin: 0, overflowX: 'auto', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }),
});

function tierBadge(tier: Plan['tier']) {
  switch (tier) {
    case 'low':
      return <Badge color="green" icon="check" text={t('plan.low', 'Low risk')} />;
    case 'medium':
      return <Badge color="orange" icon="info-circle" text={t('plan.medium', 'Medium risk')} />;
    case 'high':
      return <Badge color="red" icon="exclamation-triangle" text={t('plan.high', 'High risk')} />;
  }
}

/** "restart_service on web-1", as a heading. */
export function planSentence({ action, targets }: Plan): string {
  return t('plan.sentence', '{{- action}} on {{- targets}}', {
    action: visibleText(action),
    targets: visibleText(targets.join(', ')),
  });
}

/** Exactly what would be done, down to the hash that an approval is bound to. */
export function PlanView({ plan }: { readonly plan: Plan }) {
  const styles = useStyles2(getStyles);
  const parameters = Object.entries(plan.parameters);
  return (
    <Stack direction="column" gap={1}>
      <Stack direction="row" gap={1} alignItems="center" wrap="wrap">
        <Text weight="medium">{planSentence(plan)}</Text>
        {tierBadge(plan.tier)}
        <Text color="secondary">{visibleText(plan.title)}</Text>
      </Stack>
      {plan.warnings.map((warning) => (
        <Alert key={warning} severity="warning" title={visibleText(warning)} topSpacing={0} bottomSpacing={0} />
      ))}
      <details>
        <summary>{t('plan.details', 'Command, parameters and hash')}</summary>
        <dl className={styles.facts}>
          <dt>{t('plan.command', 'Command')}</dt>
          <dd>
            <pre className={styles.command}>{plan.command.map(visibleText).join(' ')}</pre>
          </dd>
          {parameters.map(([name, value]) => (
            <Fact key={name} name={name} value={String(value)} />
          ))}
          <dt>{t('plan.group', 'Group')}</dt>
          <dd>{visibleText(plan.group)}</dd>
          <dt>{t('plan.policy', 'Policy')}</dt>
          <dd>
            {t('plan.policyVersion', '{{- policy}}, version {{- version}}', {
              policy: plan.policy,
              version: plan.policyVersion,
            })}
          </dd>
          <dt>{t('plan.timeout', 'Takes at most')}</dt>
          <dd>{spanText(plan.timeoutMs)}</dd>
          <dt>{t('plan.rollback', 'Undone by')}</dt>
          <dd>{plan.rollback === null ? t('plan.noRollback', 'nothing') : visibleText(plan.rollback)}</dd>
          <dt>{t('plan.digest', 'Digest of the action')}</dt>
          <dd>
            <code title={plan.digest}>{plan.digest.slice(0, shownHashChars)}</code>
          </dd>
          <dt>{t('plan.hash', 'Hash of the plan')}</dt>
          <dd>
            <code title={plan.hash}>{plan.hash.slice(0, shownHashChars)}</code>
          </dd>
        </dl>
      </details>
    </Stack>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <>
      <dt>{visibleText(name)}</dt>
      <dd>{visibleText(value)}</dd>
    </>
  );
}
