import '@testing-library/jest-dom';
import { initPluginTranslations } from '@grafana/i18n';
import { configure } from '@testing-library/react';
import { pluginId } from '../pluginId.ts';
import english from '../locales/en-US/selfheal-aiops-app.json';

// Loading @grafana/ui lazily takes seconds on two cores.
configure({ asyncUtilTimeout: 10_000 });

beforeAll(async () => {
  await initPluginTranslations(pluginId, [() => Promise.resolve(english)]);
});
