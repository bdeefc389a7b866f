import type { ErrorCode } from '../../errors.ts';

/** What can go wrong when a route asks a source. */
export const sourceErrors = [
  'source_dns',
  'source_refused',
  'source_tls',
  'source_unauthorized',
  'source_not_found',
  'source_not_prometheus',
  'source_too_large',
  'source_query_rejected',
  'source_unavailable',
  'source_timeout',
  'no_series',
  'too_many_series',
] as const satisfies readonly ErrorCode[];

/** A job is a few hundred bytes; room for long queries. */
export const jsonLimitBytes = 1_048_576;
/** A verdict, a change, a panel. */
export const smallLimitBytes = 65_536;
/** 200,000 samples of a preview take some 8 MB of JSON. */
export const previewLimitBytes = 20 * 1_048_576;

export const readDeadlineMs = 15_000;
/** Asks a source once: its own deadline is 30 s by default. */
export const sourceDeadlineMs = 60_000;
export const previewDeadlineMs = 120_000;
