import { judge, single, type Row, type Target } from '../report.ts';
import { mean } from '../statistics.ts';
import type { BenchContext, Suite } from '../suite.ts';
import { alertFigures, type AlertCounts } from './alert-figures.ts';
import { referencesOf, scoresOf } from './judge-all.ts';
import { evidenceLevels, settings, type Form, type Judgement, type ReferenceJudgement } from './judge-series.ts';
import type { LabelledSeries } from './labelled-series.ts';
import { protocolChecks } from './protocol-checks.ts';
import { referenceNames } from './reference-scores.ts';
import { alertRows, meanRow } from './rows.ts';

export interface LabelledSet {
  read(dataDir: string): readonly LabelledSeries[];
  /** The group whose scores are held against a target. */
  readonly judged: string;
  /** The group on which one threshold for all series is chosen, and the one that it is then judged on. */
  readonly threshold: { readonly chosenOn: string; readonly judgedOn: string };
  /** Whether false alerts and recall have a target. */
  readonly alertTargets: boolean;
}

interface Judged {
  readonly group: string;
  readonly scores: readonly Judgement[];
  readonly references: readonly ReferenceJudgement[];
}

const forms: readonly Form[] = ['offline', 'causal', 'after history'];
const measure = 'mean VUS-PR';
/** False alerts a series-day that a threshold may bring where it is chosen. */
const allowedFalseAlerts = 0.1;

/** Scores and alerts on labelled series without published rivals, beside simple reference scores of the same series. */
export function labelledSuite(set: LabelledSet): Suite {
  return {
    view: 'offline and causal',
    checks: protocolChecks,
    measure: async (context) => {
      const groups = await judgeGroups(context, set.read(context.dataDir));
      const chosen = groups.filter(({ group }) => group === set.judged);
      const common = commonThreshold(groups, set.threshold, context.seed);
      return {
        rows: [...groups.flatMap((group) => groupRows(group, context.seed)), ...common.rows],
        targets: [...chosen.map(scoreTarget), ...(set.alertTargets ? common.targets : [])],
      };
    },
  };
}

/** `--series N` takes the first N of each group, `--part GROUP` one group. */
async function judgeGroups(context: BenchContext, series: readonly LabelledSeries[]): Promise<Judged[]> {
  const names = [...new Set(series.map(({ group }) => group))];
  const wanted = names.filter((name) => context.part === undefined || name === context.part);
  if (wanted.length === 0) {
    throw new Error(`--part must be one of: ${names.join(', ')}`);
  }
  const chosen = wanted.map((name) => series.filter(({ group }) => group === name).slice(0, context.series));
  const all = chosen.flat();
  const labelled = all.filter(({ labels, history }) => labels.subarray(history).includes(1));
  const references = new Map(
    (await referencesOf(context, labelled)).map((judgement, i) => [labelled[i]!.id, judgement])
  );
  const scores = new Map(
    (await scoresOf(context, all, 'scores and alerts')).map((judgement, i) => [all[i]!.id, judgement])
  );
  return wanted.map((group, k) => ({
    group,
    scores: chosen[k]!.flatMap(({ id }) => scores.get(id) ?? []),
    references: chosen[k]!.flatMap(({ id }) => references.get(id) ?? []),
  }));
}

const vusOf = (scores: readonly Judgement[], form: Form) => scores.flatMap(({ vusPr }) => vusPr[form] ?? []);

/** Counts of the series that have a history, at one of the settings. */
function frozenCounts(scores: readonly Judgement[], setting: number): AlertCounts[] {
  return scores.flatMap(({ alerts }) => alerts?.frozen?.[setting] ?? []);
}

function groupRows({ group, scores, references }: Judged, seed: number): Row[] {
  const table = `${group}: scores of ${references.length} series`;
  const ours = forms
    .map((form) => ({ form, values: vusOf(scores, form) }))
    .filter(({ values }) => values.length > 0)
    .map(({ form, values }) =>
      meanRow(
        {
          name: `ours, ${form === 'after history' ? `causal after history (${values.length} series)` : form}`,
          measure,
          table,
        },
        values,
        seed
      )
    );
  const simple = referenceNames.map((name): Row => {
    const values = references.map(({ vusPr }) => vusPr[name] ?? NaN);
    return { ...meanRow({ name, measure, table }, values, seed), source: 'reference, offline' };
  });
  const points = scores.reduce((sum, each) => sum + each.points, 0);
  return [
    ...ours,
    ...simple.sort((a, b) => b.value - a.value),
    ...operatorRows(group, scores, seed),
    {
      name: group,
      measure: 'CPU seconds for 10,000 causal scores',
      value: (10_000 * scores.reduce((sum, each) => sum + each.cpuSeconds, 0)) / points,
    },
  ];
}

function operatorRows(group: string, scores: readonly Judgement[], seed: number): Row[] {
  const table = `${group}: alerts of ${scores.length} series`;
  const own = scores.flatMap(({ alerts }) => alerts?.own ?? []);
  const frozen = settings.flatMap((perWeek, k) => {
    const counts = frozenCounts(scores, k);
    return counts.length === 0
      ? []
      : alertRows({ name: `${perWeek} a week, threshold from before`, table }, counts, seed);
  });
  return [...frozen, ...alertRows({ name: '1 a week, threshold from the same values', table }, own, seed)];
}

function scoreTarget({ scores, references }: Judged): Target {
  const best = referenceNames
    .map((name) => ({ name, value: mean(references.map(({ vusPr }) => vusPr[name] ?? NaN)) }))
    .reduce((most, each) => (each.value > most.value ? each : most));
  const spec = single(`mean VUS-PR, offline, above ${best.name}`, '', 'higher', best.value);
  return judge(spec, mean(vusOf(scores, 'offline')));
}

/** The lowest threshold, the same for all series, with few enough false alerts where it is chosen; judged elsewhere. */
function commonThreshold(
  groups: readonly Judged[],
  { chosenOn, judgedOn }: LabelledSet['threshold'],
  seed: number
): { readonly rows: readonly Row[]; readonly targets: readonly Target[] } {
  const countsOf = (name: string, level: number) =>
    groups
      .filter(({ group }) => group === name)
      .flatMap(({ scores }) => scores.flatMap(({ alerts }) => alerts?.byEvidence[level] ?? []));
  // From the top: at the lowest levels alerts grow together to a few that are right by their length.
  const tooMany = evidenceLevels.findLastIndex(
    (_, k) => !(alertFigures(countsOf(chosenOn, k)).falseAlertsPerDay <= allowedFalseAlerts)
  );
  const level = tooMany + 1;
  const judged = level < evidenceLevels.length ? countsOf(judgedOn, level) : [];
  if (judged.length === 0) {
    return { rows: [], targets: [] };
  }
  const table = `one threshold for all series: ${evidenceLevels[level]} nats, chosen on ${chosenOn}`;
  const { falseAlertsPerDay, recall } = alertFigures(judged);
  return {
    rows: [chosenOn, judgedOn].flatMap((name) => alertRows({ name, table }, countsOf(name, level), seed)),
    targets: [
      judge(single('false alerts a series-day, threshold of first halves', '', 'lower', 0.1), falseAlertsPerDay),
      judge(single('recall of events, the same threshold', '', 'higher', 0.6), recall),
    ],
  };
}
