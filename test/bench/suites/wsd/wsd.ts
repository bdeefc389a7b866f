import { readWsd } from '../../anomalies/labelled-series.ts';
import { labelledSuite } from '../../anomalies/labelled-suite.ts';

/** Web services at one minute. */
export const wsdSuite = labelledSuite({
  read: readWsd,
  judged: 'second halves',
  threshold: { chosenOn: 'first halves', judgedOn: 'second halves' },
  alertTargets: true,
});
