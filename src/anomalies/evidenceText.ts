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
      return typeof fact === 'number' ? String(Math.round(fact * 100) / 100) : fact;
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

const sentences: Readonly<Record<string, Sentence>> = { ...levelSentences, ...silenceSentences, ...peerSentences };

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
