import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { textUtil, type TimeRange } from '@grafana/data';
import { config, getBackendSrv, locationService } from '@grafana/runtime';
import type { UPlotConfigBuilder } from '@grafana/ui';

interface Annotation {
  readonly id: number;
  readonly panelId?: number;
  readonly time: number;
  readonly timeEnd: number;
  readonly text: string;
  readonly tags?: readonly string[];
}

/** What the host uses of a uPlot, which `@grafana/ui` bundles without exporting its type. */
interface Plot {
  readonly ctx: CanvasRenderingContext2D;
  readonly over: HTMLElement;
  readonly bbox: { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
  valToPos(value: number, scale: string, canvasPixels?: boolean): number;
  redraw(rebuildPaths?: boolean): void;
}

/** Grafana's colour of the built-in query "Annotations & Alerts". */
const color = '#00d3ff';
const pollMs = 5_000;

function dashboardUid(): string | undefined {
  return /^\/d\/([^/]+)/.exec(locationService.getLocation().pathname)?.[1];
}

/** Asks as a dashboard's built-in query does: the newest hundred of the dashboard, whatever their panel. */
async function loadAnnotations(uid: string, range: TimeRange): Promise<readonly Annotation[]> {
  const params = { dashboardUID: uid, from: range.from.valueOf(), to: range.to.valueOf(), limit: 100 };
  return await getBackendSrv().get<Annotation[]>('/api/annotations', params);
}

/**
 * As seen with 12.3.0: the first annotation's fields decide. When it has a panel, each panel shows its own; when it has
 * none, every panel shows all.
 */
function shownOn(panelId: number, annotations: readonly Annotation[]): readonly Annotation[] {
  return annotations[0]?.panelId === undefined ? annotations : annotations.filter((one) => one.panelId === panelId);
}

/** The annotations of a panel in a range, read again every five seconds and when the range moves. */
export function useAnnotations(panelId: number, range: TimeRange): readonly Annotation[] {
  const [annotations, setAnnotations] = useState<readonly Annotation[]>([]);
  const [from, to] = [range.from.valueOf(), range.to.valueOf()];
  useEffect(() => {
    const uid = dashboardUid();
    if (uid === undefined) {
      return;
    }
    let isShown = true;
    const load = (): void => {
      loadAnnotations(uid, range)
        .then((all) => isShown && setAnnotations(shownOn(panelId, all)))
        .catch(() => undefined);
    };
    load();
    const timer = setInterval(load, pollMs);
    return () => {
      isShown = false;
      clearInterval(timer);
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the range's bounds say what is loaded
  }, [panelId, from, to]);
  return annotations;
}

/** Two dashed lines and a faint fill, as Grafana draws a region. */
function drawRegion({ ctx, bbox }: Plot, left: number, right: number): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = `${color}1a`;
  ctx.fillRect(left, bbox.top, right - left, bbox.height);
  ctx.strokeStyle = color;
  ctx.lineWidth = 2;
  ctx.setLineDash([5, 5]);
  for (const x of [left, right]) {
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

/** The bar below the plot; a click opens its text, links included. */
function marker(plot: Plot, { id, time, timeEnd, text, tags = [] }: Annotation): HTMLElement {
  const width = plot.over.clientWidth;
  const left = Math.max(0, plot.valToPos(time, 'x'));
  const right = Math.min(width, plot.valToPos(timeEnd, 'x'));
  const bar = document.createElement('div');
  bar.dataset['testid'] = 'annotation-marker';
  bar.dataset['annotation'] = String(id);
  bar.title = textUtil.sanitize(text).replace(/<[^>]*>/g, '');
  const place = `left:${left}px;width:${Math.max(6, right - left)}px;bottom:-6px;height:6px;cursor:pointer`;
  bar.style.cssText = `position:absolute;z-index:2;pointer-events:auto;background:${color};${place}`;
  bar.addEventListener('click', () => {
    if (bar.firstChild === null) {
      bar.append(tooltip(text, tags));
    } else {
      bar.replaceChildren();
    }
  });
  return bar;
}

function tooltip(text: string, tags: readonly string[]): HTMLElement {
  const { background, text: textColors, border } = config.theme2.colors;
  const box = document.createElement('div');
  box.dataset['testid'] = 'annotation-tooltip';
  box.style.cssText =
    `position:absolute;left:0;bottom:8px;width:260px;padding:8px;font-size:12px;background:${background.elevated};` +
    `color:${textColors.primary};border:1px solid ${border.medium}`;
  box.innerHTML = textUtil.sanitize(text);
  const line = document.createElement('div');
  line.style.color = textColors.secondary;
  line.textContent = tags.join(' · ');
  box.append(line);
  return box;
}

interface AnnotationsProps {
  readonly builder: UPlotConfigBuilder;
  readonly annotations: readonly Annotation[];
}

/** Draws annotations into a time series; a child of `TimeSeries`. */
export function Annotations({ builder, annotations }: AnnotationsProps) {
  const shown = useRef(annotations);
  const plotRef = useRef<Plot>(undefined);
  useLayoutEffect(() => {
    const layer = document.createElement('div');
    layer.style.cssText = 'position:absolute;inset:0;pointer-events:none';
    builder.addHook('init', (plot) => {
      plotRef.current = plot as unknown as Plot;
      plotRef.current.over.append(layer);
    });
    builder.addHook('draw', (given) => {
      const plot = given as unknown as Plot;
      const visible = shown.current.filter(({ time, timeEnd }) => overlaps(plot, time, timeEnd));
      visible.forEach(({ time, timeEnd }) =>
        drawRegion(plot, plot.valToPos(time, 'x', true), plot.valToPos(timeEnd, 'x', true))
      );
      layer.replaceChildren(...visible.map((annotation) => marker(plot, annotation)));
    });
  }, [builder]);
  useEffect(() => {
    const isNew = JSON.stringify(shown.current) !== JSON.stringify(annotations);
    shown.current = annotations;
    if (isNew) {
      plotRef.current?.redraw(false);
    }
  }, [annotations]);
  return null;
}

function overlaps(plot: Plot, time: number, timeEnd: number): boolean {
  return plot.valToPos(timeEnd, 'x') >= 0 && plot.valToPos(time, 'x') <= plot.over.clientWidth;
}
