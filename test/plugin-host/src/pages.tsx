import { useEffect, useState, type ReactNode } from 'react';
import { PluginContextProvider, type AppPlugin, type KeyValue } from '@grafana/data';
import { getBackendSrv, locationService, type PluginPageProps } from '@grafana/runtime';
import { UrlSyncContextProvider, type EmbeddedScene } from '@grafana/scenes';
import { Alert, Box, LoadingPlaceholder, Stack, Text } from '@grafana/ui';
import { useLocation, useParams } from 'react-router-dom-v5-compat';
import type { DashboardModel } from './dashboard-model.ts';
import { loadApp, pluginMetas } from './plugins.ts';
import { toScene } from './scene.ts';

/** What a promise came to, for one key. */
function useLoaded<T>(load: () => Promise<T>, key: string): { readonly value?: T; readonly error?: string } {
  const [state, setState] = useState<{ key?: string; value?: T; error?: string }>({});
  useEffect(() => {
    load()
      .then((value) => setState({ key, value }))
      .catch((cause: unknown) =>
        setState({ key, error: cause instanceof Error ? cause.message : JSON.stringify(cause) })
      );
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the key says what is loaded
  }, [key]);
  return state.key === key ? state : {};
}

function Pending({ error, what }: { readonly error: string | undefined; readonly what: string }) {
  return error === undefined ? (
    <LoadingPlaceholder text={`Loading ${what}…`} />
  ) : (
    <Alert title={`Failed to load ${what}`}>{error}</Alert>
  );
}

/** Stands in for core's PluginPage: title from the include that fits the address, subtitle, actions, content. */
export function HostPluginPage({ children, pageNav, subTitle, actions, renderTitle, info }: PluginPageProps) {
  const path = useLocation().pathname;
  const include = pluginMetas.flatMap((meta) => meta.includes ?? []).find((i) => i.path === path);
  const title = pageNav?.text ?? include?.name ?? 'AIOps';
  return (
    <Stack direction="column" gap={2}>
      <Stack direction="row" justifyContent="space-between" alignItems="flex-start">
        <div>
          {renderTitle === undefined ? <h1>{title}</h1> : renderTitle(title)}
          {subTitle !== undefined && <Text color="secondary">{subTitle as string}</Text>}
          {(info ?? []).map((item, i) => (
            <span key={i}>{item.value as ReactNode}</span>
          ))}
        </div>
        {actions}
      </Stack>
      <div>{children}</div>
    </Stack>
  );
}

/** `/a/<id>/*`: the app's own pages. */
export function AppRoute() {
  const { id = '' } = useParams<{ id: string }>();
  const location = useLocation();
  const { value: plugin, error } = useLoaded(async () => await loadApp(id), id);
  const Root = plugin?.root;
  if (plugin === undefined || Root === undefined) {
    return <Pending what={id} error={plugin === undefined ? error : 'the app has no root page'} />;
  }
  const query = Object.fromEntries(new URLSearchParams(location.search)) as KeyValue;
  return (
    <PluginContextProvider meta={plugin.meta}>
      <Root
        meta={plugin.meta}
        basename={`/a/${id}`}
        onNavChanged={() => undefined}
        query={query}
        path={location.pathname}
      />
    </PluginContextProvider>
  );
}

async function loadFreshApp(id: string): Promise<AppPlugin> {
  const plugin = await loadApp(id);
  const meta = await getBackendSrv().get<AppPlugin['meta']>(`/api/plugins/${id}/settings`);
  return Object.assign(plugin, { meta });
}

/** `/plugins/<id>`: the configuration page, with the tabs that the app added. */
export function PluginConfigRoute() {
  const { id = '' } = useParams<{ id: string }>();
  const { value: plugin, error } = useLoaded(async () => await loadFreshApp(id), id);
  if (plugin === undefined) {
    return <Pending what={id} error={error} />;
  }
  const pages = plugin.configPages ?? [];
  return (
    <PluginContextProvider meta={plugin.meta}>
      <h1>{plugin.meta.name}</h1>
      {pages.length === 0 && <Text>This app has no configuration page.</Text>}
      {pages.map(({ id: pageId, title, body: Body }) => (
        <Box key={pageId} marginTop={2}>
          <h2>{title}</h2>
          <Body plugin={plugin} query={{}} />
        </Box>
      ))}
    </PluginContextProvider>
  );
}

async function loadDashboard(uid: string): Promise<EmbeddedScene> {
  const { dashboard } = await getBackendSrv().get<{ dashboard: DashboardModel }>(`/api/dashboards/uid/${uid}`);
  return toScene(dashboard);
}

/** `/d/<uid>`: a dashboard. */
export function DashboardRoute() {
  const { uid = '' } = useParams<{ uid: string }>();
  const { value: scene, error } = useLoaded(async () => await loadDashboard(uid), uid);
  if (scene === undefined) {
    return <Pending what="dashboard" error={error} />;
  }
  return (
    <UrlSyncContextProvider scene={scene} updateUrlOnInit={false} createBrowserHistorySteps={false}>
      <scene.Component model={scene} />
    </UrlSyncContextProvider>
  );
}

/** `/`: the first dashboard. */
export function HomeRoute() {
  const { value, error } = useLoaded(
    async () => await getBackendSrv().get<Array<{ url: string }>>('/api/search'),
    'home'
  );
  useEffect(() => {
    const first = value?.[0];
    if (first !== undefined) {
      locationService.replace(first.url);
    }
  }, [value]);
  return value?.length === 0 ? <Text>There is no dashboard yet.</Text> : <Pending what="dashboards" error={error} />;
}
