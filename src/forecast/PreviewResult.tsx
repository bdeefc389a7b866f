import { t } from '@grafana/i18n';
import { Collapse, LegendDisplayMode, Stack, Text, useTheme2, type VizLegendOptions } from '@grafana/ui';
import { useMemo, useState } from 'react';
import type { Preview } from '../../backend/src/contract/index.ts';
import { useElementWidth } from '../components/useElementWidth.ts';
import { BacktestTable } from './BacktestTable.tsx';
import type { ChartSeries } from './chartFrame.ts';
import { CostLine } from './CostLine.tsx';
import { ForecastChart } from './ForecastChart.tsx';
import { NoteList } from './NoteList.tsx';
import { backtestSummary, summarySentences } from './summary.ts';

export interface PreviewResultProps {
  readonly preview: Preview;
  readonly name: string;
  readonly unit: string | undefined;
  readonly timeZone: string;
  readonly nowMs: number;
  readonly pastMs: number;
  readonly horizonMs: number;
  readonly heightPx: number;
}

const legend: VizLegendOptions = {
  showLegend: true,
  displayMode: LegendDisplayMode.List,
  placement: 'bottom',
  calcs: [],
};

/** Picture first, then sentences, then why and what it costs. */
export function PreviewResult(props: PreviewResultProps) {
  const { preview, name, unit, timeZone, nowMs, pastMs, horizonMs, heightPx } = props;
  const theme = useTheme2();
  const [measure, widthPx] = useElementWidth();
  const [open, setOpen] = useState(false);
  const colour = theme.visualization.getColorByName('blue');
  const series = useMemo<ChartSeries[]>(
    () => [
      {
        name,
        colour,
        observed: preview.history,
        bands: [preview.heldOut, preview.forecast].filter((band) => band !== null),
        anomalies: preview.anomalies,
        config: unit === undefined ? {} : { unit },
      },
    ],
    [preview, name, colour, unit]
  );
  const range = useMemo(() => ({ fromMs: nowMs - pastMs, toMs: nowMs + horizonMs }), [nowMs, pastMs, horizonMs]);
  const sentences = summarySentences(preview, { horizonMs, pastMs, nowMs, unit, timeZone });
  return (
    <Stack direction="column" gap={1}>
      <div ref={measure} style={{ height: heightPx, width: '100%' }} data-testid="data-testid forecast-chart">
        {widthPx === 0 ? null : (
          <ForecastChart
            series={series}
            range={range}
            nowMs={nowMs}
            width={widthPx}
            height={heightPx}
            timeZone={timeZone}
            legend={legend}
          />
        )}
      </div>
      <Text element="p">{sentences.join(' ')}</Text>
      <NoteList notes={preview.notes} />
      {preview.backtest === null ? null : (
        <Collapse
          label={t('modal.why', 'Why this forecast: {{- summary}}', { summary: backtestSummary(preview.backtest) })}
          isOpen={open}
          onToggle={() => setOpen(!open)}
        >
          <BacktestTable backtest={preview.backtest} unit={unit} />
        </Collapse>
      )}
      <CostLine cost={preview.cost} />
    </Stack>
  );
}
