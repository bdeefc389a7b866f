import { t } from '@grafana/i18n';
import type { Backtest, Band, Coverage, Preview } from '../../backend/src/contract/index.ts';
import { formatMoment, formatRatio, formatSpan, formatValue } from './format.ts';

interface SummaryOptions {
  readonly horizonMs: number;
  readonly pastMs: number;
  readonly nowMs: number;
  readonly unit: string | undefined;
  readonly timeZone: string;
}

/** Index of the highest expected value; -1 when there is none. */
function peakIndex(band: Band): number {
  return band.expected.reduce<number>((best, value, i) => {
    const highest = band.expected[best] ?? -Infinity;
    return value !== null && value > highest ? i : best;
  }, -1);
}

function peakSentence(band: Band, options: SummaryOptions): string | undefined {
  const index = peakIndex(band);
  const value = band.expected[index];
  if (value == null) {
    return undefined;
  }
  const widest = [...band.levels].sort((a, b) => b.levelPercent - a.levelPercent)[0];
  const lower = widest?.lower[index];
  const upper = widest?.upper[index];
  const text = {
    span: formatSpan(options.horizonMs),
    peak: formatValue(value, options.unit),
    time: formatMoment(band.startMs + index * band.stepMs, options.nowMs, options.timeZone),
  };
  if (lower == null || upper == null) {
    return t('summary.peak', 'Next {{- span}}: peak {{- peak}} around {{- time}}.', text);
  }
  const range = `${formatValue(lower, options.unit)}–${formatValue(upper, options.unit)}`;
  return t('summary.peakWithBand', 'Next {{- span}}: peak {{- peak}} around {{- time}} ({{- range}}).', {
    ...text,
    range,
  });
}

function nowSentence(nowScore: number | null): string {
  if (nowScore === null) {
    return t('summary.nowUnknown', 'Now: cannot be judged yet.');
  }
  const score = nowScore.toFixed(1);
  return nowScore > 1
    ? t('summary.nowAbnormal', 'Now: abnormal (score {{- score}}, above 1 is outside the band).', { score })
    : t('summary.nowNormal', 'Now: normal (score {{- score}}).', { score });
}

function anomalySentence(preview: Preview, options: SummaryOptions): string {
  const fromMs = options.nowMs - options.pastMs;
  const count = preview.anomalies.filter(({ endMs }) => endMs >= fromMs).length;
  const span = formatSpan(options.pastMs);
  return count === 0
    ? t('summary.noAnomalies', 'No anomalies in the last {{- span}}.', { span })
    : t('summary.anomalies', 'Anomalies in the last {{- span}}: {{- count}}.', { span, count });
}

/** The picture in three sentences: what comes, what is, what was. */
export function summarySentences(preview: Preview, options: SummaryOptions): string[] {
  const peak = preview.forecast === null ? undefined : peakSentence(preview.forecast, options);
  return [...(peak === undefined ? [] : [peak]), nowSentence(preview.nowScore), anomalySentence(preview, options)];
}

/** "right 94 % of the time, 95 % promised", for the widest level that was measured. */
export function coverageSentence(coverage: readonly Coverage[]): string {
  const widest = [...coverage]
    .sort((a, b) => b.levelPercent - a.levelPercent)
    .find(({ measuredRatio }) => measuredRatio !== null);
  return widest?.measuredRatio == null
    ? t('coverage.unmeasured', 'not measured yet')
    : t('coverage.measured', 'right {{- measured}} of the time, {{- promised}} % promised', {
        measured: formatRatio(widest.measuredRatio),
        promised: widest.levelPercent,
      });
}

/** One line over the back-test table. */
export function backtestSummary(backtest: Backtest): string {
  const tried = backtest.rows.filter(({ excluded }) => excluded === null).length;
  return t('backtest.summary', '{{- model}} chosen from {{- tried}} candidates · {{- coverage}}', {
    model: backtest.selected,
    tried,
    coverage: coverageSentence(backtest.coverage),
  });
}
