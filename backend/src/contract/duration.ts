import { z } from 'zod';

const unitMs = { y: 31_536_000_000, w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
const pattern = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const units = ['y', 'w', 'd', 'h', 'm', 's', 'ms'] as const;

/**
 * A duration as Prometheus writes it (`30s`, `1h30m`, `28d`) in milliseconds; undefined when it is not one.
 * @see https://prometheus.io/docs/prometheus/latest/querying/basics/#time-durations
 */
export function parseDurationMs(text: string): number | undefined {
  const match = pattern.exec(text.trim());
  if (text.trim() === '' || match === null) {
    return undefined;
  }
  return units.reduce((sum, unit, i) => sum + Number(match[i + 1] ?? 0) * unitMs[unit], 0);
}

/** The shortest exact Prometheus text of a duration: 5_400_000 → `1h30m`. Years and weeks are written in days. */
export function formatDurationMs(ms: number): string {
  let rest = Math.round(ms);
  if (rest === 0) {
    return '0s';
  }
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(rest / unitMs[unit]);
    rest -= count * unitMs[unit];
    text += count > 0 ? `${count}${unit}` : '';
  }
  return text;
}

/** A duration written as text; stays text, so that files and answers read alike. */
export const DurationText = z
  .string()
  .refine((text) => (parseDurationMs(text) ?? 0) > 0, { error: 'expected a duration such as 30s, 5m, 12h or 28d' })
  .meta({ description: 'Duration in Prometheus notation', example: '5m' });
