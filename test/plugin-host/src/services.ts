import type { ComponentType } from 'react';
import { createTheme, EventBusSrv, locationUtil, setTimeZoneResolver } from '@grafana/data';
import {
  config,
  locationService,
  setAppEvents,
  setBackendSrv,
  setChromeHeaderHeightHook,
  setCurrentUser,
  setDataSourceSrv,
  setEchoSrv,
  setLocationSrv,
  setPluginComponentHook,
  setPluginComponentsHook,
  setPluginFunctionsHook,
  setPluginImportUtils,
  setPluginLinksHook,
  setReturnToPreviousHook,
  setRunRequest,
  setTemplateSrv,
  type EchoSrv,
  type PluginPageProps,
} from '@grafana/runtime';
import { initializeI18n } from '#grafana/i18n/i18n';
import { setPluginPage } from '#grafana/runtime/components/PluginPage';
import { createBackendSrv } from './backend-srv.ts';
import { boot } from './boot.ts';
import { createDataSourceSrv, runRequest } from './data-sources.ts';
import { registerFieldOptions } from './field-config.ts';
import { registerSharedLibraries } from './loader.ts';
import { cachedPanel, loadPanel, pluginMetas } from './plugins.ts';
import { createTemplateSrv } from './template-srv.ts';

export const appEvents = new EventBusSrv();

const silentEcho = { addBackend: () => undefined, addEvent: () => undefined, flush: () => undefined };

function setEmptyExtensionHooks(): void {
  setPluginLinksHook(() => ({ links: [], isLoading: false }));
  setPluginComponentHook(() => ({ component: null, isLoading: false }));
  setPluginComponentsHook(() => ({ components: [], isLoading: false }));
  setPluginFunctionsHook(() => ({ functions: [], isLoading: false }));
}

function setLocationHelpers(): void {
  setLocationSrv(locationService as unknown as Parameters<typeof setLocationSrv>[0]);
  locationUtil.initialize({
    config: config as unknown as Parameters<typeof locationUtil.initialize>[0]['config'],
    getVariablesUrlParams: () => ({}),
    getTimeRangeForUrl: () => ({ from: 'now-6h', to: 'now' }),
  });
}

/** Sets everything that plugins reach through `@grafana/runtime`, in the order of Grafana's own start. */
export async function startServices(pluginPage: ComponentType<PluginPageProps>): Promise<void> {
  const { user } = boot;
  await initializeI18n({ language: user.language, ns: ['grafana'] }, user.regionalFormat);
  config.theme2 = createTheme({ colors: { mode: user.lightTheme ? 'light' : 'dark' } });
  setBackendSrv(createBackendSrv(appEvents));
  setEchoSrv(silentEcho as unknown as EchoSrv);
  setAppEvents(appEvents);
  setLocationHelpers();
  setCurrentUser(user as unknown as Parameters<typeof setCurrentUser>[0]);
  setTimeZoneResolver(() => 'browser');
  setPluginPage(pluginPage);
  setReturnToPreviousHook(() => () => undefined);
  setChromeHeaderHeightHook(() => 40);
  setEmptyExtensionHooks();
  setTemplateSrv(createTemplateSrv());
  registerFieldOptions();
  setPluginImportUtils({ importPanelPlugin: loadPanel, getPanelPluginFromCache: cachedPanel });
  setDataSourceSrv(createDataSourceSrv());
  setRunRequest(runRequest as Parameters<typeof setRunRequest>[0]);
  for (const meta of pluginMetas.filter((m) => m.type === 'panel')) {
    config.panels[meta.id] = meta as (typeof config.panels)[string];
  }
  registerSharedLibraries();
}
