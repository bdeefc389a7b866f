import { t } from '@grafana/i18n';
import { Alert, Badge, Stack, Text } from '@grafana/ui';
import { isOpenRun, useLiveRun } from '../api/useRuns.ts';
import { Ago } from '../components/Ago.tsx';
import { ErrorNotice } from '../components/ErrorNotice.tsx';
import { Section } from '../components/Section.tsx';
import { Skeleton } from '../components/Skeletons.tsx';
import { useNow } from '../components/useNow.ts';
import { visibleText } from '../components/visibleText.ts';
import type { Run, RunDetail } from '../../backend/src/contract/index.ts';
import { ApprovalCard } from './ApprovalCard.tsx';
import { GuardList } from './GuardList.tsx';
import { PlanView } from './PlanView.tsx';
import { CancelRun, ReleaseTarget } from './RunActions.tsx';
import { modeText, runProgressText, runStateLook } from './runLook.ts';
import { RunOutput, RunSteps } from './RunOutput.tsx';
import { VerificationView } from './VerificationView.tsx';

function Headline({ run }: { readonly run: Run }) {
  const nowMs = useNow(isOpenRun(run.state));
  const { color, icon } = runStateLook(run.state);
  return (
    <Stack direction="row" gap={2} alignItems="center" wrap="wrap">
      <span role="status">
        <Badge color={color} icon={icon} text={runProgressText(run, nowMs)} />
      </span>
      <Text color="secondary">
        {t('run.attempt', 'attempt {{- attempt}} · mode {{- mode}}', {
          attempt: run.attempt,
          mode: modeText(run.mode),
        })}{' '}
        · <Ago timeMs={run.createdAtMs} />
      </Text>
      {isOpenRun(run.state) ? <CancelRun run={run} /> : null}
    </Stack>
  );
}

function reasonSeverity(state: Run['state']): 'error' | 'warning' | 'info' {
  switch (state) {
    case 'failed':
    case 'unknown':
      return 'error';
    case 'refused':
    case 'inconclusive':
      return 'warning';
    default:
      return 'info';
  }
}

/** One run: what it is, whether it may, how it goes, whether it helped. */
export function RunParts({ detail }: { readonly detail: RunDetail }) {
  const { run, events } = detail;
  return (
    <Stack direction="column" gap={2}>
      <Headline run={run} />
      {run.stateReason === null ? null : (
        <Alert
          severity={reasonSeverity(run.state)}
          title={visibleText(run.stateReason)}
          topSpacing={0}
          bottomSpacing={0}
        />
      )}
      <ReleaseTarget run={run} />
      <ApprovalCard run={run} />
      {run.verification === null ? null : (
        <Section title={t('run.verification', 'Verification')}>
          <VerificationView report={run.verification} endedMs={run.engineEndedAtMs} />
        </Section>
      )}
      <Section title={t('run.timeline', 'What happened')}>
        <RunSteps events={events} />
        <RunOutput events={events} live={isOpenRun(run.state)} />
      </Section>
      <Section title={t('run.plan', 'Plan')}>
        <PlanView plan={run.plan} />
      </Section>
      <Section title={t('run.guards', 'Guards')}>
        <GuardList verdicts={run.verdicts} />
      </Section>
    </Stack>
  );
}

/** A run followed live. */
export function RunView({ id }: { readonly id: string }) {
  const detail = useLiveRun(id);
  return (
    <>
      {detail.error === null ? null : <ErrorNotice error={detail.error} onRetry={() => void detail.refetch()} />}
      {detail.isPending ? <Skeleton heightPx={300} /> : null}
      {detail.data === undefined ? null : <RunParts detail={detail.data} />}
    </>
  );
}
