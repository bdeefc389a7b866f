import { AppPlugin, type AppRootProps } from '@grafana/data';
import { config } from '@grafana/runtime';
import { LoadingPlaceholder } from '@grafana/ui';
import { lazy, Suspense } from 'react';
import { loadLateTexts } from './app/lateText.ts';
import { addExtensionLinks } from './extensions/links.tsx';

// Grafana loads this file on every page because of the panel menu: everything else comes on demand.
const App = lazy(async () => {
  const { loadTranslations } = await import('./app/translations.ts');
  await loadTranslations();
  return import('./app/App.lazy.tsx');
});

const AppConfig = lazy(async () => {
  const { loadTranslations } = await import('./app/translations.ts');
  await loadTranslations();
  return import('./config/AppConfig.lazy.tsx');
});

function Root(props: AppRootProps) {
  return (
    <Suspense fallback={<LoadingPlaceholder text="" />}>
      <App {...props} />
    </Suspense>
  );
}

function ConfigPage(props: React.ComponentProps<typeof AppConfig>) {
  return (
    <Suspense fallback={<LoadingPlaceholder text="" />}>
      <AppConfig {...props} />
    </Suspense>
  );
}

// Menus ask for their titles at once: whoever reads English needs nothing for it.
if (!config.bootData.user.language.startsWith('en')) {
  loadLateTexts().catch((cause: unknown) => console.warn('AIOps: menu titles stay English', cause));
}

export const plugin = addExtensionLinks(
  new AppPlugin().setRootPage(Root).addConfigPage({
    title: 'Connection',
    icon: 'plug',
    id: 'connection',
    body: ConfigPage,
  })
);
