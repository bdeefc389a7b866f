import { useTheme2 } from '@grafana/ui';

interface SparklineProps {
  /** Evenly spaced, oldest first; a gap is null. */
  readonly values: ReadonlyArray<number | null>;
  /** What a screen reader says instead of the line. */
  readonly label: string;
  /** A dashed line at this value: a limit, or the edge of the band. */
  readonly mark?: number;
  readonly widthPx?: number;
  readonly heightPx?: number;
}

const padPx = 2;

/** Points of each unbroken stretch of the line, as SVG wants them. */
function stretches(values: ReadonlyArray<number | null>, x: (i: number) => number, y: (value: number) => number) {
  const lines: string[][] = [[]];
  values.forEach((value, i) => {
    if (value === null) {
      lines.push([]);
      return;
    }
    lines.at(-1)?.push(`${x(i).toFixed(1)},${y(value).toFixed(1)}`);
  });
  return lines.filter((line) => line.length > 0);
}

/** A line without axes, as high as its least and greatest value, and the mark when it is near. */
export function Sparkline({ values, label, mark, widthPx = 96, heightPx = 24 }: SparklineProps) {
  const theme = useTheme2();
  const known = values.filter((value) => value !== null);
  if (known.length < 2) {
    return <span>–</span>;
  }
  const least = Math.min(...known);
  const greatest = Math.max(...known);
  const span = greatest - least;
  // A mark far away would press the line flat: it is drawn when it is at most as far as the line is high.
  const marked = mark !== undefined && mark >= least - span && mark <= greatest + span ? mark : undefined;
  const low = Math.min(least, marked ?? least);
  const high = Math.max(greatest, marked ?? greatest);
  const x = (i: number) => padPx + (i / (values.length - 1)) * (widthPx - 2 * padPx);
  const y = (value: number) =>
    high === low ? heightPx / 2 : padPx + ((high - value) / (high - low)) * (heightPx - 2 * padPx);
  return (
    <svg role="img" aria-label={label} width={widthPx} height={heightPx} style={{ display: 'block' }}>
      {marked === undefined ? null : (
        <line
          x1={0}
          x2={widthPx}
          y1={y(marked)}
          y2={y(marked)}
          stroke={theme.colors.warning.main}
          strokeDasharray="3 3"
        />
      )}
      {stretches(values, x, y).map((points) => (
        <polyline
          key={points[0]}
          points={points.join(' ')}
          fill="none"
          stroke={theme.visualization.getColorByName('blue')}
          strokeWidth={1.5}
        />
      ))}
    </svg>
  );
}
