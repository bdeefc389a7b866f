import { readKpi } from '../../anomalies/labelled-series.ts';
import { labelledSuite } from '../../anomalies/labelled-suite.ts';

/** Indicators of web companies at one and five minutes. */
export const kpiSuite = labelledSuite({
  read: readKpi,
  judged: 'chosen on',
  threshold: { chosenOn: 'chosen on', judgedOn: 'held out' },
  alertTargets: false,
});
