import { judge, type Row } from '../../report.ts';
import type { Suite } from '../../suite.ts';
import { m4Suite } from '../m4/m4.ts';
import { runContest } from '../peers/contest.ts';
import { m4Contest } from '../peers/peers.ts';
import { autoStanding, compare } from '../peers/standings.ts';

/** Wall time of `auto` on the hourly series of M4 on one core, against rivals that ran in the same command. */
export const speedSuite: Suite = {
  view: 'causal',
  checks: (context) => m4Suite.checks(context),
  measure: async (context) => {
    const contest = m4Contest(context);
    const rounds = await runContest(context, contest);
    const auto = autoStanding(contest, rounds);
    // A rival that ran on a part of the series is taken by the ratio on that part.
    const seconds = new Map(
      compare(contest, rounds).map(({ method, rival, auto: same }) => [
        method,
        (auto.wallSeconds * rival.wallSeconds) / same.wallSeconds,
      ])
    );
    const rows: Row[] = [['auto', auto.wallSeconds] as const, ...seconds].flatMap(([name, one]) => [
      { name, measure: 'wall s a series', value: one, table: contest.name },
      { name, measure: 'wall s of all series', value: one * rounds.length, table: contest.name },
      { name, measure: 'time of auto / its', value: auto.wallSeconds / one, table: contest.name },
    ]);
    const floor = secondsOf(seconds, 'Prophet');
    const goal = Math.min(floor, secondsOf(seconds, 'AutoARIMA'));
    const stretch = Math.min(goal, secondsOf(seconds, 'AutoETS'));
    const spec = { name: 'M4 hourly, auto, one core', unit: 's a series', better: 'lower' } as const;
    return { rows, targets: [judge({ ...spec, floor, goal, stretch }, auto.wallSeconds)] };
  },
};

function secondsOf(seconds: ReadonlyMap<string, number>, method: string): number {
  const found = seconds.get(method);
  if (found === undefined) {
    throw new Error(`${method} gave no forecast on any series, so there is nothing to compare the time with`);
  }
  return found;
}
