import { locationUtil } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Stack, Text } from '@grafana/ui';
import { useParams } from 'react-router-dom';
import { AppPage } from '../../app/AppPage.tsx';
import { useAnomaly, useAnomalyEvents } from '../../api/useAnomalies.ts';
import { useJob } from '../../api/useJobs.ts';
import { AnomalyBadges } from '../../anomalies/AnomalyBadges.tsx';
import { evidenceText } from '../../anomalies/evidenceText.ts';
import { VerdictButtons } from '../../anomalies/VerdictButtons.tsx';
import { CardRow } from '../../components/CardRow.tsx';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { Section } from '../../components/Section.tsx';
import { Skeleton } from '../../components/Skeletons.tsx';
import type { AnomalyRecord } from '../../../backend/src/contract/index.ts';
import { labelText } from '../../forecast/labelText.ts';
import { appRoot } from '../../pluginId.ts';
import { AnomalyChart } from './AnomalyChart.tsx';
import { AnomalyFacts } from './AnomalyFacts.tsx';
import { AnomalyLinks } from './AnomalyLinks.tsx';
import { Deliveries } from './Deliveries.tsx';
import { LevelDecisionCard } from './LevelDecisionCard.tsx';

function EvidenceList({ anomaly, unit }: { readonly anomaly: AnomalyRecord; readonly unit: string | undefined }) {
  return anomaly.evidence.length === 0 ? (
    <Text color="secondary">{t('anomaly.noEvidence', 'Nothing more was noted.')}</Text>
  ) : (
    <ul style={{ marginLeft: 20 }}>
      {anomaly.evidence.map((line) => (
        <li key={`${line.code}${line.text}`}>{evidenceText(line, unit)}</li>
      ))}
    </ul>
  );
}

function AnomalyView({ anomaly }: { readonly anomaly: AnomalyRecord }) {
  const job = useJob(anomaly.job);
  const unit = job.data?.spec.unit;
  return (
    <Stack direction="column" gap={2}>
      <Stack direction="row" gap={2} alignItems="center" wrap="wrap">
        <AnomalyBadges anomaly={anomaly} withKind />
        <Text>{labelText(anomaly.labels, t('anomaly.wholeJob', 'the job as a whole'))}</Text>
        <AnomalyLinks anomaly={anomaly} job={job.data} />
      </Stack>
      <AnomalyChart anomaly={anomaly} unit={unit} />
      {anomaly.kind === 'level-shift' ? <LevelDecisionCard anomaly={anomaly} /> : null}
      <CardRow leastWidthPx={340}>
        <Section title={t('anomaly.evidence', 'Why it is abnormal')}>
          <EvidenceList anomaly={anomaly} unit={unit} />
        </Section>
        <Section title={t('anomaly.facts', 'Figures')}>
          <AnomalyFacts anomaly={anomaly} unit={unit} />
        </Section>
        <Section title={t('anomaly.deliveries', 'How it was told')}>
          <Deliveries anomaly={anomaly} />
        </Section>
      </CardRow>
      <Section title={t('verdict.question', 'What was it?')}>
        <VerdictButtons anomaly={anomaly} />
      </Section>
    </Stack>
  );
}

/** One anomaly: the picture, why it is one, how it was told, and what people say of it. */
export default function AnomalyPage() {
  const { id = '' } = useParams();
  const anomaly = useAnomaly(id);
  useAnomalyEvents();
  const pageNav = {
    text: anomaly.data?.job ?? t('anomaly.title', 'Anomaly'),
    parentItem: {
      text: t('anomalies.title', 'Anomalies'),
      url: locationUtil.assureBaseUrl(`${appRoot}/anomalies`),
    },
  };
  return (
    <AppPage pageNav={pageNav}>
      {anomaly.error === null ? null : <ErrorNotice error={anomaly.error} onRetry={() => void anomaly.refetch()} />}
      {anomaly.isPending ? <Skeleton heightPx={400} /> : null}
      {anomaly.data === undefined ? null : <AnomalyView anomaly={anomaly.data} />}
    </AppPage>
  );
}
