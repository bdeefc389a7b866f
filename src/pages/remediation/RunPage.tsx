import { locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { useParams } from 'react-router-dom';
import { useLiveRun } from '../../api/useRuns.ts';
import { AppPage } from '../../app/AppPage.tsx';
import { appRoot } from '../../pluginId.ts';
import { planSentence } from '../../remediation/PlanView.tsx';
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
  const detail = useLiveRun(id);
  const title = detail.data === undefined ? t('run.title', 'Run') : planSentence(detail.data.run.plan);
  return (
    <AppPage pageNav={remediationNav(title, 'runs')}>
      <RunView of={detail} />
    </AppPage>
  );
}
