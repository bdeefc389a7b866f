import { readCloud } from '../../anomalies/labelled-series.ts';
import { labelledSuite } from '../../anomalies/labelled-suite.ts';

/** Metrics of cloud services at one minute and one hour. */
export const cloudSuite = labelledSuite({
  read: readCloud,
  judged: 'whole series',
  threshold: { chosenOn: 'first halves', judgedOn: 'second halves' },
  alertTargets: false,
});
