import { t } from '@grafana/i18n';
import { hasPermission } from '@grafana/runtime';
import { Alert } from '@grafana/ui';
import { useNavigate } from 'react-router-dom';
import { AppPage } from '../../app/AppPage.tsx';
import { appRoot, writeAction } from '../../pluginId.ts';
import { JobForm } from './JobForm.tsx';

/** A new job, with its forecast and cost shown before it is saved. */
export default function NewJobPage() {
  const navigate = useNavigate();
  const pageNav = {
    text: t('job.new', 'New forecast job'),
    parentItem: { text: t('forecasts.title', 'Forecasts'), url: `${appRoot}/forecasts` },
  };
  return (
    <AppPage pageNav={pageNav}>
      {hasPermission(writeAction) ? (
        <JobForm
          initial={{ name: '', query: '' }}
          onCancel={() => navigate(`${appRoot}/forecasts`)}
          onSaved={({ spec }) => navigate(`${appRoot}/forecasts/${spec.name}`)}
        />
      ) : (
        <Alert
          severity="info"
          title={t('job.needsRole', 'Creating and changing jobs needs the Editor role in this organization.')}
        />
      )}
    </AppPage>
  );
}
