import type { RegularSeries } from '../timeseries/series.ts';
import { frame, lineLayer, lineRows, svgOf, timeAxis, valueAxis } from './plot-svg.ts';
import type { Detected } from './print-detection.ts';

/** More points than four times the picture's pixels would only make the file large. */
const maxPoints = 4_000;

/** Of each group of steps the smallest and the largest value, so that no spike is lost. */
function thinned(series: RegularSeries): RegularSeries {
  const group = Math.ceil((2 * series.values.length) / maxPoints);
  if (group < 2) {
    return series;
  }
  const values = new Float64Array(2 * Math.ceil(series.values.length / group)).fill(NaN);
  for (let k = 0; 2 * k < values.length; k++) {
    const part = series.values.subarray(k * group, (k + 1) * group).filter((value) => Number.isFinite(value));
    const low = part.indexOf(part.reduce((least, value) => Math.min(least, value), Infinity));
    const high = part.indexOf(part.reduce((most, value) => Math.max(most, value), -Infinity));
    values[2 * k] = part[Math.min(low, high)] ?? NaN;
    values[2 * k + 1] = part[Math.max(low, high)] ?? NaN;
  }
  return { startMs: series.startMs, stepMs: (series.stepMs * group) / 2, values };
}

/** An SVG picture: the history as a line, anomalies shaded with their peaks as dots; times in UTC. */
export function renderDetectionSvg({ history, series, detection }: Detected): Promise<string> {
  const unit = history.unit ?? '';
  const { alerts } = detection;
  // An anomaly of a single step would have no width.
  const times = alerts.map(({ startMs, endMs }) => ({
    from: startMs - series.stepMs / 2,
    to: endMs + series.stepMs / 2,
  }));
  const peaks = alerts.map(({ peakMs, peakValue }) => ({ peak: peakMs, peakValue }));
  return svgOf({
    ...frame(history.name, `history green, ${alerts.length === 1 ? '1 anomaly' : `${alerts.length} anomalies`} red`),
    data: { values: [...lineRows(thinned(series)), ...times, ...peaks] },
    layer: [
      {
        transform: [{ filter: 'isValid(datum.from)' }],
        mark: { type: 'rect', color: '#e02f44', opacity: 0.25, stroke: '#e02f44', strokeWidth: 1 },
        encoding: { x: timeAxis('from'), x2: { field: 'to' } },
      },
      lineLayer(unit),
      {
        transform: [{ filter: 'isValid(datum.peakValue)' }],
        mark: { type: 'point', color: '#e02f44', filled: true, size: 40 },
        encoding: { x: timeAxis('peak'), y: valueAxis('peakValue', unit) },
      },
    ],
  });
}
