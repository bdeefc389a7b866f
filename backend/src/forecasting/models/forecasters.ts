import type { ModelName } from '../../contract/job.ts';
import type { Forecaster } from '../forecaster.ts';
import { analogue } from './analogue.ts';
import { ar, arRaw, arRecent, arWeek } from './ar.ts';
import { dlinear } from './dlinear.ts';
import { ets } from './ets.ts';
import { mstl } from './mstl.ts';
import { naive } from './naive.ts';
import { prophet } from './prophet.ts';
import { ridge } from './ridge.ts';
import { seasonalNaive } from './seasonal-naive.ts';
import { slotMedian, slotMedianWeek } from './slot-median.ts';
import { theta } from './theta.ts';

const forecasters: Readonly<Record<ModelName, Forecaster>> = {
  naive,
  'seasonal-naive': seasonalNaive,
  'slot-median': slotMedian,
  'slot-median-week': slotMedianWeek,
  theta,
  ets,
  mstl,
  ridge,
  ar,
  'ar-recent': arRecent,
  'ar-week': arWeek,
  'ar-raw': arRaw,
  analogue,
  prophet,
  dlinear,
};

/** The model family of this name. */
export function forecasterOf(name: ModelName): Forecaster {
  return forecasters[name];
}
