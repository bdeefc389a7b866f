/** What the slider offers, in alerts a week: from one a month to two a day. */
export const sensitivitySteps = [0.25, 0.5, 1, 2, 7, 14] as const;
export const usualSensitivity = 1;
/** A slider is moved step by step; one preview a pause is enough. */
export const sensitivityDelayMs = 400;

/** Position on the slider of a number of alerts a week that need not be one of its steps. */
export function nearestStep(alertsPerWeek: number): number {
  const distances = sensitivitySteps.map((step) => Math.abs(Math.log(step / alertsPerWeek)));
  return distances.indexOf(Math.min(...distances));
}
