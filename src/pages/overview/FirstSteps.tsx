import { t } from '@grafana/i18n';
import { Card, LinkButton } from '@grafana/ui';
import { locationUtil } from '@grafana/data';
import { CardRow } from '../../components/CardRow.tsx';
import { Snippet } from '../../components/Snippet.tsx';
import { appRoot } from '../../pluginId.ts';

const sourceSnippet = `sources:
  - name: main
    kind: prometheus
    url: http://prometheus:9090
`;

const jobSnippet = `jobs:
  - name: checkout-latency
    query: histogram_quantile(0.95, sum by (le, service) (rate(http_request_duration_seconds_bucket[5m])))
`;

/** What a new user does first, each step with something to copy or to press. */
export function FirstSteps({ hasSource }: { readonly hasSource: boolean }) {
  return (
    <CardRow label={t('overview.firstSteps', 'First steps')} leastWidthPx={340}>
      <Card noMargin>
        <Card.Heading>
          {hasSource
            ? t('overview.connected', '1. A source is connected')
            : t('overview.connect', '1. Connect a source')}
        </Card.Heading>
        <Card.Description>
          {t('overview.connectHelp', 'The backend reads metrics from Prometheus, Mimir or Thanos.')}
          <Snippet file="provisioning/aiops/aiops.yaml" text={sourceSnippet} />
        </Card.Description>
      </Card>
      <Card noMargin>
        <Card.Heading>{t('overview.forecastPanel', '2. Forecast a panel')}</Card.Heading>
        <Card.Description>
          {t(
            'overview.forecastPanelHelp',
            'Open the menu of any time series panel, then Extensions, then Forecast and anomalies.'
          )}
        </Card.Description>
        <Card.Actions>
          <LinkButton variant="secondary" icon="apps" href={locationUtil.assureBaseUrl('/dashboards')}>
            {t('overview.openDashboards', 'Open dashboards')}
          </LinkButton>
        </Card.Actions>
      </Card>
      <Card noMargin>
        <Card.Heading>{t('overview.watch', '3. Let it watch')}</Card.Heading>
        <Card.Description>
          {t('overview.watchHelp', 'A job keeps the forecast trained and serves it to dashboards and alert rules.')}
          <Snippet file="provisioning/aiops/jobs/checkout.yaml" text={jobSnippet} />
        </Card.Description>
        <Card.Actions>
          <LinkButton variant="secondary" icon="plus" href={locationUtil.assureBaseUrl(`${appRoot}/forecasts/new`)}>
            {t('overview.createJob', 'Create a job')}
          </LinkButton>
        </Card.Actions>
      </Card>
    </CardRow>
  );
}
