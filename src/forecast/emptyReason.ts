import { t } from '@grafana/i18n';
import type { QueryContext } from '../extensions/readContext.ts';
import { faultText } from './notes.ts';
import type { QueryFault } from './panelQueries.ts';
import type { PanelSeries } from './seriesFromFrames.ts';
import type { PanelHistory } from './usePanelSeries.ts';

export interface EmptyReason {
  readonly severity: 'info' | 'warning' | 'error';
  readonly title: string;
  readonly text: string;
}

/** Fewer values say nothing about what comes next. */
const leastValues = 10;

function noQuery(): EmptyReason {
  return {
    severity: 'info',
    title: t('empty.noQuery.title', 'This panel has no query'),
    text: t('empty.noQuery.text', 'There is nothing to forecast. Open the menu of a panel that shows a metric.'),
  };
}

function noSeries(history: PanelHistory): EmptyReason {
  if (history.skippedFrames > 0) {
    return {
      severity: 'info',
      title: t('empty.table.title', 'The answer is a table, not a time series'),
      text: t(
        'empty.table.text',
        'The query asks for one instant or groups its rows. Open the menu of a panel that shows this metric over time, or change the query to a range query.'
      ),
    };
  }
  return {
    severity: 'info',
    title: t('empty.noData.title', 'No data in the training window'),
    text: t(
      'empty.noData.text',
      'The queries answered nothing. Check the values of the dashboard variables, or choose another training window.'
    ),
  };
}

/** Why one series cannot be forecast; undefined when it can. */
function ofSeries(series: PanelSeries): EmptyReason | undefined {
  const count = series.values.filter((value) => value !== null).length;
  if (count >= leastValues) {
    return undefined;
  }
  return {
    severity: 'info',
    title: t('empty.short.title', 'Too little history'),
    text: t(
      'empty.short.text',
      '{{- name}} has {{- count}} values in the training window; at least {{- least}} are needed. Choose a longer window, another series, or wait.',
      { name: series.name, count, least: leastValues }
    ),
  };
}

function ofFault(fault: QueryFault): EmptyReason {
  return {
    severity: fault.kind === 'dashboard-source' ? 'info' : 'error',
    title: t('empty.fault.title', 'The panel cannot be read'),
    text: faultText(fault),
  };
}

/** Why there is nothing to draw; undefined while it loads and when there is. */
function of(
  context: QueryContext,
  history: PanelHistory | undefined,
  series: PanelSeries | undefined
): EmptyReason | undefined {
  if (context.targets.filter(({ hide }) => hide !== true).length === 0) {
    return noQuery();
  }
  if (history === undefined) {
    return undefined;
  }
  if (series !== undefined) {
    return ofSeries(series);
  }
  const [fault] = history.faults;
  return fault === undefined ? noSeries(history) : ofFault(fault);
}

/** Each dead end with its cause and the next step. */
export const emptyReason = { of, ofSeries, ofFault };
