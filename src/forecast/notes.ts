import { t } from '@grafana/i18n';
import type { Note } from '../../backend/src/contract/index.ts';
import type { QueryFault } from './panelQueries.ts';

type Facts = NonNullable<Note['facts']>;

/** Notes about the history as a whole. */
function historyText(code: Note['code'], facts: Facts): string | undefined {
  switch (code) {
    case 'warming-up':
      return t(
        'note.warmingUpFacts',
        'Warming up: only {{- values}} usable values, {{- needed}} are needed before anything can be said. Wait, or read a longer history.',
        facts
      );
    case 'borrowed-from-siblings':
      return t(
        'note.borrowedFacts',
        'Only {{- values}} values yet: the band is borrowed from {{- siblings}} series of the same job, at the level of this one, until there are enough for a model.',
        facts
      );
    case 'short-history':
      return t(
        'note.shortHistoryFacts',
        'Short history: only {{- folds}} back-test folds of {{- foldSteps}} steps fit, for a horizon of {{- horizonSteps}}. The band is a rough one; read a longer history.',
        facts
      );
    case 'not-finite':
      return t(
        'note.notFiniteFacts',
        '{{- count}} samples are not numbers, infinite or too large to be real; they count as gaps. A division by zero in the query is the usual cause.',
        facts
      );
    default:
      return undefined;
  }
}

/** Notes about the values that a rule answered for, or that are missing. */
function valuesText({ code, severity }: Note, facts: Facts): string | undefined {
  switch (code) {
    case 'constant':
      return t(
        'note.constantFacts',
        'The series is constant. The band is ±{{- percent}} % of it, since the data shows no spread.',
        facts
      );
    case 'all-zero':
      return t(
        'note.allZeroFacts',
        'All values are zero: any value beyond ±{{- halfWidth}} counts as a change.',
        facts
      );
    case 'sparse':
      return t(
        'note.sparseFacts',
        '{{- percent}} % of the values are {{- value}}; the rest are events without a pattern. The band is taken from the values seen.',
        facts
      );
    case 'gaps':
      return severity === 'warning'
        ? t(
            'note.mostlyGapsFacts',
            '{{- percent}} % of the steps have no value. The band is taken from the values seen, whatever the time of day. Ask with a longer step, or check why samples are missing.',
            facts
          )
        : t(
            'note.gapsFacts',
            '{{- percent}} % of the steps have no value; models saw them filled from the season and the neighbours.',
            facts
          );
    default:
      return undefined;
  }
}

/** Notes that are the same for every series. */
function plainText(code: Note['code']): string | undefined {
  switch (code) {
    case 'no-better-than-naive':
      return t(
        'note.noBetterThanNaive',
        'No better than repeating yesterday: take the expected line as a guess and trust the band. A sum over fewer labels, a longer step or a longer history may be easier to forecast.'
      );
    case 'no-season':
      return t(
        'note.noSeason',
        'No daily or weekly cycle was found; the forecast rests on the level and its recent movement.'
      );
    case 'counter-without-rate':
      return t(
        'note.counterWithoutRate',
        'The values only rise and fall back to near zero, as a counter does. Forecast its speed: wrap the query in rate(…[5m]).'
      );
    default:
      return undefined;
  }
}

/** A note in the reader's language; where its numbers are not known, the backend's English sentence holds them. */
export function noteText(note: Note): string {
  const { code, facts } = note;
  const told = facts === undefined ? undefined : (historyText(code, facts) ?? valuesText(note, facts));
  return told ?? plainText(code) ?? labelledText(note);
}

function labelledText({ code, text }: Note): string {
  switch (code) {
    case 'warming-up':
      return t('note.warmingUp', 'Warming up: {{- text}}', { text });
    case 'short-history':
      return t('note.shortHistory', 'Short history: {{- text}}', { text });
    case 'gaps':
      return t('note.gaps', 'Gaps: {{- text}}', { text });
    case 'level-shift':
      return t('note.levelShift', 'The level has changed: {{- text}}', { text });
    case 'model-failed':
      return t('note.modelFailed', 'A model failed: {{- text}}', { text });
    case 'partial-response':
      return t('note.partialResponse', 'The source answered in part: {{- text}}', { text });
    case 'clipped-to-range':
      return t('note.clippedToRange', 'Cut to the possible range: {{- text}}', { text });
    case 'holidays':
      return t('note.holidays', 'Holidays: {{- text}}', { text });
    case 'excluded':
      return t('note.excluded', 'Left out of the training data: {{- text}}', { text });
    case 'new-level':
      return t('note.newLevel', 'New level: {{- text}}', { text });
    default:
      return text;
  }
}

/** What went wrong with a query of the panel, and what to do. */
export function faultText({ kind, source, detail }: QueryFault): string {
  switch (kind) {
    case 'dashboard-source':
      return t(
        'fault.dashboardSource',
        'This panel shows the data of another panel of the dashboard. Open the menu of that panel instead.'
      );
    case 'no-such-source':
      return t('fault.noSuchSource', 'The data source {{- source}} cannot be used: {{- detail}}', { source, detail });
    case 'failed':
      return t('fault.failed', '{{- source}} answered with an error: {{- detail}}', { source, detail });
    case 'timeout':
      return t('fault.timeout', '{{- source}} did not answer within a minute. Choose a shorter training window.', {
        source,
      });
  }
}
