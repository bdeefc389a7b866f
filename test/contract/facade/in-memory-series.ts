import type { Matcher, OwnSeries, OwnSeriesStore } from '../../../backend/src/facade/own-series.ts';

/** An own-series store over series held in memory, with the matching rules that the port asks for. */
export function inMemorySeries(series: readonly OwnSeries[]): OwnSeriesStore {
  const matching = (matchers: readonly Matcher[]): OwnSeries[] =>
    series.filter(({ labels }) => matchers.every((matcher) => matcher.matches(labels[matcher.name] ?? '')));
  return {
    select: async (matchers) => ({ series: matching(matchers), infos: [], warnings: [] }),
    labelSets: async (matchers) => matching(matchers).map(({ labels }) => labels),
    metadata: async () =>
      [...new Set(series.map(({ labels }) => labels['__name__'] ?? ''))].map((metric) => ({
        metric,
        type: 'gauge',
        help: '',
        unit: '',
      })),
  };
}
