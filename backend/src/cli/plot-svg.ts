import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { BandArrays, ForecastOutcome } from '../forecasting/forecast-task.ts';

const size = { width: 900, height: 320 } as const;
/** Points of the history that are drawn; more than the picture has pixels would only make the file large. */
const maxHistoryPoints = 4_000;

interface Row {
  readonly time: number;
  readonly value?: number;
  readonly expected?: number;
  readonly lower?: number;
  readonly upper?: number;
  readonly level?: string;
}

function historyRows({ history }: ForecastOutcome): Row[] {
  const from = Math.max(0, history.values.length - maxHistoryPoints);
  return Array.from(history.values.slice(from), (value, i) => ({
    time: history.startMs + (from + i) * history.stepMs,
    value,
  })).filter(({ value }) => Number.isFinite(value));
}

function bandRows(band: BandArrays | undefined): Row[] {
  if (band === undefined) {
    return [];
  }
  const at = (i: number) => band.startMs + i * band.stepMs;
  const expected = Array.from(band.expected, (value, i) => ({ time: at(i), expected: value }));
  const bounds = band.levels.flatMap(({ levelPercent, lower, upper }) =>
    Array.from(lower, (value, i) => ({ time: at(i), lower: value, upper: upper[i] ?? NaN, level: `${levelPercent}%` }))
  );
  return [...expected, ...bounds];
}

function specOf(outcome: ForecastOutcome, title: string, unit: string): TopLevelSpec {
  const x = { field: 'time', type: 'temporal', title: null, scale: { type: 'utc' } } as const;
  const y = (field: string) => ({ field, type: 'quantitative', title: unit, scale: { zero: false } }) as const;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    ...size,
    title,
    background: 'white',
    data: { values: [...historyRows(outcome), ...bandRows(outcome.forecast)] },
    layer: [
      {
        transform: [{ filter: 'isValid(datum.lower)' }],
        mark: { type: 'area', opacity: 0.22, color: '#3274d9' },
        encoding: { x, y: y('lower'), y2: { field: 'upper' }, detail: { field: 'level', type: 'nominal' } },
      },
      {
        transform: [{ filter: 'isValid(datum.value)' }],
        mark: { type: 'line', color: '#37872d', strokeWidth: 1.2 },
        encoding: { x, y: y('value') },
      },
      {
        transform: [{ filter: 'isValid(datum.expected)' }],
        mark: { type: 'line', color: '#3274d9', strokeDash: [6, 4], strokeWidth: 1.8 },
        encoding: { x, y: y('expected') },
      },
    ],
  };
}

/** An SVG picture: history as a line, forecast dashed, bands shaded; times in UTC. */
export async function renderSvg(
  outcome: ForecastOutcome,
  { name, unit }: { readonly name: string; readonly unit: string | undefined }
): Promise<string> {
  const { spec } = compile(specOf(outcome, name, unit ?? ''));
  const view = new vega.View(vega.parse(spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
