import { locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Badge, Card, Stack, Text, TextLink } from '@grafana/ui';
import { useState } from 'react';
import { explain } from '../../api/api-error.ts';
import { useAnomalies } from '../../api/useAnomalies.ts';
import { useCapacity } from '../../api/useCapacity.ts';
import { useRemediationStatus } from '../../api/useRemediation.ts';
import { kindText, spanText } from '../../anomalies/anomalyLook.ts';
import { Ago } from '../../components/Ago.tsx';
import type { ReceiverStatus, RemediationStatus, Status } from '../../../backend/src/contract/index.ts';
import { formatRatio } from '../../forecast/format.ts';
import { labelText } from '../../forecast/labelText.ts';
import { appRoot } from '../../pluginId.ts';
import { byEta, etaText, probabilityText } from '../capacity/capacityText.ts';

const mostListed = 3;
const openOnes = { search: '', job: '', kind: 'all', state: 'open', verdict: 'all', limit: mostListed } as const;

/** What is abnormal now, newest first. */
export function RightNowCard({ status }: { readonly status: Status }) {
  const { openAnomalies } = status.scoring;
  const open = useAnomalies(openOnes);
  const waiting = useRemediationStatus().data?.awaitingApproval ?? 0;
  const items = (open.data?.pages[0]?.items ?? []).slice(0, mostListed);
  return (
    <Card noMargin>
      <Card.Heading>{t('overview.rightNow', 'Right now')}</Card.Heading>
      <Card.Description>
        <Stack direction="column" gap={0.5} alignItems="flex-start">
          {openAnomalies === 0 ? (
            <Badge color="green" icon="check" text={t('overview.normal', 'Nothing abnormal')} />
          ) : (
            <TextLink href={locationUtil.assureBaseUrl(`${appRoot}/anomalies?state=open`)} inline={false}>
              <Badge
                color="orange"
                icon="exclamation-triangle"
                text={t('overview.abnormal', '{{- count}} abnormal', { count: openAnomalies })}
              />
            </TextLink>
          )}
          {waiting === 0 ? null : (
            <TextLink href={locationUtil.assureBaseUrl(`${appRoot}/remediation?tab=approvals`)} inline={false}>
              <Badge
                color="purple"
                icon="user"
                text={t('overview.approvals', '{{- count}} waiting for approval', { count: waiting })}
              />
            </TextLink>
          )}
          {open.error === null ? null : <Text color="error">{explain(open.error).title}</Text>}
          {items.map((anomaly) => (
            <span key={anomaly.id}>
              <TextLink href={locationUtil.assureBaseUrl(`${appRoot}/anomalies/${anomaly.id}`)} inline={false}>
                {anomaly.job}
              </TextLink>{' '}
              {kindText(anomaly.kind)} · {labelText(anomaly.labels, '')} <Ago timeMs={anomaly.startedAtMs} />
            </span>
          ))}
        </Stack>
      </Card.Description>
    </Card>
  );
}

/** How often a run was followed by a proven recovery, and how soon. */
export function HealedCard() {
  const status = useRemediationStatus();
  const past = status.data?.last30Days;
  return (
    <Card noMargin>
      <Card.Heading>{t('overview.healed', 'Healed')}</Card.Heading>
      <Card.Description>
        <Stack direction="column" gap={0.5} alignItems="flex-start">
          {status.error === null ? null : <Text color="error">{explain(status.error).title}</Text>}
          {past === undefined ? null : <HealedFigures past={past} />}
          <TextLink href={locationUtil.assureBaseUrl(`${appRoot}/remediation`)} inline={false}>
            {t('overview.allRuns', 'All runs')}
          </TextLink>
        </Stack>
      </Card.Description>
    </Card>
  );
}

function HealedFigures({ past }: { readonly past: RemediationStatus['last30Days'] }) {
  const { runs, verified, failed, medianRecoveryMs } = past;
  if (runs === 0) {
    return <Text color="secondary">{t('overview.noRuns', 'Nothing was run in the last 30 days')}</Text>;
  }
  return (
    <>
      <Badge
        color="green"
        icon="check-circle"
        text={t('overview.verified', '{{- verified}} of {{- runs}} verified', { verified, runs })}
      />
      {medianRecoveryMs === null ? null : (
        <span>
          {t('overview.medianRecovery', 'median {{- span}} from alert to healthy', {
            span: spanText(medianRecoveryMs),
          })}
        </span>
      )}
      {failed === 0 ? null : (
        <Badge
          color="red"
          icon="times-circle"
          text={t('overview.failedRuns', '{{- count}} failed', { count: failed })}
        />
      )}
    </>
  );
}

/** What crosses its limit next. */
export function RunningOutCard() {
  const capacity = useCapacity();
  const [nowMs] = useState(() => Date.now());
  const soonest = (capacity.data ?? [])
    .filter(({ state, etaMs }) => state === 'crossed' || etaMs !== null)
    .sort(byEta)
    .slice(0, mostListed);
  return (
    <Card noMargin>
      <Card.Heading>{t('overview.runningOut', 'Running out')}</Card.Heading>
      <Card.Description>
        <Stack direction="column" gap={0.5} alignItems="flex-start">
          {capacity.error === null ? null : <Text color="error">{explain(capacity.error).title}</Text>}
          {capacity.data !== undefined && soonest.length === 0 ? (
            <Text color="secondary">
              {capacity.data.length === 0
                ? t('capacity.none', 'No job watches a limit yet')
                : t('overview.nothingRunsOut', 'Nothing is expected to cross its limit')}
            </Text>
          ) : null}
          {soonest.map((row) => (
            <Text key={`${row.job} ${row.seriesId}`}>
              {t('overview.runsOut', '{{- resource}} {{- eta}}, {{- probability}}', {
                resource: labelText(row.labels, row.job),
                eta: etaText(row, nowMs),
                probability: probabilityText(row),
              })}
            </Text>
          ))}
          <TextLink href={locationUtil.assureBaseUrl(`${appRoot}/capacity`)} inline={false}>
            {t('overview.allCapacity', 'All limits')}
          </TextLink>
        </Stack>
      </Card.Description>
    </Card>
  );
}

function receiverBadge({ state, message }: ReceiverStatus) {
  switch (state) {
    case 'working':
      return <Badge color="green" icon="check" text={t('receiver.working', 'Accepts')} />;
    case 'idle':
      return <Badge color="blue" icon="clock-nine" text={t('receiver.idle', 'Nothing sent yet')} />;
    case 'failing':
      return (
        <Badge
          color="red"
          icon="exclamation-triangle"
          text={t('receiver.failing', 'Does not accept')}
          tooltip={message ?? ''}
        />
      );
  }
}

/** How live scoring is, and whether what it finds arrives. */
export function ScoringCard({ status }: { readonly status: Status }) {
  const { jobs, freshRatio, longestDelayMs, precision, judged } = status.scoring;
  return (
    <Card noMargin>
      <Card.Heading>{t('overview.scoring', 'Live scoring')}</Card.Heading>
      <Card.Description>
        <Stack direction="column" gap={0.5} alignItems="flex-start">
          <span>
            {freshRatio === null
              ? t('overview.noneScored', 'No job is scored yet')
              : t('overview.scored', '{{- jobs}} jobs scored, {{- share}} of them fresh', {
                  jobs,
                  share: formatRatio(freshRatio),
                })}
          </span>
          {longestDelayMs === null ? null : (
            <span>
              {t('overview.delay', 'Furthest behind: {{- span}}', { span: spanText(Math.max(0, longestDelayMs)) })}
            </span>
          )}
          {precision === null ? null : (
            <span>
              {t('overview.precision', '{{- share}} of {{- judged}} judged anomalies were real', {
                share: formatRatio(precision),
                judged,
              })}
            </span>
          )}
          {status.receivers.map((receiver) => (
            <Stack key={`${receiver.kind} ${receiver.name}`} direction="row" gap={1} alignItems="center" wrap="wrap">
              {receiverBadge(receiver)}
              <span>{receiver.name}</span>
              {receiver.waiting === 0 ? null : (
                <Text color="secondary">
                  {t('receiver.waiting', '{{- count}} waiting', { count: receiver.waiting })}
                </Text>
              )}
              {receiver.state === 'failing' && receiver.message !== null ? (
                <Text color="error">{receiver.message}</Text>
              ) : null}
            </Stack>
          ))}
        </Stack>
      </Card.Description>
    </Card>
  );
}
