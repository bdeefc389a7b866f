import { css } from '@emotion/css';
import { dateTimeFormat, locationUtil, type GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Alert, Badge, LinkButton, Stack, Text, useStyles2 } from '@grafana/ui';
import { useParams } from 'react-router-dom';
import { usePolicy } from '../../api/usePolicies.ts';
import { AppPage } from '../../app/AppPage.tsx';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { Section } from '../../components/Section.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import { visibleText } from '../../components/visibleText.ts';
import type { PolicySummary } from '../../../backend/src/contract/index.ts';
import { appRoot } from '../../pluginId.ts';
import { guardTitle } from '../../remediation/guardText.ts';
import { ScopeSwitch } from '../../remediation/ScopeSwitch.tsx';
import { breakerLook } from '../../remediation/runLook.ts';
import { ModeChange } from './ModeChange.tsx';
import { refusalsOf } from './PoliciesTab.tsx';
import { PolicyHistory } from './PolicyHistory.tsx';
import { ReplayView } from './ReplayView.tsx';
import { remediationNav } from './RunPage.tsx';
import { specValues } from './specValues.ts';

const getStyles = (theme: GrafanaTheme2) => ({
  settings: css({
    display: 'grid',
    gridTemplateColumns: 'max-content 1fr',
    gap: theme.spacing(0, 2),
    '& dt': { fontFamily: theme.typography.fontFamilyMonospace, fontWeight: theme.typography.fontWeightRegular },
    '& dd': { margin: 0, overflowWrap: 'anywhere' },
  }),
});

function Figures({ policy }: { readonly policy: PolicySummary }) {
  const { breaker, runs, spec } = policy;
  const refusals = refusalsOf(policy);
  return (
    <Stack direction="column" gap={1}>
      <Stack direction="row" gap={2} alignItems="center" wrap="wrap">
        <Badge {...breakerLook(breaker.state)} />
        {breaker.untilMs === null ? null : (
          <Text color="secondary">
            {t('policy.breakerUntil', 'until {{- time}}', { time: dateTimeFormat(breaker.untilMs) })}
          </Text>
        )}
        <span>{t('policy.runsOf', '{{- verified}} of {{- total}} healed, {{- failed}} failed', runs)}</span>
        <LinkButton
          size="sm"
          variant="secondary"
          fill="outline"
          href={locationUtil.assureBaseUrl(`${appRoot}/remediation?tab=runs&policy=${encodeURIComponent(spec.name)}`)}
        >
          {t('policy.seeRuns', 'See its runs')}
        </LinkButton>
      </Stack>
      {refusals.length === 0 ? null : (
        <Text color="secondary">
          {t('policy.heldBack', 'Held back in 30 days by: {{- guards}}', {
            guards: refusals.map(([name, count]) => `${guardTitle({ name })} ${count}`).join(' · '),
          })}
        </Text>
      )}
    </Stack>
  );
}

function SpecList({ policy }: { readonly policy: PolicySummary }) {
  const styles = useStyles2(getStyles);
  return (
    <dl className={styles.settings}>
      {specValues(policy.spec).map(({ path, value }) => (
        <SpecRow key={path} path={path} value={value} />
      ))}
    </dl>
  );
}

function SpecRow({ path, value }: { readonly path: string; readonly value: string }) {
  return (
    <>
      <dt>{path}</dt>
      <dd>{visibleText(value)}</dd>
    </>
  );
}

function PolicyView({ policy }: { readonly policy: PolicySummary }) {
  const { spec, fault } = policy;
  return (
    <Stack direction="column" gap={3}>
      {fault === null ? null : (
        <Alert severity="error" title={t('policy.leftAside', 'Left aside')}>
          {fault}
        </Alert>
      )}
      <Section title={t('policy.mode', 'Mode')}>
        <ModeChange policy={policy} />
        <ScopeSwitch scope="policy" name={spec.name} />
      </Section>
      <Section title={t('policy.figures', 'Last 30 days')}>
        <Figures policy={policy} />
      </Section>
      <Section title={t('replay.title', 'Replay')}>
        <ReplayView spec={spec} />
      </Section>
      <Section title={t('policy.versions', 'Versions')}>
        <PolicyHistory name={spec.name} />
      </Section>
      <Section title={t('policy.settings', 'Settings')}>
        <details>
          <summary>{t('policy.allSettings', 'All, defaults included')}</summary>
          <SpecList policy={policy} />
        </details>
      </Section>
    </Stack>
  );
}

/** One policy: how far it goes, what came of it, what it would have done, and how it became what it is. */
export default function PolicyPage() {
  const { name = '' } = useParams();
  const policy = usePolicy(name);
  return (
    <AppPage pageNav={remediationNav(policy.data?.spec.title ?? name, 'policies')}>
      {policy.error === null ? null : <ErrorNotice error={policy.error} onRetry={() => void policy.refetch()} />}
      {policy.isPending ? <Skeleton heightPx={400} /> : null}
      {policy.data === undefined ? null : <PolicyView policy={policy.data} />}
    </AppPage>
  );
}
