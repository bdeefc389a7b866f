import { t } from '@grafana/i18n';
import { Alert, Stack, Tab, TabContent, TabsBar, TextLink } from '@grafana/ui';
import { useSearchParams } from 'react-router-dom';
import { useRemediationStatus } from '../../api/useRemediation.ts';
import { AppPage } from '../../app/AppPage.tsx';
import { Ago } from '../../components/Ago.tsx';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { visibleText } from '../../components/visibleText.ts';
import type { RemediationStatus } from '../../../backend/src/contract/index.ts';
import { ApprovalsTab } from './ApprovalsTab.tsx';
import { AuditTab } from './AuditTab.tsx';
import { EpisodesTab } from './EpisodesTab.tsx';
import { PoliciesTab } from './PoliciesTab.tsx';
import { remediationTabs, tabLabel, type RemediationTab } from './remediationTabs.ts';
import { RunsTab, runUrl } from './RunsTab.tsx';

function TabBody({ tab }: { readonly tab: RemediationTab }) {
  switch (tab) {
    case 'runs':
      return <RunsTab />;
    case 'approvals':
      return <ApprovalsTab />;
    case 'policies':
      return <PoliciesTab />;
    case 'episodes':
      return <EpisodesTab />;
    case 'audit':
      return <AuditTab />;
  }
}

/** What keeps remediation from working: nothing configured, a webhook or an engine that fails, a blocked target. */
function Notices({ status }: { readonly status: RemediationStatus }) {
  const { configured, webhooks, engines, blockedTargets } = status;
  const faults = [...webhooks, ...engines].filter(({ message }) => message !== null);
  return (
    <>
      {configured ? null : (
        <Alert severity="info" title={t('remediation.notConfigured', 'Remediation is not configured')} topSpacing={0}>
          {t(
            'remediation.notConfiguredHow',
            'Add webhooks and engines to aiops.yaml, and policies beside it: the README tells how.'
          )}
        </Alert>
      )}
      {faults.map(({ name, message }) => (
        <Alert key={name} severity="warning" title={visibleText(`${name}: ${message ?? ''}`)} topSpacing={0} />
      ))}
      {blockedTargets.map(({ target, runId, sinceMs }) => (
        <Alert
          key={`${target} ${runId}`}
          severity="warning"
          topSpacing={0}
          title={t('run.blocked', 'Nothing acts on {{- targets}} until a person has looked', {
            targets: visibleText(target),
          })}
        >
          <TextLink href={runUrl(runId)} inline={false}>
            {t('approval.open', 'Open the run')}
          </TextLink>{' '}
          <Ago timeMs={sinceMs} />
        </Alert>
      ))}
    </>
  );
}

/** What would act, what acts, what acted, who agreed, and the proof. */
export default function RemediationPage() {
  const status = useRemediationStatus();
  const [params, setParams] = useSearchParams();
  const tab = remediationTabs.find((one) => one === params.get('tab')) ?? 'runs';
  const waiting = status.data?.awaitingApproval ?? 0;
  return (
    <AppPage subTitle={t('remediation.subtitle', 'From an alert to a verified recovery: once, safely, and with proof')}>
      <Stack direction="column" gap={2}>
        {status.error === null ? null : <ErrorNotice error={status.error} onRetry={() => void status.refetch()} />}
        {status.data === undefined ? null : <Notices status={status.data} />}
        <TabsBar>
          {remediationTabs.map((one) => (
            <Tab
              key={one}
              label={tabLabel(one)}
              active={one === tab}
              counter={one === 'approvals' && waiting > 0 ? waiting : null}
              onChangeTab={() => setParams({ tab: one }, { replace: true })}
            />
          ))}
        </TabsBar>
        <TabContent>
          <TabBody tab={tab} />
        </TabContent>
      </Stack>
    </AppPage>
  );
}
