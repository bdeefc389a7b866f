import type { TFunction } from '@grafana/i18n';

let translate: TFunction | undefined;

/**
 * A text of menus and option panes, which Grafana may ask for before the translations are there: English until then.
 * Called as `t`, so that its texts are found and checked like all others.
 */
export function lateText(key: string, english: string): string {
  return translate === undefined ? english : translate(key, english);
}

/** Loads the reader's language for `lateText` and for everything that is drawn. */
export async function loadLateTexts(): Promise<void> {
  const [{ loadTranslations }, i18n] = await Promise.all([import('./translations.ts'), import('@grafana/i18n')]);
  await loadTranslations();
  translate = i18n.t;
}
