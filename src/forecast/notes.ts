import { t } from '@grafana/i18n';
import type { Note } from '../../backend/src/contract/index.ts';
import type { QueryFault } from './panelQueries.ts';

/** A note in the reader's language; the backend's English sentence holds the numbers and stays as it is in English. */
export function noteText({ code, text }: Note): string {
  switch (code) {
    case 'warming-up':
      return t('note.warmingUp', 'Warming up: {{- text}}', { text });
    case 'short-history':
      return t('note.shortHistory', 'Short history: {{- text}}', { text });
    case 'constant':
      return t('note.constant', 'The series is constant: {{- text}}', { text });
    case 'all-zero':
      return t('note.allZero', 'Only zeros: {{- text}}', { text });
    case 'sparse':
      return t('note.sparse', 'Few values: {{- text}}', { text });
    case 'gaps':
      return t('note.gaps', 'Gaps: {{- text}}', { text });
    case 'not-finite':
      return t('note.notFinite', 'Values that are no numbers: {{- text}}', { text });
    case 'counter-without-rate':
      return t('note.counterWithoutRate', 'This looks like a counter, use rate(): {{- text}}', { text });
    case 'no-better-than-naive':
      return t('note.noBetterThanNaive', 'No better than repeating the past: {{- text}}', { text });
    case 'no-season':
      return t('note.noSeason', 'No daily or weekly pattern: {{- text}}', { text });
    case 'level-shift':
      return t('note.levelShift', 'The level has changed: {{- text}}', { text });
    case 'model-failed':
      return t('note.modelFailed', 'A model failed: {{- text}}', { text });
    case 'partial-response':
      return t('note.partialResponse', 'The source answered in part: {{- text}}', { text });
    case 'clipped-to-range':
      return t('note.clippedToRange', 'Cut to the possible range: {{- text}}', { text });
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
