import { locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useParams } from 'react-router-dom';
import { AppPage } from '../../app/AppPage.tsx';
import { appRoot } from '../../pluginId.ts';
import { RunView } from '../../remediation/RunView.tsx';

/** The pages below Remediation lead back to it. */
export function remediationNav(text: string, tab: string) {
  return {
    text,
    parentItem: {
      text: t('remediation.title', 'Remediation'),
      url: locationUtil.assureBaseUrl(`${appRoot}/remediation?tab=${tab}`),
    },
  };
}

/** One run, followed while it goes on. */
export default function RunPage() {
  const { id = '' } = useParams();
  return (
    <AppPage pageNav={remediationNav(t('run.title', 'Run'), 'runs')}>
      <RunView id={id} />
    </AppPage>
  );
}
