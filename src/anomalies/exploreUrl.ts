import { locationUtil, type DataSourceInstanceSettings } from '@grafana/data';
import { getDataSourceSrv } from '@grafana/runtime';

interface ExploreQuery {
  readonly expr: string;
  /** Name of the backend's source: a data source of Grafana that is called the same is meant. */
  readonly source: string | undefined;
  readonly fromMs: number;
  readonly toMs: number;
}

const prometheusType = 'prometheus';
/** The data source that serves our own series: what a job reads does not come from there. */
const ownUid = 'aiops';

/** The data source of Grafana that most probably answers a job's query; undefined when there is none of its kind. */
function dataSourceOf(source: string | undefined): DataSourceInstanceSettings | undefined {
  const all = getDataSourceSrv()
    .getList({ type: prometheusType })
    .filter(({ uid }) => uid !== ownUid);
  const wanted = source?.toLowerCase();
  return all.find(({ name }) => name.toLowerCase() === wanted) ?? all.find(({ isDefault }) => isDefault) ?? all[0];
}

/** Explore's address with a query over a range; undefined when no data source could answer it. */
export function exploreUrl({ expr, source, fromMs, toMs }: ExploreQuery): string | undefined {
  const found = dataSourceOf(source);
  if (found === undefined) {
    return undefined;
  }
  const datasource = { type: prometheusType, uid: found.uid };
  const pane = {
    datasource: found.uid,
    queries: [{ refId: 'A', expr, range: true, datasource }],
    range: { from: String(fromMs), to: String(toMs) },
  };
  const query = new URLSearchParams({ schemaVersion: '1', panes: JSON.stringify({ aiops: pane }) });
  return locationUtil.assureBaseUrl(`/explore?${query.toString()}`);
}

/** A panel's address in its dashboard, over a range; `ref` is `dashboardUid/panelId`. */
export function panelUrl(ref: string, fromMs: number, toMs: number): string {
  const [uid = '', panelId = ''] = ref.split('/');
  const query = new URLSearchParams({ viewPanel: panelId, from: String(fromMs), to: String(toMs) });
  return locationUtil.assureBaseUrl(`/d/${encodeURIComponent(uid)}?${query.toString()}`);
}
