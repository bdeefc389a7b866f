/** Parts of the published packages that only Grafana's core reaches; `bundling.ts` finds them. */
declare module '#grafana/runtime/components/PluginPage' {
  import type { ComponentType } from 'react';
  import type { PluginPageProps } from '@grafana/runtime';
  export function setPluginPage(component: ComponentType<PluginPageProps>): void;
}

declare module '#grafana/i18n/i18n' {
  export function initializeI18n(
    options: { language: string; ns?: string[] },
    regionalFormat: string
  ): Promise<unknown>;
  export function addResourceBundle(language: string, namespace: string, resources: Record<string, unknown>): void;
}

declare module 'systemjs/dist/system.js';
declare module 'systemjs/dist/extras/amd.js';
declare module 'systemjs/dist/extras/named-register.js';

/** Libraries that the host hands on without using them, or of which it uses one component. */
declare module 'd3';
declare module 'jquery';
declare module 'lodash';
