import { locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Alert, Badge, Button, LinkButton, Stack, Tab, TabsBar, Text } from '@grafana/ui';
import { useState } from 'react';
import { useProposals } from '../api/useRuns.ts';
import { Ago } from '../components/Ago.tsx';
import { ErrorNotice } from '../components/ErrorNotice.tsx';
import { LabelList } from '../components/LabelList.tsx';
import { Skeleton } from '../components/Skeletons.tsx';
import { visibleText } from '../components/visibleText.ts';
import { webUrl } from '../components/webUrl.ts';
import type { Proposals } from '../../backend/src/contract/index.ts';
import { appRoot } from '../pluginId.ts';
import { whyNoPlan } from './permissions.ts';
import { ProposalView } from './ProposalView.tsx';
import type { RemediateProps } from './remediateProps.ts';
import { LiveRun } from './RunView.tsx';

function RunbookLink({ url }: { readonly url: string | null }) {
  const href = webUrl(url);
  return href === undefined ? null : (
    <div>
      <LinkButton variant="secondary" icon="book" href={href} target="_blank" rel="noreferrer noopener">
        {t('proposal.runbook', 'By hand: open the runbook')}
      </LinkButton>
    </div>
  );
}

interface DeadEndProps {
  readonly title: string;
  readonly text: string;
  readonly runbookUrl: string | null;
}

/** Nothing can be proposed: why, what to do about it, and the way by hand. */
function DeadEnd({ title, text, runbookUrl }: DeadEndProps) {
  return (
    <Alert severity="info" title={title}>
      <Stack direction="column" gap={1}>
        <span>{text}</span>
        <RunbookLink url={runbookUrl} />
        <div>
          <LinkButton
            size="sm"
            variant="secondary"
            icon="heart"
            href={locationUtil.assureBaseUrl(`${appRoot}/remediation?tab=policies`)}
          >
            {t('remediate.policies', 'See the policies')}
          </LinkButton>
        </div>
      </Stack>
    </Alert>
  );
}

interface ChoicesProps {
  readonly answer: Proposals;
  readonly runbookUrl: string | null;
}

/** The policies that fit, one at a time; what was started takes the place of its plan. */
function Choices({ answer, runbookUrl }: ChoicesProps) {
  const [chosen, setChosen] = useState(0);
  const [shownRun, setShownRun] = useState<string | null>();
  const proposal = answer.items[chosen] ?? answer.items[0];
  if (proposal === undefined) {
    return null;
  }
  // null: the person has asked for the plan although a run of it is known.
  const runId = shownRun === undefined ? proposal.runId : shownRun;
  return (
    <Stack direction="column" gap={2}>
      {answer.items.length < 2 ? null : (
        <TabsBar>
          {answer.items.map(({ policy, title }, i) => (
            <Tab
              key={policy}
              label={visibleText(title === '' ? policy : title)}
              active={i === chosen}
              onChangeTab={() => {
                setChosen(i);
                setShownRun(undefined);
              }}
            />
          ))}
        </TabsBar>
      )}
      {runId === null ? (
        <ProposalView
          proposal={proposal}
          episodeId={answer.episode?.id}
          runbookUrl={answer.episode?.annotations['runbook_url'] ?? runbookUrl}
          onStarted={setShownRun}
        />
      ) : (
        <>
          <LiveRun id={runId} />
          <div>
            <Button size="sm" variant="secondary" fill="text" icon="arrow-left" onClick={() => setShownRun(null)}>
              {t('remediate.backToPlan', 'Back to the plan')}
            </Button>
          </div>
        </>
      )}
    </Stack>
  );
}

function Answer({ answer, runbookUrl }: ChoicesProps) {
  if (answer.episode === null) {
    return (
      <DeadEnd
        title={t('remediate.unknown', 'AIOps has no open episode of this alert')}
        text={t(
          'remediate.unknownHow',
          'Either it does not fire any more, or it was never sent here: add the webhook of the AIOps backend as a receiver in Alertmanager or as a contact point in Grafana.'
        )}
        runbookUrl={runbookUrl}
      />
    );
  }
  if (answer.items.length === 0) {
    return (
      <DeadEnd
        title={t('remediate.noPolicy', 'No policy fits this alert')}
        text={t(
          'remediate.noPolicyHow',
          'A policy in provisioning/aiops/policies says which alerts it is for, what to do and how to tell that it helped. Begin with mode observe.'
        )}
        runbookUrl={answer.episode.annotations['runbook_url'] ?? runbookUrl}
      />
    );
  }
  return (
    <>
      <Text color="secondary">
        {t('remediate.firingSince', 'Known since')} <Ago timeMs={answer.episode.openedAtMs} />
      </Text>
      <Choices answer={answer} runbookUrl={runbookUrl} />
    </>
  );
}

function Asked({ request, runbookUrl }: Pick<RemediateProps, 'request' | 'runbookUrl'>) {
  const proposals = useProposals(request);
  return (
    <>
      {proposals.error === null ? null : (
        <ErrorNotice error={proposals.error} onRetry={() => void proposals.refetch()} />
      )}
      {proposals.isPending ? <Skeleton heightPx={240} label={t('remediate.planning', 'Asking every guard…')} /> : null}
      {proposals.data === undefined ? null : <Answer answer={proposals.data} runbookUrl={runbookUrl} />}
    </>
  );
}

function Body({ request, labels, runbookUrl }: RemediateProps) {
  const refusal = whyNoPlan();
  if (refusal !== undefined) {
    return (
      <DeadEnd title={t('error.role.title', 'Your role does not allow this')} text={refusal} runbookUrl={runbookUrl} />
    );
  }
  if (request.episodeId === undefined && Object.keys(labels).length === 0) {
    return (
      <DeadEnd
        title={t('remediate.noLabels', 'Grafana shows no labels of this alert')}
        text={t('remediate.noLabelsHow', 'Without them it cannot be found. Look for it among the episodes of AIOps.')}
        runbookUrl={runbookUrl}
      />
    );
  }
  return <Asked request={request} runbookUrl={runbookUrl} />;
}

/** From an alert to its remediation: what would be done, whether it may, and how it goes. */
export function RemediateView(props: RemediateProps) {
  const { labels, state, summary } = props;
  return (
    <Stack direction="column" gap={2}>
      <Stack direction="row" gap={1} alignItems="center" wrap="wrap">
        {state === '' ? null : <Badge color="blue" text={visibleText(state)} />}
        {summary === '' ? null : <Text>{visibleText(summary)}</Text>}
      </Stack>
      <LabelList labels={labels} />
      <Body {...props} />
    </Stack>
  );
}
