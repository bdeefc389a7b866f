import { t } from '@grafana/i18n';
import { hasPermission } from '@grafana/runtime';
import { Alert } from '@grafana/ui';
import { useNavigate, useParams } from 'react-router-dom';
import { AppPage } from '../../app/AppPage.tsx';
import { useJob } from '../../api/useJobs.ts';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import { appRoot, writeAction } from '../../pluginId.ts';
import { JobForm } from './JobForm.tsx';

function EditJob({ name }: { readonly name: string }) {
  const navigate = useNavigate();
  const job = useJob(name);
  const back = () => navigate(`${appRoot}/forecasts/${name}`);
  if (job.error !== null) {
    return <ErrorNotice error={job.error} onRetry={() => void job.refetch()} />;
  }
  if (job.data === undefined) {
    return <Skeleton heightPx={400} />;
  }
  if (job.data.origin.kind === 'file') {
    return (
      <Alert
        severity="info"
        title={t('job.provisioned', 'This job is provisioned: change it in {{- file}}.', {
          file: job.data.origin.file,
        })}
      />
    );
  }
  if (!hasPermission(writeAction)) {
    return (
      <Alert
        severity="info"
        title={t('job.needsRole', 'Creating and changing jobs needs the Editor role in this organization.')}
      />
    );
  }
  return <JobForm initial={job.data.spec} editing={name} onCancel={back} onSaved={back} />;
}

/** An existing job in the form; one from a file says where it is changed. */
export default function EditJobPage() {
  const { name = '' } = useParams();
  const pageNav = {
    text: t('job.edit', 'Edit {{- name}}', { name }),
    parentItem: { text: t('forecasts.title', 'Forecasts'), url: `${appRoot}/forecasts` },
  };
  return (
    <AppPage pageNav={pageNav}>
      <EditJob name={name} />
    </AppPage>
  );
}
