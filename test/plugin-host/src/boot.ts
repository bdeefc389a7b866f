import type { AppPluginMeta, DataSourceInstanceSettings, PluginMeta } from '@grafana/data';

/** A plugin's meta as the server sends it: what `GET /api/plugins/<id>/settings` answers. */
export type HostPluginMeta = (PluginMeta | AppPluginMeta) & { readonly languages?: readonly string[] };

/** What the page's own script leaves for us; see `server/page.ts`. */
export interface BootData {
  readonly user: {
    readonly name: string;
    readonly login: string;
    readonly orgRole: string;
    readonly language: string;
    readonly regionalFormat: string;
    readonly lightTheme: boolean;
    readonly permissions: Readonly<Record<string, boolean>>;
  };
  readonly settings: {
    readonly appSubUrl: string;
    readonly defaultDatasource: string;
    readonly datasources: Readonly<Record<string, DataSourceInstanceSettings>>;
    readonly hostPlugins: readonly HostPluginMeta[];
  };
}

declare global {
  interface Window {
    readonly grafanaBootData: BootData;
  }
}

export const boot: BootData = window.grafanaBootData;
