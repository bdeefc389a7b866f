import { readTable } from '../../data.ts';
import {
  hourlyMeans,
  m4Unit,
  readApplication,
  readEtt,
  readLeadToCash,
  readM4,
  rollingUnits,
  type SetSeries,
  type Windows,
} from '../../forecasts/sets.ts';
import type { ForecastUnit } from '../../forecasts/units.ts';

/** One of the 23 configurations of GIFT-Eval that can be rebuilt from public files of moderate size. */
export interface Configuration {
  /** data set / step / term */
  readonly name: string;
  readonly season: number;
  readonly units: readonly ForecastUnit[];
  /** Published figures of the seasonal naive forecast. */
  readonly published: { readonly mase: number; readonly wql: number };
}

type UnitsOf = (windows: Windows) => ForecastUnit[];

/** All configurations in the order of the table of GIFT-Eval. */
export function readConfigurations(dataDir: string): Configuration[] {
  const sets = unitsBySet(dataDir);
  return readTable(dataDir, 'gift-eval/configs.csv').map((row) => {
    const name = row['config'] ?? '';
    const set = name.slice(0, name.lastIndexOf('/'));
    const units = sets[set]?.({ horizon: Number(row['horizon']), count: Number(row['windows']) });
    if (units === undefined) {
      throw new Error(`gift-eval/configs.csv names the set "${set}", which is none of ${Object.keys(sets).join(', ')}`);
    }
    return {
      name,
      season: Number(row['seasonality']),
      units,
      published: { mase: Number(row['seasonal_naive_MASE']), wql: Number(row['seasonal_naive_WQL']) },
    };
  });
}

function unitsBySet(dataDir: string): Record<string, UnitsOf> {
  const rolling =
    (set: string, series: readonly SetSeries[]): UnitsOf =>
    (windows) =>
      series.flatMap((one) => rollingUnits(set, one, windows));
  const m4 = (set: string, frequency: 'Hourly' | 'Weekly') => {
    const units = readM4(dataDir, frequency).map((series) => m4Unit(set, series));
    return () => units;
  };
  const [ett1, ett2] = [readEtt(dataDir, 1), readEtt(dataDir, 2)];
  const leadToCash = readLeadToCash(dataDir);
  return {
    'm4_hourly/H': m4('m4_hourly/H', 'Hourly'),
    'm4_weekly/W': m4('m4_weekly/W', 'Weekly'),
    'ett1/15T': rolling('ett1/15T', ett1),
    'ett1/H': rolling('ett1/H', ett1.map(hourlyMeans)),
    'ett2/15T': rolling('ett2/15T', ett2),
    'ett2/H': rolling('ett2/H', ett2.map(hourlyMeans)),
    'bizitobs_application/10S': rolling('bizitobs_application/10S', readApplication(dataDir)),
    'bizitobs_l2c/5T': rolling('bizitobs_l2c/5T', leadToCash),
    'bizitobs_l2c/H': rolling('bizitobs_l2c/H', leadToCash.map(hourlyMeans)),
  };
}
