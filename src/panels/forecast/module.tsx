import { FieldColorModeId, FieldConfigProperty, PanelPlugin, type PanelProps } from '@grafana/data';
import { LoadingPlaceholder } from '@grafana/ui';
import { lazy, Suspense } from 'react';
import { loadLateTexts } from '../../app/lateText.ts';
import type { ForecastPanelOptions } from './options.ts';
import { addDrawingOptions, addForecastOptions, addLegendOptions, addSpanOptions } from './panelOptions.ts';

const LazyPanel = lazy(async () => {
  await loadLateTexts();
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
    addSpanOptions(builder);
    addDrawingOptions(builder);
    addLegendOptions(builder);
  });
