import { dateTimeFormat } from '@grafana/data';
import { t } from '@grafana/i18n';
import type { Evidence } from '../../backend/src/contract/index.ts';
import { formatRatio, formatValue } from '../forecast/format.ts';
import { spanText } from './anomalyLook.ts';

/** Facts of one line of evidence, ready to be filled into a sentence; each is missing when it was not told. */
interface Facts {
  readonly value: (name: string) => string;
  readonly span: (name: string) => string;
  readonly time: (name: string) => string;
  readonly share: (name: string) => string;
  readonly plain: (name: string) => string;
}

class MissingFact extends Error {}

function readerOf(facts: NonNullable<Evidence['facts']>, unit: string | undefined): Facts {
  const number = (name: string): number => {
    const fact = facts[name];
    if (typeof fact !== 'number' || !Number.isFinite(fact)) {
      throw new MissingFact(name);
    }
    return fact;
  };
  return {
    value: (name) => formatValue(number(name), unit),
    span: (name) => spanText(number(name)),
    time: (name) => dateTimeFormat(number(name)),
    share: (name) => formatRatio(number(name)),
    plain: (name) => {
      const fact = facts[name];
      if (fact === undefined) {
        throw new MissingFact(name);
      }
      return typeof fact === 'number' ? String(Number(fact.toPrecision(3))) : fact;
    },
  };
}

type Sentence = (facts: Facts, raw: NonNullable<Evidence['facts']>) => string;

const isPositive = (fact: unknown) => typeof fact === 'number' && fact > 0;

/** One sentence for each code that the detectors use; those of the level and of flat lines. */
const levelSentences: Readonly<Record<string, Sentence>> = {
  'level-shifted': (f, raw) => {
    const size = { ...raw, shift: Math.abs(Number(raw.shift)), edges: Math.abs(Number(raw.edges)) };
    const told = { time: f.time('startMs'), samples: f.plain('samples'), edges: size.edges.toFixed(1) };
    return isPositive(raw.shift)
      ? t(
          'evidence.levelRose',
          'The level rose at {{- time}}, by {{- edges}} times the distance to the edge of the band; certain after {{- samples}} values.',
          told
        )
      : t(
          'evidence.levelFell',
          'The level fell at {{- time}}, by {{- edges}} times the distance to the edge of the band; certain after {{- samples}} values.',
          told
        );
  },
  'level-returned': (f) =>
    t('evidence.levelReturned', 'The level is back at what is expected since {{- time}}.', { time: f.time('startMs') }),
  flat: (f) =>
    t(
      'evidence.flat',
      'The value has been exactly {{- value}} for {{- samples}} samples; the longest before was {{- longest}}.',
      {
        value: f.value('value'),
        samples: f.plain('samples'),
        longest: f.span('longestMs'),
      }
    ),
  'flat-moved': (f) =>
    t('evidence.flatMoved', 'The value moves again after {{- samples}} samples at exactly {{- value}}.', {
      value: f.value('value'),
      samples: f.plain('samples'),
    }),
};

const silenceSentences: Readonly<Record<string, Sentence>> = {
  silent: (f) =>
    t('evidence.silent', 'There has been no sample for {{- silent}}; gaps are usually shorter than {{- usual}}.', {
      silent: f.span('silentMs'),
      usual: f.span('boundMs'),
    }),
  'job-silent': (f) =>
    t(
      'evidence.jobSilent',
      'The query has answered no series at all for {{- silent}}; gaps are usually shorter than {{- usual}}.',
      { silent: f.span('silentMs'), usual: f.span('boundMs') }
    ),
  'silence-returned': (f) =>
    t('evidence.silenceReturned', 'Samples are back after {{- silent}} without any.', { silent: f.span('silentMs') }),
  'silence-replaced': () =>
    t(
      'evidence.silenceReplaced',
      'Another series with the same labels, but for the ignored ones, has taken its place.'
    ),
  'silence-gone': (f) =>
    t('evidence.silenceGone', 'No sample for {{- silent}}: it is taken as gone, and its silence as over.', {
      silent: f.span('silentMs'),
    }),
};

const peerSentences: Readonly<Record<string, Sentence>> = {
  outlier: (f) =>
    t('evidence.outlier', '{{- value}} is {{- distance}} outside the band of its peers, {{- low}} to {{- high}}.', {
      value: f.value('value'),
      distance: f.value('distance'),
      low: f.value('peersMin'),
      high: f.value('peersMax'),
    }),
};

function outsideBand(f: Facts, above: boolean): string {
  const told = {
    value: f.value('value'),
    low: f.value('lower'),
    high: f.value('upper'),
    expected: f.value('expected'),
    score: f.plain('score'),
    count: f.plain('count'),
    of: f.plain('of'),
  };
  return above
    ? t(
        'evidence.aboveBand',
        '{{- value}} is above the band of {{- low}} to {{- high}}, where {{- expected}} was expected: {{- score}} times the distance to its edge; {{- count}} of the last {{- of}} values were outside.',
        told
      )
    : t(
        'evidence.belowBand',
        '{{- value}} is below the band of {{- low}} to {{- high}}, where {{- expected}} was expected: {{- score}} times the distance to its edge; {{- count}} of the last {{- of}} values were outside.',
        told
      );
}

const bandSentences: Readonly<Record<string, Sentence>> = {
  'above-band': (f) => outsideBand(f, true),
  'below-band': (f) => outsideBand(f, false),
  budget: (f) =>
    t(
      'evidence.budget',
      'How far it reached and how unlike their past its values are come to {{- strength}} points. The series is told of from {{- threshold}} on, so that alerts come about as often as they are wanted.',
      { strength: f.plain('strength'), threshold: f.plain('threshold') }
    ),
};

const jobSentences: Readonly<Record<string, Sentence>> = {
  joint: (f) =>
    t(
      'evidence.joint',
      'Together {{- metrics}} metrics are {{- score}} times as far from their usual relation as is normal.',
      {
        metrics: f.plain('metrics'),
        score: f.plain('score'),
      }
    ),
  'joint-blame': (f) =>
    t('evidence.jointBlame', '{{- name}} has {{- share}} of it, at {{- deviation}} of its usual deviations.', {
      name: f.plain('name'),
      share: f.share('share'),
      deviation: f.plain('deviation'),
    }),
  'capacity-crossed': (f) =>
    t('evidence.capacityCrossed', 'It is across the limit now: {{- now}} against {{- limit}}.', {
      now: f.value('now'),
      limit: f.value('limit'),
    }),
  capacity: (f) =>
    t('evidence.capacity', 'At {{- now}} now, it reaches the limit of {{- limit}} about {{- eta}}.', {
      now: f.value('now'),
      limit: f.value('limit'),
      eta: f.time('etaMs'),
    }),
  'capacity-averted': () => t('evidence.capacityAverted', 'The limit will probably not be crossed that soon any more.'),
  'not-watched': () => t('evidence.notWatched', 'The job does not look for this any more.'),
};

const sentences: Readonly<Record<string, Sentence>> = {
  ...levelSentences,
  ...silenceSentences,
  ...peerSentences,
  ...bandSentences,
  ...jobSentences,
};

/** A line of evidence in the reader's language; an unknown code, or one whose facts are missing, in the backend's English. */
export function evidenceText({ code, text, facts = {} }: Evidence, unit?: string): string {
  try {
    return sentences[code]?.(readerOf(facts, unit), facts) ?? text;
  } catch (error) {
    if (error instanceof MissingFact) {
      return text;
    }
    throw error;
  }
}
