import { m4Unit, readM4 } from '../../forecasts/sets.ts';
import { judge, single, type Row, type Target } from '../../report.ts';
import type { BenchContext, Suite } from '../../suite.ts';
import { lastDayUnits } from '../azure/azure.ts';
import { m4Suite } from '../m4/m4.ts';
import { azureChecks } from '../main/accuracy.ts';
import { azureDay, readAzure } from '../main/azure.ts';
import { runContest, type Contest } from './contest.ts';
import { compare, standingRows } from './standings.ts';

/** Prophet and statsforecast run here on the same series, split and core, in turn with `auto`. */
export const peersSuite: Suite = {
  view: 'causal',
  checks: async (context) => [...(await m4Suite.checks(context)), ...azureChecks(readAzure(context.dataDir))],
  measure: async (context) => {
    const rows: Row[] = [];
    const targets: Target[] = [];
    for (const contest of [m4Contest(context), azureContest(context)]) {
      const rounds = await runContest(context, contest);
      rows.push(...standingRows(contest, rounds));
      const ratios = compare(contest, rounds).map(({ auto, rival }) => auto.mase / rival.mase);
      targets.push(
        judge(single(`${contest.name}: MASE against the best rival`, 'ratio', 'lower', 1), Math.max(...ratios))
      );
    }
    return { rows, targets };
  },
};

/** AutoARIMA takes half a minute a series. */
export function m4Contest({ dataDir, series }: BenchContext): Contest {
  return {
    name: 'M4 Hourly, two days ahead',
    season: 24,
    units: readM4(dataDir, 'Hourly')
      .slice(0, series)
      .map((one) => m4Unit('m4_hourly/H', one)),
    rivals: [
      { method: 'Prophet', every: 1 },
      { method: 'AutoETS', every: 1 },
      { method: 'AutoTheta', every: 1 },
      { method: 'MSTL', every: 1 },
      { method: 'AutoARIMA', every: 40 },
    ],
  };
}

/** A season of 288 steps takes AutoTheta ten seconds a series and AutoETS minutes. */
function azureContest({ dataDir, series }: BenchContext): Contest {
  return {
    name: 'Azure VMs, last day at 5 min',
    season: azureDay,
    units: lastDayUnits(readAzure(dataDir).slice(0, series)),
    rivals: [
      { method: 'Prophet', every: 1 },
      { method: 'AutoETS without a season', every: 1 },
      { method: 'MSTL', every: 1 },
      { method: 'AutoTheta', every: 6 },
    ],
  };
}
