import { createRoot } from 'react-dom/client';
import { ThemeContext } from '@grafana/data';
import { config, locationService, LocationServiceProvider } from '@grafana/runtime';
import { ErrorBoundaryAlert, GlobalStyles, ModalRoot, PortalContainer } from '@grafana/ui';
import { Router } from 'react-router-dom';
import { CompatRouter, Route, Routes } from 'react-router-dom-v5-compat';
import { Chrome } from './chrome.tsx';
import { registerCorePanels } from './core-panels.tsx';
import { ExtensionModals, loadExtensions } from './extensions.tsx';
import { Notices } from './notices.tsx';
import { AppRoute, DashboardRoute, HomeRoute, HostPluginPage, PluginConfigRoute } from './pages.tsx';
import { startServices } from './services.ts';

function Host() {
  return (
    <ThemeContext.Provider value={config.theme2}>
      <GlobalStyles />
      <ErrorBoundaryAlert style="page">
        <Router history={locationService.getHistory()}>
          <LocationServiceProvider service={locationService}>
            <CompatRouter>
              <Chrome>
                <Routes>
                  <Route path="/a/:id/*" element={<AppRoute />} />
                  <Route path="/plugins/:id" element={<PluginConfigRoute />} />
                  <Route path="/d/:uid/*" element={<DashboardRoute />} />
                  <Route path="*" element={<HomeRoute />} />
                </Routes>
              </Chrome>
              <ModalRoot />
              <ExtensionModals />
              <Notices />
              <PortalContainer />
            </CompatRouter>
          </LocationServiceProvider>
        </Router>
      </ErrorBoundaryAlert>
    </ThemeContext.Provider>
  );
}

/** Grafana follows links inside of the app without loading the page anew; so does the host. */
function followLinks(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (link !== null && isPlain && link.target === '' && link.origin === location.origin && link.hasAttribute('href')) {
    event.preventDefault();
    const path = `${link.pathname}${link.search}${link.hash}`;
    locationService.push(path.startsWith(config.appSubUrl) ? path.slice(config.appSubUrl.length) : path);
  }
}

async function start(): Promise<void> {
  await startServices(HostPluginPage);
  registerCorePanels();
  await loadExtensions();
  document.addEventListener('click', followLinks);
  const root = document.getElementById('reactRoot');
  if (root !== null) {
    createRoot(root).render(<Host />);
  }
}

start().catch((cause: unknown) => {
  console.error(cause);
  document.body.append(cause instanceof Error ? `${cause.message}\n${cause.stack ?? ''}` : String(cause));
});
