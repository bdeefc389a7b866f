import { FieldColorModeId, FieldConfigProperty, PanelPlugin, type PanelProps } from '@grafana/data';
import { LoadingPlaceholder } from '@grafana/ui';
import { lazy, Suspense } from 'react';
import type { ForecastPanelOptions } from './options.ts';
import { addDrawingOptions, addForecastOptions, addLegendOptions } from './panelOptions.ts';

const LazyPanel = lazy(async () => {
  const { loadTranslations } = await import('../../app/translations.ts');
  await loadTranslations();
  return import('./ForecastPanel.lazy.tsx');
});

function Panel(props: PanelProps<ForecastPanelOptions>) {
  return (
    <Suspense fallback={<LoadingPlaceholder text="" />}>
      <LazyPanel {...props} />
    </Suspense>
  );
}

export const plugin = new PanelPlugin<ForecastPanelOptions>(Panel)
  .useFieldConfig({
    standardOptions: {
      [FieldConfigProperty.Color]: { defaultValue: { mode: FieldColorModeId.PaletteClassic } },
    },
  })
  .setPanelOptions((builder) => {
    addForecastOptions(builder);
    addDrawingOptions(builder);
    addLegendOptions(builder);
  });
