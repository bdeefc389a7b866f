import { locationUtil } from '@grafana/data';
import { getDataSourceSrv } from '@grafana/runtime';
import type { AlertRow } from '../../../backend/src/contract/index.ts';

/** How Grafana calls the Alertmanager that holds the alert; undefined when Grafana does not know one. */
function alertmanagerOf(source: AlertRow['source']): string | undefined {
  return source === 'grafana' ? 'grafana' : getDataSourceSrv().getList({ type: 'alertmanager' })[0]?.name;
}

/** Grafana's form for a new silence with the alert's labels filled in; undefined when there is no Alertmanager to silence in. */
export function silenceUrl({ source, labels }: AlertRow): string | undefined {
  const alertmanager = alertmanagerOf(source);
  if (alertmanager === undefined) {
    return undefined;
  }
  const query = new URLSearchParams({ alertmanager });
  Object.entries(labels)
    .filter(([name]) => !name.startsWith('__'))
    .forEach(([name, value]) => query.append('matcher', `${name}=${value}`));
  return locationUtil.assureBaseUrl(`/alerting/silence/new?${query.toString()}`);
}
