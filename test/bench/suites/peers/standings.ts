import { countInside, intervalScore, mase, seasonalScale, smape } from '../../measures.ts';
import type { Row } from '../../report.ts';
import { mean } from '../../statistics.ts';
import type { Answer, Contest, Round } from './contest.ts';

/** What one took and how it did, over some series. */
export interface Standing {
  readonly series: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly mase: number;
  readonly smape: number;
  readonly msis: number;
  readonly coverage95: number;
}

/** A rival and `auto` on the series that the rival forecast. */
export interface Comparison {
  readonly method: string;
  readonly rival: Standing;
  readonly auto: Standing;
  /** Series on which the rival gave no usable forecast; they are left out for both. */
  readonly failed: number;
}

export function compare({ season, rivals }: Contest, rounds: readonly Round[]): Comparison[] {
  return rivals.flatMap(({ method }) => {
    const asked = rounds.filter((round) => round.rivals.has(method));
    const pairs = asked.flatMap((round) => {
      const answer = round.rivals.get(method);
      return answer === undefined || 'error' in answer ? [] : [{ round, answer }];
    });
    return pairs.length === 0
      ? []
      : [
          {
            method,
            rival: standing(
              season,
              pairs.map(({ round, answer }) => ({ round, answer }))
            ),
            auto: standing(
              season,
              pairs.map(({ round }) => ({ round, answer: round.auto }))
            ),
            failed: asked.length - pairs.length,
          },
        ];
  });
}

export function autoStanding({ season }: Contest, rounds: readonly Round[]): Standing {
  return standing(
    season,
    rounds.map((round) => ({ round, answer: round.auto }))
  );
}

function standing(season: number, pairs: ReadonlyArray<{ readonly round: Round; readonly answer: Answer }>): Standing {
  const meanOf = (figure: (pair: (typeof pairs)[number], scale: number) => number) =>
    mean(pairs.map((pair) => figure(pair, seasonalScale(pair.round.unit.history, season))));
  return {
    series: pairs.length,
    wallSeconds: meanOf(({ answer }) => answer.wallSeconds),
    cpuSeconds: meanOf(({ answer }) => answer.cpuSeconds),
    mase: meanOf(({ round, answer }, scale) => mase(round.unit.actual, answer.expected, scale)),
    smape: meanOf(({ round, answer }) => smape(round.unit.actual, answer.expected)),
    msis: meanOf(
      ({ round: { unit }, answer }, scale) =>
        intervalScore(unit.actual, answer.lower, answer.upper, 0.05) / scale / unit.actual.length
    ),
    coverage95: meanOf(
      ({ round: { unit }, answer }) => countInside(unit.actual, answer.lower, answer.upper) / unit.actual.length
    ),
  };
}

/** `auto` over all series, then each rival with the ratios of time and error on its own series. */
export function standingRows(contest: Contest, rounds: readonly Round[]): Row[] {
  const table = contest.name;
  const figures = (name: string, one: Standing): Row[] => [
    { name, measure: 'series', value: one.series, table },
    { name, measure: 'MASE', value: one.mase, table },
    { name, measure: 'sMAPE', value: one.smape, table },
    { name, measure: 'MSIS', value: one.msis, table },
    { name, measure: 'coverage at 95 %', value: one.coverage95, table },
    { name, measure: 'wall s a series', value: one.wallSeconds, table },
    { name, measure: 'CPU s a series', value: one.cpuSeconds, table },
  ];
  return [
    ...figures('auto', autoStanding(contest, rounds)),
    ...compare(contest, rounds).flatMap(({ method, rival, auto, failed }): Row[] => [
      ...figures(method, rival),
      { name: method, measure: 'time of auto / its', value: auto.wallSeconds / rival.wallSeconds, table },
      { name: method, measure: 'MASE of auto / its', value: auto.mase / rival.mase, table },
      { name: method, measure: 'failed series', value: failed, table },
    ]),
  ];
}
