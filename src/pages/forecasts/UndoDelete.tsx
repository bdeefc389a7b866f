import { t } from '@grafana/i18n';
import { Alert, Button } from '@grafana/ui';
import { useLocation, useNavigate } from 'react-router-dom';
import { z } from 'zod';
import { useSaveJob } from '../../api/useJobs.ts';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { JobSpec } from '../../../backend/src/contract/index.ts';

/** What the page of a job leaves behind when it was deleted; it lives in the browser's history. */
const Deleted = z.object({ deleted: JobSpec });

/** Tells that a job was deleted and creates it again when that was a mistake. */
export function UndoDelete() {
  const location = useLocation();
  const navigate = useNavigate();
  const create = useSaveJob(undefined);
  const spec = Deleted.safeParse(location.state).data?.deleted;
  if (spec === undefined) {
    return null;
  }
  const forget = () => navigate({ search: location.search }, { replace: true, state: null });
  return (
    <>
      <Alert
        severity="info"
        title={t('undo.deleted', 'Job {{- name}} was deleted', { name: spec.name })}
        onRemove={() => void forget()}
      >
        <Button
          size="sm"
          variant="secondary"
          icon={create.isPending ? 'spinner' : 'history'}
          disabled={create.isPending}
          tooltip={t('undo.hint', 'Creates it again as it was; it is trained anew')}
          onClick={() => create.mutate(spec, { onSuccess: () => void forget() })}
        >
          {t('undo.action', 'Undo')}
        </Button>
      </Alert>
      {create.error === null ? null : <ErrorNotice error={create.error} />}
    </>
  );
}
