import { locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Badge, Card, Stack, Text, TextLink } from '@grafana/ui';
import { useState } from 'react';
import { explain } from '../../api/api-error.ts';
import { useAnomalies } from '../../api/useAnomalies.ts';
import { useCapacity } from '../../api/useCapacity.ts';
import { kindText, spanText } from '../../anomalies/anomalyLook.ts';
import { Ago } from '../../components/Ago.tsx';
import type { ReceiverStatus, Status } from '../../../backend/src/contract/index.ts';
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
