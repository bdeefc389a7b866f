import { PluginExtensionPoints, type AppPlugin, type PluginExtensionEventHelpers } from '@grafana/data';
import { getTemplateSrv, hasPermission } from '@grafana/runtime';
import { LoadingPlaceholder } from '@grafana/ui';
import { lazy, Suspense } from 'react';
import { lateText as t } from '../app/lateText.ts';
import { visibleText } from '../components/visibleText.ts';
import { appRoot, readAction } from '../pluginId.ts';
import { readAlert } from './readAlert.ts';
import { readQueryContext } from './readContext.ts';

const ForecastModal = lazy(async () => {
  const { loadTranslations } = await import('../app/translations.ts');
  await loadTranslations();
  return import('../forecast/ForecastModal.lazy.tsx');
});

const RemediateModal = lazy(async () => {
  const { loadTranslations } = await import('../app/translations.ts');
  await loadTranslations();
  return import('../remediation/RemediateModal.lazy.tsx');
});

interface LinkTexts {
  readonly title: string;
  readonly description: string;
}

/** Runs at each opening of a menu: one look at the permissions, and a fault hides nothing but this link. */
function showToReaders(texts: () => LinkTexts): () => LinkTexts | undefined {
  return () => {
    try {
      return hasPermission(readAction) ? texts() : undefined;
    } catch {
      return texts();
    }
  };
}

function openForecast(_event: unknown, helpers: PluginExtensionEventHelpers): void {
  const context = readQueryContext(helpers.context);
  const title = getTemplateSrv().replace(context.title, context.scopedVars);
  helpers.openModal({
    title: title === '' ? t('link.panel', 'Forecast and anomalies') : title,
    width: '80%',
    height: '85%',
    body: ({ onDismiss }) => (
      <Suspense fallback={<LoadingPlaceholder text="" />}>
        <ForecastModal context={context} title={title} onDismiss={onDismiss ?? (() => undefined)} />
      </Suspense>
    ),
  });
}

/** Only here is the context read: `configure` runs for each alert of a list at each drawing. */
function openRemediate(_event: unknown, helpers: PluginExtensionEventHelpers): void {
  const { name, state, labels, annotations } = readAlert(helpers.context);
  helpers.openModal({
    title: name === '' ? t('link.remediate', 'Remediate alert') : visibleText(name),
    width: '80%',
    height: '85%',
    body: () => (
      <Suspense fallback={<LoadingPlaceholder text="" />}>
        <RemediateModal
          request={{ labels: { ...labels } }}
          labels={labels}
          state={state}
          summary={annotations['summary'] ?? ''}
          runbookUrl={annotations['runbook_url'] ?? null}
        />
      </Suspense>
    ),
  });
}

const forecastHint = () => t('link.hint', 'See what this metric will do next and whether now is normal');

/**
 * Titles and targets must be those of plugin.json, or Grafana refuses the links in development mode; `configure` gives
 * them in the reader's language.
 */
export function addExtensionLinks(app: AppPlugin): AppPlugin {
  const description = 'See what this metric will do next and whether now is normal';
  return app
    .addLink({
      targets: PluginExtensionPoints.DashboardPanelMenu,
      title: 'Forecast and anomalies',
      description,
      icon: 'graph-bar',
      configure: showToReaders(() => ({
        title: t('link.panel', 'Forecast and anomalies'),
        description: forecastHint(),
      })),
      onClick: openForecast,
    })
    .addLink({
      targets: PluginExtensionPoints.ExploreToolbarAction,
      title: 'Forecast this query',
      description,
      icon: 'graph-bar',
      configure: showToReaders(() => ({
        title: t('link.explore', 'Forecast this query'),
        description: forecastHint(),
      })),
      onClick: openForecast,
    })
    .addLink({
      targets: PluginExtensionPoints.CommandPalette,
      title: 'AIOps: open forecasts',
      description: 'List of forecast jobs',
      path: `${appRoot}/forecasts`,
      configure: showToReaders(() => ({
        title: t('link.palette', 'AIOps: open forecasts'),
        description: t('link.paletteHint', 'List of forecast jobs'),
      })),
    })
    .addLink({
      targets: PluginExtensionPoints.CommandPalette,
      title: 'AIOps: open anomalies',
      description: 'What is abnormal now, and what was',
      path: `${appRoot}/anomalies`,
      configure: showToReaders(() => ({
        title: t('link.paletteAnomalies', 'AIOps: open anomalies'),
        description: t('link.paletteAnomaliesHint', 'What is abnormal now, and what was'),
      })),
    })
    .addLink({
      targets: PluginExtensionPoints.CommandPalette,
      title: 'AIOps: open capacity',
      description: 'What will cross its limit, and when',
      path: `${appRoot}/capacity`,
      configure: showToReaders(() => ({
        title: t('link.paletteCapacity', 'AIOps: open capacity'),
        description: t('link.paletteCapacityHint', 'What will cross its limit, and when'),
      })),
    })
    .addLink({
      targets: PluginExtensionPoints.AlertInstanceAction,
      title: 'Remediate alert',
      description: 'See what would heal this alert, whether it is safe, and run it',
      icon: 'heart',
      configure: showToReaders(() => ({
        title: t('link.remediate', 'Remediate alert'),
        description: t('link.remediateHint', 'See what would heal this alert, whether it is safe, and run it'),
      })),
      onClick: openRemediate,
    })
    .addLink({
      targets: PluginExtensionPoints.CommandPalette,
      title: 'AIOps: open remediation',
      description: 'Runs, approvals, policies and the audit',
      path: `${appRoot}/remediation`,
      configure: showToReaders(() => ({
        title: t('link.paletteRemediation', 'AIOps: open remediation'),
        description: t('link.paletteRemediationHint', 'Runs, approvals, policies and the audit'),
      })),
    })
    .addLink({
      targets: PluginExtensionPoints.CommandPalette,
      title: 'AIOps: approvals',
      description: 'Runs that wait for a person to agree',
      path: `${appRoot}/remediation?tab=approvals`,
      configure: showToReaders(() => ({
        title: t('link.paletteApprovals', 'AIOps: approvals'),
        description: t('link.paletteApprovalsHint', 'Runs that wait for a person to agree'),
      })),
    });
}
