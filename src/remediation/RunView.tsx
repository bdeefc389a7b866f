import { locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Alert, Badge, Stack, Text, TextLink } from '@grafana/ui';
import { isOpenRun, useLiveRun } from '../api/useRuns.ts';
import { Ago } from '../components/Ago.tsx';
import { ErrorNotice } from '../components/ErrorNotice.tsx';
import { Section } from '../components/Section.tsx';
import { Skeleton } from '../components/Skeletons.tsx';
import { useNow } from '../components/useNow.ts';
import { visibleText } from '../components/visibleText.ts';
import type { Run, RunDetail } from '../../backend/src/contract/index.ts';
import { appRoot } from '../pluginId.ts';
import { ApprovalCard } from './ApprovalCard.tsx';
import { GuardList } from './GuardList.tsx';
import { PlanView } from './PlanView.tsx';
import { CancelRun, ReleaseTarget } from './RunActions.tsx';
import { modeText, runProgressText, runStateLook } from './runLook.ts';
import { RunOutput, RunSteps } from './RunOutput.tsx';
import { VerificationView } from './VerificationView.tsx';

function Headline({ detail: { run, episode } }: { readonly detail: RunDetail }) {
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
      <TextLink
        href={locationUtil.assureBaseUrl(`${appRoot}/remediation/episodes/${encodeURIComponent(episode.id)}`)}
        inline={false}
      >
        {t('run.alert', 'Alert {{- name}}', { name: visibleText(episode.alertname) })}
      </TextLink>
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

function PlanPart({ run }: { readonly run: Run }) {
  return (
    <>
      <Section title={t('run.plan', 'Plan')}>
        <PlanView plan={run.plan} />
      </Section>
      <Section title={t('run.guards', 'Guards')}>
        <GuardList verdicts={run.verdicts} />
      </Section>
    </>
  );
}

function Story({ run, events }: Pick<RunDetail, 'run' | 'events'>) {
  return (
    <Section title={t('run.timeline', 'What happened')}>
      <RunSteps events={events} />
      <RunOutput events={events} live={isOpenRun(run.state)} />
    </Section>
  );
}

/** One run: while it waits, what people agree to stands before the question; later, whether it helped comes first. */
function RunParts({ run, events }: RunDetail) {
  if (run.state === 'awaiting-approval') {
    return (
      <>
        <PlanPart run={run} />
        <ApprovalCard run={run} />
        <Story run={run} events={events} />
      </>
    );
  }
  return (
    <>
      {run.verification === null ? null : (
        <Section title={t('run.verification', 'Verification')}>
          <VerificationView report={run.verification} endedMs={run.engineEndedAtMs} />
        </Section>
      )}
      <Story run={run} events={events} />
      <ApprovalCard run={run} />
      <PlanPart run={run} />
    </>
  );
}

/** What is known of a run, or why nothing is. */
export function RunView({ of: detail }: { readonly of: ReturnType<typeof useLiveRun> }) {
  if (detail.data === undefined) {
    return detail.error === null ? (
      <Skeleton heightPx={300} />
    ) : (
      <ErrorNotice error={detail.error} onRetry={() => void detail.refetch()} />
    );
  }
  const { run } = detail.data;
  return (
    <Stack direction="column" gap={2}>
      {detail.error === null ? null : <ErrorNotice error={detail.error} onRetry={() => void detail.refetch()} />}
      <Headline detail={detail.data} />
      {run.stateReason === null || run.stateReason === run.verification?.summary ? null : (
        <Alert
          severity={reasonSeverity(run.state)}
          title={visibleText(run.stateReason)}
          topSpacing={0}
          bottomSpacing={0}
        />
      )}
      <ReleaseTarget run={run} />
      <RunParts {...detail.data} />
    </Stack>
  );
}

/** A run followed live. */
export function LiveRun({ id }: { readonly id: string }) {
  return <RunView of={useLiveRun(id)} />;
}
