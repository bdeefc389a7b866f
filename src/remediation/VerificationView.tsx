import { dateTimeFormat } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Badge, LegendDisplayMode, Stack, Text, useTheme2 } from '@grafana/ui';
import { useMemo } from 'react';
import { useElementWidth } from '../components/useElementWidth.ts';
import { visibleText } from '../components/visibleText.ts';
import type { ChartSeries } from '../forecast/chartFrame.ts';
import { ForecastChart } from '../forecast/ForecastChart.tsx';
import type { VerificationReport, VerificationSample } from '../../backend/src/contract/index.ts';
import { sampleLook, verificationLook } from './runLook.ts';

type Counterfactual = NonNullable<VerificationReport['counterfactual']>;

const heightPx = 260;
const shownLevel = 80;
const legend = { showLegend: true, displayMode: LegendDisplayMode.List, placement: 'bottom' } as const;

/** What came after the run, and what was expected without it, as the chart draws it. */
export function counterfactualSeries(report: Counterfactual, colour: string): ChartSeries {
  const { job, times, observed, without, lower, upper } = report;
  const startMs = times[0] ?? 0;
  const stepMs = times.length < 2 ? 1 : ((times.at(-1) ?? 0) - startMs) / (times.length - 1);
  const grid = { startMs, stepMs };
  return {
    name: job,
    colour,
    observed: { ...grid, values: observed },
    bands: [{ ...grid, expected: without, levels: [{ levelPercent: shownLevel, lower, upper }] }],
    anomalies: [],
    config: {},
  };
}

interface ChartProps {
  readonly report: Counterfactual;
  /** When the engine had ended: a dashed line. */
  readonly endedMs: number;
}

/** What happened beside the forecast of what would have happened without the run. */
function CounterfactualChart({ report, endedMs }: ChartProps) {
  const theme = useTheme2();
  const [measure, widthPx] = useElementWidth();
  const colour = theme.visualization.getColorByName('blue');
  const series = useMemo(() => [counterfactualSeries(report, colour)], [report, colour]);
  const range = useMemo(() => ({ fromMs: report.times[0] ?? 0, toMs: report.times.at(-1) ?? 0 }), [report]);
  return (
    <figure style={{ margin: 0 }} aria-label={t('verification.chart', 'With and without the run')}>
      <div ref={measure} style={{ height: heightPx, width: '100%' }} data-testid="data-testid verification-chart">
        {widthPx === 0 ? null : (
          <ForecastChart
            series={series}
            range={range}
            nowMs={endedMs}
            width={widthPx}
            height={heightPx}
            timeZone="browser"
            legend={{ ...legend, calcs: [] }}
          />
        )}
      </div>
      <figcaption>
        <Text color="secondary">
          {t('verification.caption', 'Dashed: the forecast without the run, with its 80 % band. {{- sentence}}', {
            sentence: visibleText(report.sentence),
          })}
        </Text>
      </figcaption>
    </figure>
  );
}

/** Each look with its time and what it saw. */
function Looks({ samples }: { readonly samples: readonly VerificationSample[] }) {
  return (
    <details>
      <summary>{t('verification.looks', '{{- count}} looks', { count: samples.length })}</summary>
      <ol style={{ listStyle: 'none', margin: 0 }}>
        {samples.map(({ atMs, healthy, value, detail }) => (
          <li key={atMs}>
            {dateTimeFormat(atMs, { format: 'HH:mm:ss' })} <Badge {...sampleLook(healthy)} />{' '}
            {value === null ? '' : String(value)} {detail === null ? '' : visibleText(detail)}
          </li>
        ))}
      </ol>
    </details>
  );
}

function GuardMetrics({ guards }: Pick<VerificationReport, 'guards'>) {
  const worseText = (worse: boolean | null) =>
    worse === null
      ? t('verification.notKnown', 'not known')
      : worse
        ? t('verification.gotWorse', 'got worse')
        : t('verification.notWorse', 'not worse');
  return guards.length === 0 ? null : (
    <ul style={{ marginLeft: 20 }} aria-label={t('verification.guards', 'What must not get worse')}>
      {guards.map(({ query, before, after, worse }) => (
        <li key={query}>
          <code>{visibleText(query)}</code>: {before ?? '–'} → {after ?? '–'} ({worseText(worse)})
        </li>
      ))}
    </ul>
  );
}

interface VerificationViewProps {
  readonly report: VerificationReport;
  readonly endedMs: number | null;
}

/** Whether it helped: the sentence, the picture of both worlds, and each look. */
export function VerificationView({ report, endedMs }: VerificationViewProps) {
  const { outcome, summary, samples, detector, guards, counterfactual } = report;
  return (
    <Stack direction="column" gap={1}>
      <Stack direction="row" gap={1} alignItems="center" wrap="wrap">
        <Badge {...verificationLook(outcome)} />
        <Text>{visibleText(summary)}</Text>
      </Stack>
      {counterfactual === null || counterfactual.times.length < 2 ? null : (
        <CounterfactualChart report={counterfactual} endedMs={endedMs ?? report.startedAtMs} />
      )}
      {detector === null ? null : (
        <Text color="secondary">
          {t('verification.detector', 'Detector of {{- job}}: {{- detail}}', {
            job: detector.job,
            detail: visibleText(detector.detail),
          })}
        </Text>
      )}
      <GuardMetrics guards={guards} />
      <Looks samples={samples} />
    </Stack>
  );
}
