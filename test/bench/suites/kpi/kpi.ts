import { readKpi } from '../../anomalies/labelled-series.ts';
import { labelledSuite } from '../../anomalies/labelled-suite.ts';

/** Indicators of web companies at one and five minutes. */
export const kpiSuite = labelledSuite({
  read: readKpi,
  judged: 'other halves',
  threshold: { chosenOn: 'other halves', judgedOn: 'held-out halves' },
  alertTargets: false,
});
