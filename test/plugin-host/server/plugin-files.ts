import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { PluginRole, PluginRoute } from './plugin-routes.ts';

interface Include {
  readonly name: string;
  readonly type: string;
  readonly path?: string;
  readonly role?: string;
  readonly action?: string;
  readonly addToNav?: boolean;
  readonly defaultNav?: boolean;
  readonly icon?: string;
}

/** A plugin.json as the host needs it; everything else in it is handed to the browser as it stands. */
interface PluginManifest {
  readonly id: string;
  readonly type: 'app' | 'panel' | 'datasource';
  readonly name: string;
  readonly info: { readonly version: string; readonly logos: { readonly small: string; readonly large: string } };
  readonly includes?: readonly Include[];
  readonly routes?: readonly PluginRoute[];
  readonly roles?: readonly PluginRole[];
  readonly languages?: readonly string[];
  readonly [other: string]: unknown;
}

export interface InstalledPlugin {
  readonly manifest: PluginManifest;
  readonly folder: string;
}

/** What an administrator can change of an app: Grafana's plugin settings. Lives in memory. */
export interface PluginSettings {
  enabled: boolean;
  jsonData: Record<string, unknown>;
  secureJsonData: Record<string, string>;
}

/** All plugins of a built `dist`: the app and those nested in it. */
export async function readPlugins(distDir: string): Promise<ReadonlyMap<string, InstalledPlugin>> {
  const entries = await readdir(distDir, { recursive: true });
  const files = entries.filter((entry) => path.basename(entry) === 'plugin.json');
  const plugins = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(path.join(distDir, file), 'utf8');
      return { manifest: JSON.parse(text) as PluginManifest, folder: path.join(distDir, path.dirname(file)) };
    })
  );
  if (!plugins.some((plugin) => plugin.manifest.type === 'app')) {
    throw new Error(`${distDir} holds no app plugin: run "npm run build" first`);
  }
  return new Map(plugins.map((plugin) => [plugin.manifest.id, plugin]));
}

function describeInclude(include: Include): Record<string, unknown> {
  return {
    role: 'Viewer',
    addToNav: false,
    defaultNav: false,
    component: '',
    icon: '',
    uid: '',
    slug: include.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
    ...include,
    ...(include.action === undefined && include.role === undefined ? { action: 'plugins.app:access' } : {}),
  };
}

/** What `GET /api/plugins/<id>/settings` answers, secrets shown as present or not only. */
export function describePlugin(plugin: InstalledPlugin, settings: PluginSettings): Record<string, unknown> {
  const { manifest } = plugin;
  const { routes: _routes, roles: _roles, ...open } = manifest;
  const baseUrl = `public/plugins/${manifest.id}`;
  const logos = Object.fromEntries(Object.entries(manifest.info.logos).map(([k, file]) => [k, `${baseUrl}/${file}`]));
  return {
    ...open,
    info: { ...manifest.info, logos },
    includes: (manifest.includes ?? []).map(describeInclude),
    enabled: settings.enabled,
    pinned: true,
    autoEnabled: false,
    module: `${baseUrl}/module.js`,
    baseUrl,
    jsonData: settings.jsonData,
    secureJsonFields: Object.fromEntries(Object.keys(settings.secureJsonData).map((key) => [key, true])),
    defaultNavUrl: `/plugins/${manifest.id}/`,
    hasUpdate: false,
    latestVersion: '',
    state: '',
    signature: 'unsigned',
    angularDetected: false,
    loadingStrategy: 'fetch',
  };
}
