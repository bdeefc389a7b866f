import { PluginExtensionPoints, type AppPlugin, type PluginExtensionEventHelpers } from '@grafana/data';
import { getTemplateSrv, hasPermission } from '@grafana/runtime';
import { LoadingPlaceholder } from '@grafana/ui';
import { lazy, Suspense } from 'react';
import { appRoot, readAction } from '../pluginId.ts';
import { readQueryContext } from './readContext.ts';

const ForecastModal = lazy(async () => {
  const { loadTranslations } = await import('../app/translations.ts');
  await loadTranslations();
  return import('../forecast/ForecastModal.lazy.tsx');
});

/** Runs at each opening of a menu: one look at the permissions, and a fault hides nothing but this link. */
function showToReaders(): Record<string, never> | undefined {
  try {
    return hasPermission(readAction) ? {} : undefined;
  } catch {
    return {};
  }
}

function openForecast(_event: unknown, helpers: PluginExtensionEventHelpers): void {
  const context = readQueryContext(helpers.context);
  const title = getTemplateSrv().replace(context.title, context.scopedVars);
  helpers.openModal({
    title: title === '' ? 'Forecast and anomalies' : title,
    width: '80%',
    height: '85%',
    body: ({ onDismiss }) => (
      <Suspense fallback={<LoadingPlaceholder text="" />}>
        <ForecastModal context={context} title={title} onDismiss={onDismiss ?? (() => undefined)} />
      </Suspense>
    ),
  });
}

/** Titles and targets must be those of plugin.json, or Grafana refuses the links in development mode. */
export function addExtensionLinks(app: AppPlugin): AppPlugin {
  const description = 'See what this metric will do next and whether now is normal';
  return app
    .addLink({
      targets: PluginExtensionPoints.DashboardPanelMenu,
      title: 'Forecast and anomalies',
      description,
      icon: 'graph-bar',
      configure: showToReaders,
      onClick: openForecast,
    })
    .addLink({
      targets: PluginExtensionPoints.ExploreToolbarAction,
      title: 'Forecast this query',
      description,
      icon: 'graph-bar',
      configure: showToReaders,
      onClick: openForecast,
    })
    .addLink({
      targets: PluginExtensionPoints.CommandPalette,
      title: 'AIOps: open forecasts',
      description: 'List of forecast jobs',
      path: `${appRoot}/forecasts`,
      configure: showToReaders,
    });
}
