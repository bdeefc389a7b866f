import { PanelPlugin, type PanelProps } from '@grafana/data';
import { LoadingPlaceholder } from '@grafana/ui';
import { lazy, Suspense } from 'react';
import { loadLateTexts } from '../../app/lateText.ts';
import type { AlertsPanelOptions } from './options.ts';
import { addFilterOptions, addLayoutOptions } from './panelOptions.ts';

const LazyPanel = lazy(async () => {
  await loadLateTexts();
  return import('./AlertsPanel.lazy.tsx');
});

function Panel(props: PanelProps<AlertsPanelOptions>) {
  return (
    <Suspense fallback={<LoadingPlaceholder text="" />}>
      <LazyPanel {...props} />
    </Suspense>
  );
}

export const plugin = new PanelPlugin<AlertsPanelOptions>(Panel).setPanelOptions((builder) => {
  addFilterOptions(builder);
  addLayoutOptions(builder);
});
