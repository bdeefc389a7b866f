import { t } from '@grafana/i18n';
import { Alert, Badge, Button, LinkButton, Stack, Text } from '@grafana/ui';
import { useDryRun, useStartRun } from '../api/useRuns.ts';
import { ErrorNotice } from '../components/ErrorNotice.tsx';
import { Section } from '../components/Section.tsx';
import { visibleText } from '../components/visibleText.ts';
import { webUrl } from '../components/webUrl.ts';
import type { DryRunReport, GuardVerdict, Proposal, RunRequest } from '../../backend/src/contract/index.ts';
import { GuardList } from './GuardList.tsx';
import { byWeight, guardNumber, guardTitle } from './guardText.ts';
import { whyNoPlan, whyNoRun } from './permissions.ts';
import { PlanView } from './PlanView.tsx';
import { modeHelp, modeText } from './runLook.ts';
import { RunOutput } from './RunOutput.tsx';

function numbersText({ numbers }: GuardVerdict): string {
  return Object.entries(numbers)
    .map(([name, value]) => `${name} ${guardNumber(name, value)}`)
    .join(' · ');
}

/** Guards that no policy sets: they lift by themselves when their cause is gone. */
const sameForAll: ReadonlySet<string> = new Set([
  'firing',
  'duplicate',
  'silence',
  'self',
  'correlation',
  'global-radius',
  'concurrency',
  'exclusion',
]);

function whoCanLift({ name }: GuardVerdict, policy: string): string {
  if (name === 'kill-switch') {
    return t('proposal.switchOff', 'An administrator can let remediation go on, in the header of every page of AIOps.');
  }
  return sameForAll.has(name)
    ? t('proposal.sameForAll', 'This guard is the same for every policy: it passes once its cause is gone.')
    : t(
        'proposal.whoCanChange',
        'The limits are part of policy {{- policy}}: people with the Editor role, or whoever keeps its file, can change them.',
        { policy }
      );
}

interface RefusalProps {
  readonly verdict: GuardVerdict;
  readonly policy: string;
  readonly runbookUrl: string | undefined;
}

/** The guard that keeps it from running: its numbers, who can change them, and what to do by hand. */
function Refusal({ verdict, policy, runbookUrl }: RefusalProps) {
  const title =
    verdict.outcome === 'wait'
      ? t('proposal.waits', 'Not yet: {{- guard}}', { guard: guardTitle(verdict) })
      : t('proposal.refused', 'Refused: {{- guard}}', { guard: guardTitle(verdict) });
  return (
    <Alert severity={verdict.outcome === 'wait' ? 'info' : 'warning'} title={title}>
      <Stack direction="column" gap={1}>
        <span>{visibleText(verdict.detail)}</span>
        <Text color="secondary">{visibleText(numbersText(verdict))}</Text>
        <span>{whoCanLift(verdict, policy)}</span>
        {runbookUrl === undefined ? (
          <span>{t('proposal.noRunbook', 'The alert names no runbook for doing it by hand.')}</span>
        ) : (
          <div>
            <LinkButton
              size="sm"
              variant="secondary"
              icon="book"
              href={runbookUrl}
              target="_blank"
              rel="noreferrer noopener"
            >
              {t('proposal.runbook', 'By hand: open the runbook')}
            </LinkButton>
          </div>
        )}
      </Stack>
    </Alert>
  );
}

function DryRunResult({ report }: { readonly report: DryRunReport }) {
  return (
    <Section title={t('proposal.wouldChange', 'What would change')}>
      <div>
        {report.ok ? (
          <Badge color="green" icon="check" text={t('proposal.dryRunOk', 'The dry run went through')} />
        ) : (
          <Badge color="red" icon="times" text={t('proposal.dryRunFailed', 'The dry run failed')} />
        )}{' '}
        {report.reason === null ? null : visibleText(report.reason)}
      </div>
      <RunOutput events={report.events} live={false} />
    </Section>
  );
}

function approvalText(needed: number): string {
  return needed === 0
    ? t('proposal.noApproval', 'Nobody else has to agree.')
    : t('proposal.approvals', 'Approvals needed: {{- count}}.', { count: needed });
}

/** Why the run cannot be started from here; undefined when it can. */
function whyNoStart({ allowed, mode }: Proposal): string | undefined {
  if (mode === 'observe') {
    return t('proposal.onlyObserves', 'The policy only observes: its mode must be suggest or more.');
  }
  return allowed ? whyNoRun() : t('proposal.guardHint', 'A guard keeps it from running now.');
}

interface ButtonsProps {
  readonly proposal: Proposal;
  readonly request: RunRequest;
  readonly onStarted: (runId: string) => void;
}

function Buttons({ proposal, request, onStarted }: ButtonsProps) {
  const dryRun = useDryRun();
  const start = useStartRun();
  const noDryRun = whyNoPlan();
  const noStart = whyNoStart(proposal);
  const failure = dryRun.error ?? start.error;
  const busy = dryRun.isPending || start.isPending;
  return (
    <Stack direction="column" gap={2}>
      {failure === null ? null : <ErrorNotice error={failure} />}
      <Stack direction="row" gap={1} wrap="wrap">
        <Button
          variant="secondary"
          icon={dryRun.isPending ? 'spinner' : 'eye'}
          disabled={noDryRun !== undefined || busy}
          tooltip={noDryRun ?? ''}
          onClick={() => dryRun.mutate(request)}
        >
          {dryRun.isPending ? t('proposal.dryRunning', 'Trying it out…') : t('proposal.dryRun', 'Dry run')}
        </Button>
        <Button
          icon={start.isPending ? 'spinner' : 'play'}
          disabled={noStart !== undefined || busy}
          tooltip={noStart ?? ''}
          onClick={() => start.mutate(request, { onSuccess: ({ id }) => onStarted(id) })}
        >
          {t('proposal.run', 'Approve and run')}
        </Button>
      </Stack>
      {dryRun.data === undefined ? null : <DryRunResult report={dryRun.data} />}
    </Stack>
  );
}

interface ProposalViewProps {
  readonly proposal: Proposal;
  readonly episodeId: string | undefined;
  readonly runbookUrl: string | null;
  readonly onStarted: (runId: string) => void;
}

/** What one policy would do: plan, guards, verification, mode, and the buttons that try it and run it. */
export function ProposalView({ proposal, episodeId, runbookUrl, onStarted }: ProposalViewProps) {
  const { plan, fault, verdicts, allowed, verify, mode, approvalsNeeded, policy } = proposal;
  // A dry run that is still missing is made at the start: it keeps nothing from running.
  const [first] = byWeight(verdicts).filter(({ outcome, name }) => outcome === 'refuse' || name !== 'dry-run');
  const refusing = allowed || first?.outcome === 'pass' ? undefined : first;
  return (
    <Stack direction="column" gap={2}>
      {refusing === undefined ? null : <Refusal verdict={refusing} policy={policy} runbookUrl={webUrl(runbookUrl)} />}
      <Section title={t('proposal.plan', 'Plan')}>
        {plan === null ? (
          <Alert severity="warning" title={visibleText(fault ?? t('proposal.noPlan', 'There is no plan'))} />
        ) : (
          <PlanView plan={plan} />
        )}
      </Section>
      <Section title={t('proposal.guards', 'Guards')}>
        <GuardList verdicts={verdicts} />
      </Section>
      <Section title={t('proposal.verify', 'Verify')}>
        <Text>
          {verify === null
            ? t('proposal.noVerify', 'The policy does not say how a recovery is told: the run will be inconclusive.')
            : visibleText(verify)}
        </Text>
      </Section>
      <Section title={t('proposal.mode', 'Mode')}>
        <Text>
          {modeText(mode)}: {modeHelp(mode)} {approvalText(approvalsNeeded)}
        </Text>
      </Section>
      {plan === null || episodeId === undefined ? null : (
        <Buttons proposal={proposal} request={{ episodeId, policy, planHash: plan.hash }} onStarted={onStarted} />
      )}
    </Stack>
  );
}
