import { FieldType, getFieldDisplayName, type DataFrame, type Field } from '@grafana/data';

/** One numeric field of a panel's answer with its own times. */
export interface PanelSeries {
  /** Distinct within one answer. */
  readonly key: string;
  readonly name: string;
  readonly refId: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly unit?: string;
  readonly timestampsMs: readonly number[];
  /** A gap, NaN or Inf is null. */
  readonly values: ReadonlyArray<number | null>;
}

export interface ExtractedSeries {
  readonly series: readonly PanelSeries[];
  /** Frames that hold no time series, such as the table of an instant query. */
  readonly skippedFrames: number;
}

function increases(timesMs: readonly number[]): boolean {
  return timesMs.every((timeMs, i) => i === 0 || timeMs > (timesMs[i - 1] ?? timeMs));
}

function finite(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function toSeries(field: Field, frame: DataFrame, frames: readonly DataFrame[], timestampsMs: number[]): PanelSeries {
  const name = getFieldDisplayName(field, frame, [...frames]);
  const labels = field.labels ?? {};
  return {
    key: `${frame.refId ?? ''}|${name}|${JSON.stringify(labels)}`,
    name,
    refId: frame.refId ?? '',
    labels,
    ...(field.config.unit === undefined ? {} : { unit: field.config.unit }),
    timestampsMs,
    values: Array.from(field.values, finite),
  };
}

/**
 * All series of wide and of multi-frame answers, with the names that the panel's legend shows.
 * A frame is skipped when it has no time field, fewer than two rows, or times that do not increase (a table).
 */
export function seriesFromFrames(frames: readonly DataFrame[]): ExtractedSeries {
  const series: PanelSeries[] = [];
  let skippedFrames = 0;
  for (const frame of frames) {
    const time = frame.fields.find(({ type }) => type === FieldType.time);
    const timestampsMs = time === undefined ? [] : Array.from(time.values, Number);
    const numeric = frame.fields.filter(({ type }) => type === FieldType.number);
    if (timestampsMs.length < 2 || numeric.length === 0 || !increases(timestampsMs)) {
      skippedFrames += frame.length > 0 ? 1 : 0;
      continue;
    }
    series.push(...numeric.map((field) => toSeries(field, frame, frames, timestampsMs)));
  }
  return { series: distinct(series), skippedFrames };
}

/** Two fields of one name and labels (two queries without a legend) stay apart. */
function distinct(series: readonly PanelSeries[]): PanelSeries[] {
  const seen = new Map<string, number>();
  return series.map((one) => {
    const count = seen.get(one.key) ?? 0;
    seen.set(one.key, count + 1);
    return count === 0 ? one : { ...one, key: `${one.key}|${count}` };
  });
}
