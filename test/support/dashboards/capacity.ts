import { forecastQueries } from '../../../src/queries/forecast-band.ts';
import { bandPanel } from './band-panel.ts';
import { chosenSeries, dashboardJson, jobVariable, seriesVariable, sourceVariable } from './dashboard.ts';
import { facade, instantTarget, linesPanel, rangeTarget, rowPanel, source, thresholds, type Panel } from './panel.ts';

const percentOf100 = { unit: 'percent', min: 0, max: 100, thresholds: thresholds([80, 'orange'], [90, 'red']) };
const highest = (expr: string): string => `max_over_time(${expr}[24h] offset -24h)`;

/** What is used now and at most in the next day, a row for each series of every job. */
function headroomTable(): Panel {
  const all = forecastQueries('', { levels: [80, 95] });
  const everyJob = (query: string): string => query.replace('{for=""}', '');
  const column = (refId: string, expr: string) => ({
    ...instantTarget(refId, facade, expr, refId),
    format: 'table' as const,
  });
  return {
    type: 'table',
    title: 'Now and the next 24 hours',
    description: 'Highest expected value and highest upper bound (95 %) of the coming day.',
    gridPos: { x: 0, y: 0, w: 24, h: 8 },
    datasource: facade,
    targets: [
      column('NOW', everyJob(all.actual)),
      column('PEAK', highest(everyJob(all.expected))),
      column('WORST', highest(everyJob(all.upper))),
    ],
    timeFrom: '1h',
    fieldConfig: { defaults: { unit: 'short', decimals: 2 }, overrides: [] },
    options: { showHeader: true, cellHeight: 'sm' },
    transformations: [
      { id: 'merge', options: {} },
      {
        id: 'organize',
        options: {
          excludeByName: { Time: true, __name__: true },
          renameByName: {
            for: 'Job',
            'Value #NOW': 'Now',
            'Value #PEAK': 'Highest expected',
            'Value #WORST': 'Highest upper bound',
          },
        },
      },
    ],
  };
}

function machinePanels(top: number): Panel[] {
  const place = (column: number) => ({ x: column * 8, y: top, w: 8, h: 8 });
  const panel = (column: number, title: string, expr: string) =>
    linesPanel(title, place(column), [rangeTarget('A', source, expr, '{{instance}}')], percentOf100);
  return [
    panel(0, 'CPU in use', '100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])))'),
    panel(1, 'Memory in use', '100 * (1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes)'),
    panel(
      2,
      'Disk in use',
      '100 * (1 - max by (instance) (node_filesystem_avail_bytes{mountpoint="/"}) / max by (instance) (node_filesystem_size_bytes{mountpoint="/"}))'
    ),
  ];
}

/** *Capacity*: how high every job is expected to go within a day, one of them in full, and the machines as they are. */
export function capacityDashboard(): object {
  const chosen = bandPanel({
    title: '$job: the coming days',
    description: 'The upper edge of the band is what to have room for.',
    gridPos: { x: 0, y: 8, w: 24, h: 10 },
    job: '$job',
    matchers: [chosenSeries],
  });
  return dashboardJson({
    uid: 'aiops-capacity',
    title: 'Capacity',
    description: 'What is used, and how much will be at most.',
    time: { from: 'now-7d', to: 'now+24h' },
    variables: [jobVariable, seriesVariable, sourceVariable],
    panels: [headroomTable(), chosen, rowPanel('Machines', 18), ...machinePanels(19)],
  });
}
