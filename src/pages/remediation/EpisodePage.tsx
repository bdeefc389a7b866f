import { dateTimeFormat } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Badge, Button, LinkButton, Modal, Stack, Text, TextLink } from '@grafana/ui';
import { useState } from 'react';
import { useParams } from 'react-router-dom';
import { useEpisode } from '../../api/useEpisodes.ts';
import { AppPage } from '../../app/AppPage.tsx';
import { Ago } from '../../components/Ago.tsx';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { LabelList } from '../../components/LabelList.tsx';
import { Section } from '../../components/Section.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import { visibleText } from '../../components/visibleText.ts';
import { webUrl } from '../../components/webUrl.ts';
import type { Decision, Episode, EpisodeDetail } from '../../../backend/src/contract/index.ts';
import { GuardList } from '../../remediation/GuardList.tsx';
import { RemediateView } from '../../remediation/RemediateView.tsx';
import { decisionLook, modeText } from '../../remediation/runLook.ts';
import { EpisodeBadge } from './EpisodesTab.tsx';
import { remediationNav } from './RunPage.tsx';
import { policyUrl, RunTable, runUrl } from './RunsTab.tsx';

function OutsideLink({ url, text }: { readonly url: string | null | undefined; readonly text: string }) {
  const href = webUrl(url);
  return href === undefined ? null : (
    <LinkButton size="sm" variant="secondary" fill="outline" href={href} target="_blank" rel="noreferrer noopener">
      {text}
    </LinkButton>
  );
}

function DecisionLine({ decision }: { readonly decision: Decision }) {
  const { policy, policyVersion, mode, atMs, outcome, target, runId, verdicts } = decision;
  return (
    <li>
      <details>
        <summary>
          <Badge {...decisionLook(outcome)} /> {dateTimeFormat(atMs)}{' '}
          {t('decision.of', '{{- policy}}, version {{- version}}, mode {{- mode}}', {
            policy,
            version: policyVersion,
            mode: modeText(mode),
          })}
          {target === null ? '' : ` · ${visibleText(target)}`}
        </summary>
        <GuardList verdicts={verdicts} />
        <Stack direction="row" gap={2}>
          <TextLink href={policyUrl(policy)} inline={false}>
            {t('decision.policy', 'The policy')}
          </TextLink>
          {runId === null ? null : (
            <TextLink href={runUrl(runId)} inline={false}>
              {t('decision.run', 'The run')}
            </TextLink>
          )}
        </Stack>
      </details>
    </li>
  );
}

function RemediateButton({ episode }: { readonly episode: Episode }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon="heart" disabled={episode.closedAtMs !== null} onClick={() => setOpen(true)}>
        {t('alerts.remediate', 'Remediate')}
      </Button>
      {open ? (
        <Modal isOpen title={visibleText(episode.alertname)} onDismiss={() => setOpen(false)}>
          <RemediateView
            request={{ episodeId: episode.id }}
            labels={episode.labels}
            state=""
            summary={episode.annotations['summary'] ?? ''}
            runbookUrl={episode.annotations['runbook_url'] ?? null}
          />
        </Modal>
      ) : null}
    </>
  );
}

function EpisodeView({ detail: { episode, decisions, runs } }: { readonly detail: EpisodeDetail }) {
  const summary = episode.annotations['summary'] ?? '';
  return (
    <Stack direction="column" gap={2}>
      <Stack direction="row" gap={2} alignItems="center" wrap="wrap">
        <EpisodeBadge episode={episode} />
        <Text color="secondary">
          {t('episode.since', 'opened')} <Ago timeMs={episode.openedAtMs} />
        </Text>
        <RemediateButton episode={episode} />
        <OutsideLink url={episode.annotations['runbook_url']} text={t('alerts.runbook', 'Runbook')} />
        <OutsideLink url={episode.generatorUrl} text={t('episode.generator', 'Where it was found')} />
      </Stack>
      {summary === '' ? null : <Text>{visibleText(summary)}</Text>}
      <LabelList labels={episode.labels} />
      <Section title={t('episode.decisions', 'What the policies thought of it')}>
        {decisions.length === 0 ? (
          <Text color="secondary">{t('episode.noDecisions', 'No policy is for this alert.')}</Text>
        ) : (
          <ul
            style={{ listStyle: 'none', margin: 0 }}
            aria-label={t('episode.decisions', 'What the policies thought of it')}
          >
            {decisions.map((decision) => (
              <DecisionLine key={decision.id} decision={decision} />
            ))}
          </ul>
        )}
      </Section>
      <Section title={t('remediation.runs', 'Runs')}>
        {runs.length === 0 ? (
          <Text color="secondary">{t('episode.noRuns', 'Nothing was run for it.')}</Text>
        ) : (
          <RunTable runs={runs} />
        )}
      </Section>
    </Stack>
  );
}

/** One episode: the alert, what was decided about it and what was done. */
export default function EpisodePage() {
  const { id = '' } = useParams();
  const episode = useEpisode(id);
  const name = episode.data?.episode.alertname;
  return (
    <AppPage
      pageNav={remediationNav(name === undefined ? t('episode.title', 'Episode') : visibleText(name), 'episodes')}
    >
      {episode.error === null ? null : <ErrorNotice error={episode.error} onRetry={() => void episode.refetch()} />}
      {episode.isPending ? <Skeleton heightPx={400} /> : null}
      {episode.data === undefined ? null : <EpisodeView detail={episode.data} />}
    </AppPage>
  );
}
