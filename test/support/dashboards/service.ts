import { forecastQueries } from '../../../src/queries/forecast-band.ts';
import { bandPanel } from './band-panel.ts';
import { chosenSeries, dashboardJson, jobVariable, seriesVariable } from './dashboard.ts';
import { facade, instantTarget, rowPanel, statPanel, thresholds, type Panel } from './panel.ts';

/** A job whose query is drawn beside its forecast, from the data source that the job reads. */
export interface ServiceJob {
  readonly name: string;
  readonly title: string;
  readonly query: string;
  readonly unit?: string | undefined;
  readonly datasourceUid: string;
}

const description =
  'Observed values against what was expected. The shaded bands should hold 80 % and 95 % of the values; the dashed line goes on into the future.';

function presentPanels(): Panel[] {
  const queries = forecastQueries('$job', { matchers: [chosenSeries] });
  const place = (x: number) => ({ x, y: 0, w: 6, h: 4 });
  const plain = { unit: 'short', decimals: 2 };
  const stat = (x: number, title: string, expr: string, defaults: object) =>
    statPanel(title, place(x), instantTarget('A', facade, expr, title), defaults);
  return [
    stat(0, 'Observed now', queries.actual, plain),
    stat(6, 'Expected now', queries.expected, plain),
    stat(12, 'Score now (above 1: abnormal)', queries.score, {
      decimals: 2,
      thresholds: thresholds([1, 'red']),
    }),
    stat(18, 'Highest expected in the next 24 h', `max_over_time(${queries.expected}[24h] offset -24h)`, plain),
  ];
}

function jobPanels(jobs: readonly ServiceJob[], top: number): Panel[] {
  return jobs.map((job, index) =>
    bandPanel({
      title: job.title,
      description,
      gridPos: { x: (index % 2) * 12, y: top + Math.floor(index / 2) * 9, w: 12, h: 9 },
      job: job.name,
      observed: { datasource: { type: 'prometheus', uid: job.datasourceUid }, expr: job.query },
      ...(job.unit === undefined ? {} : { unit: job.unit }),
    })
  );
}

/**
 * *Service with forecast*: any job by variable, and below it the given jobs with their observed values straight from the
 * data source they read. Ends a day after now.
 */
export function serviceDashboard(jobs: readonly ServiceJob[]): object {
  const chosen = bandPanel({
    title: '$job: observed, expected and what comes next',
    description,
    gridPos: { x: 0, y: 4, w: 24, h: 11 },
    job: '$job',
    matchers: [chosenSeries],
  });
  return dashboardJson({
    uid: 'aiops-service',
    title: 'Service with forecast',
    description: 'Observed metrics and their forecasts, a day into the future.',
    time: { from: 'now-24h', to: 'now+24h' },
    variables: [jobVariable, seriesVariable],
    panels: [
      ...presentPanels(),
      chosen,
      rowPanel('From the source and from AIOps in one panel', 15),
      ...jobPanels(jobs, 16),
    ],
  });
}
