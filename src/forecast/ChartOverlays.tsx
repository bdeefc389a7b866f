import { colorManipulator } from '@grafana/data';
import { useTheme2, type TooltipPlugin2, type UPlotConfigBuilder } from '@grafana/ui';
import { useEffect, useLayoutEffect, useRef, type ComponentProps } from 'react';
import type { Anomaly } from '../../backend/src/contract/index.ts';

interface ChartOverlaysProps {
  readonly config: UPlotConfigBuilder;
  readonly anomalies: readonly Anomaly[];
  readonly nowMs: number;
}

/** The plot as @grafana/ui hands it on; uPlot itself is no dependency of ours. */
type Plot = Parameters<ComponentProps<typeof TooltipPlugin2>['render']>[0];

const edgePx = 2;

/** Draws what is no series: a filled region with edges for each anomaly, and a dashed line at now. */
export function ChartOverlays({ config, anomalies, nowMs }: ChartOverlaysProps) {
  const theme = useTheme2();
  const plot = useRef<Plot | null>(null);
  const latest = useRef({ anomalies, nowMs, theme });

  useEffect(() => {
    latest.current = { anomalies, nowMs, theme };
    plot.current?.redraw(false);
  }, [anomalies, nowMs, theme]);

  useLayoutEffect(() => {
    config.addHook('init', (created) => {
      plot.current = created;
    });
    config.addHook('destroy', () => {
      plot.current = null;
    });
    config.addHook('drawClear', (drawn) => {
      const { anomalies: regions, theme: now } = latest.current;
      for (const { startMs, endMs } of regions) {
        fillRegion(drawn, startMs, endMs, now.colors.warning.main);
      }
    });
    config.addHook('draw', (drawn) => {
      dashedLine(drawn, latest.current.nowMs, latest.current.theme.colors.text.secondary);
    });
  }, [config]);

  return null;
}

/** x of a time in canvas pixels, cut to the plot; undefined when the region lies outside. */
function span(plot: Plot, startMs: number, endMs: number): { left: number; width: number } | undefined {
  const { left, width } = plot.bbox;
  const from = Math.max(left, plot.valToPos(startMs, 'x', true));
  const to = Math.min(left + width, plot.valToPos(endMs, 'x', true));
  return to < left || from > left + width ? undefined : { left: from, width: Math.max(edgePx, to - from) };
}

function fillRegion(plot: Plot, startMs: number, endMs: number, colour: string): void {
  const region = span(plot, startMs, endMs);
  if (region === undefined) {
    return;
  }
  const { top, height } = plot.bbox;
  plot.ctx.save();
  plot.ctx.fillStyle = colorManipulator.alpha(colour, 0.2);
  plot.ctx.fillRect(region.left, top, region.width, height);
  plot.ctx.fillStyle = colour;
  // Not by colour alone: the bar on top marks the region in a black-and-white print as well.
  plot.ctx.fillRect(region.left, top, region.width, edgePx * devicePixelRatio);
  plot.ctx.restore();
}

function dashedLine(plot: Plot, atMs: number, colour: string): void {
  const region = span(plot, atMs, atMs);
  if (region === undefined) {
    return;
  }
  const { top, height } = plot.bbox;
  plot.ctx.save();
  plot.ctx.strokeStyle = colour;
  plot.ctx.lineWidth = devicePixelRatio;
  plot.ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  plot.ctx.beginPath();
  plot.ctx.moveTo(region.left, top);
  plot.ctx.lineTo(region.left, top + height);
  plot.ctx.stroke();
  plot.ctx.restore();
}
