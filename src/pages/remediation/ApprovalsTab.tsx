import { t } from '@grafana/i18n';
import { EmptyState, Stack, TextLink, useTheme2 } from '@grafana/ui';
import { useRuns } from '../../api/useRuns.ts';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import type { Run } from '../../../backend/src/contract/index.ts';
import { ApprovalCard } from '../../remediation/ApprovalCard.tsx';
import { GuardList } from '../../remediation/GuardList.tsx';
import { PlanView } from '../../remediation/PlanView.tsx';
import { runUrl } from './RunsTab.tsx';

function Waiting({ run }: { readonly run: Run }) {
  const theme = useTheme2();
  return (
    <li
      style={{
        border: `1px solid ${theme.colors.border.weak}`,
        borderRadius: theme.shape.radius.default,
        padding: theme.spacing(2),
      }}
    >
      <Stack direction="column" gap={2}>
        <PlanView plan={run.plan} />
        <details>
          <summary>
            {t('approval.guards', 'What each guard says ({{- count}})', { count: run.verdicts.length })}
          </summary>
          <GuardList verdicts={run.verdicts} />
        </details>
        <ApprovalCard run={run} />
        <TextLink href={runUrl(run.id)} inline={false}>
          {t('approval.open', 'Open the run')}
        </TextLink>
      </Stack>
    </li>
  );
}

/** Runs that wait for people, with the plan that an answer is bound to. */
export function ApprovalsTab() {
  const theme = useTheme2();
  const runs = useRuns({ state: 'awaiting-approval' });
  const waiting = runs.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      {runs.error === null ? null : <ErrorNotice error={runs.error} onRetry={() => void runs.refetch()} />}
      {runs.isPending ? <Skeleton heightPx={240} /> : null}
      {runs.data !== undefined && waiting.length === 0 ? (
        <EmptyState variant="completed" message={t('approval.none', 'Nothing waits for approval')} />
      ) : null}
      <ul
        aria-label={t('approval.waiting', 'Waiting for approval')}
        style={{ listStyle: 'none', display: 'grid', gap: theme.spacing(2) }}
      >
        {waiting.map((run) => (
          <Waiting key={run.id} run={run} />
        ))}
      </ul>
    </>
  );
}
