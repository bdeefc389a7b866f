import type { AppPlugin, PanelPlugin, PanelPluginMeta } from '@grafana/data';
import { config } from '@grafana/runtime';
import { addResourceBundle } from '#grafana/i18n/i18n';
import { boot, type HostPluginMeta } from './boot.ts';
import { importModule } from './loader.ts';

type LoadedPlugin = AppPlugin | PanelPlugin;

const loaded = new Map<string, Promise<LoadedPlugin>>();
const panels = new Map<string, PanelPlugin>();

export const pluginMetas: readonly HostPluginMeta[] = boot.settings.hostPlugins;

const isPlugin = (value: unknown): value is LoadedPlugin =>
  typeof value === 'object' && value !== null && 'meta' in value;

/** Fetches the texts that plugin.json's `languages` promise, before the module runs, as Grafana does. */
async function loadTranslations(meta: HostPluginMeta): Promise<void> {
  const { language } = boot.user;
  if (meta.languages?.includes(language) !== true) {
    return;
  }
  const answer = await fetch(`${boot.settings.appSubUrl}/${meta.baseUrl}/locales/${language}/${meta.id}.json`);
  if (answer.ok) {
    addResourceBundle(language, meta.id, (await answer.json()) as Record<string, unknown>);
  }
}

async function load(meta: HostPluginMeta): Promise<LoadedPlugin> {
  await loadTranslations(meta);
  const { plugin } = await importModule(`${boot.settings.appSubUrl}/${meta.module}`);
  if (!isPlugin(plugin)) {
    throw new Error(`${meta.id}: module.js exports no plugin`);
  }
  Object.assign(plugin, { meta });
  return plugin;
}

async function loadById(id: string): Promise<LoadedPlugin> {
  const meta = pluginMetas.find((m) => m.id === id);
  if (meta === undefined) {
    throw new Error(`plugin not found: ${id}`);
  }
  const promise = loaded.get(id) ?? load(meta);
  loaded.set(id, promise);
  return await promise;
}

/** The app's module, loaded once. */
export async function loadApp(id: string): Promise<AppPlugin> {
  const known = loaded.has(id);
  const plugin = (await loadById(id)) as AppPlugin;
  if (!known) {
    plugin.init?.(plugin.meta);
  }
  return plugin;
}

/** A panel of ours by its module, or one of the stand-ins for core's. */
export async function loadPanel(id: string): Promise<PanelPlugin> {
  const plugin = panels.get(id) ?? ((await loadById(id)) as PanelPlugin);
  panels.set(id, plugin);
  return plugin;
}

/** The panel when it was loaded before. */
export const cachedPanel = (id: string): PanelPlugin | undefined => panels.get(id);

/** Makes a stand-in known under a core panel's id. */
export function registerCorePanel(id: string, plugin: PanelPlugin): void {
  const meta = { id, name: id, type: 'panel', module: `core:plugin/${id}`, baseUrl: '', sort: 1 } as PanelPluginMeta;
  const info = { logos: { small: '', large: '' }, version: '' };
  Object.assign(plugin, { meta: { ...meta, info } });
  panels.set(id, plugin);
  config.panels[id] = plugin.meta;
}
