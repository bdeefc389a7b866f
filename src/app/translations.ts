import { initPluginTranslations } from '@grafana/i18n';
import { pluginId } from '../pluginId.ts';

let loading: Promise<unknown> | undefined;

/** Loads the texts once; pages, modal and panel wait for it before they draw. */
export function loadTranslations(): Promise<unknown> {
  loading ??= initPluginTranslations(pluginId, [
    async (language) =>
      language === 'ko-KR'
        ? (await import('../locales/ko-KR/selfheal-aiops-app.json')).default
        : (await import('../locales/en-US/selfheal-aiops-app.json')).default,
  ]);
  return loading;
}
