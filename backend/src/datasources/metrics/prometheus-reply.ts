import { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { Samples } from '../../timeseries/resample.ts';
import type { Labels } from '../../timeseries/series.ts';
import type { HttpSource, SourceReply } from '../http-source.ts';
import type { Flavour } from './flavours.ts';
import { parseSampleValue, readSamples, type CutAnswer } from './matrix-text.ts';
import type { InstantAnswer } from './metric-store.ts';

/** The outside of every answer of the Prometheus HTTP API. */
const Envelope = z.union([
  z.object({
    status: z.literal('success'),
    data: z.unknown(),
    warnings: z.array(z.string()).nullish(),
    infos: z.array(z.string()).nullish(),
  }),
  z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() }),
]);

const LabelMap = z.record(z.string(), z.string());
const Sample = z.tuple([z.number(), z.string()]);
const MatrixData = z.object({
  resultType: z.literal('matrix'),
  // What `cutSamples` left: a number in place of the samples, or an empty list.
  result: z.array(z.object({ metric: LabelMap, values: z.union([z.number(), z.tuple([])]).optional() })),
});
const InstantData = z.discriminatedUnion('resultType', [
  z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric: LabelMap, value: Sample.optional() })),
  }),
  z.object({ resultType: z.literal('scalar'), result: Sample }),
]);

/** A series of an answer whose samples are still text. */
export interface UnreadSeries {
  readonly labels: Labels;
  /**
   * Ascending instants, values that may be NaN or infinite.
   * @throws AppError `source_not_prometheus` for samples that Prometheus would not write
   */
  readonly read: () => Samples;
}

const noSamples: Samples = { timestampsMs: [], values: [] };

export interface ReplyData {
  readonly data: unknown;
  readonly warnings: readonly string[];
}

function refuse(reply: SourceReply, http: HttpSource, flavour: Flavour): never {
  const { status, location } = reply;
  const start = http.credentials.redact(reply.body.slice(0, 200).replace(/\s+/g, ' ').trim());
  if (status === 401 || status === 403) {
    const said = start === '' || start.startsWith('<') ? '' : ` (it says: ${start})`;
    const message = `${http.where}: access was refused with ${status}${said}; ${flavour.unauthorizedHint}`;
    throw new AppError('source_unauthorized', message);
  }
  if (status === 404) {
    throw new AppError(
      'source_not_found',
      `${http.where}: there is no Prometheus API under this url (404); ${flavour.notFoundHint}`
    );
  }
  if (status >= 300 && status < 400) {
    const message = `${http.where}: it redirects to ${location}, and redirects are not followed; it may be a login page: give the address of the API itself and its credentials`;
    throw new AppError('source_not_prometheus', message);
  }
  if (/HTTP request to an HTTPS server/i.test(reply.body)) {
    throw new AppError('source_tls', `${http.where}: it speaks TLS on this port; use https:// in the url`);
  }
  const what = /^\s*</.test(reply.body) ? 'an HTML page' : `${reply.contentType || 'an unknown content type'}`;
  const message = `${http.where}: it answered ${status} with ${what} instead of the Prometheus API; is the url that of a proxy, a login page or another product?`;
  throw new AppError('source_not_prometheus', message);
}

function parseEnvelope(json: string): z.infer<typeof Envelope> | undefined {
  try {
    return Envelope.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

/**
 * The data of an answer, and what the server warns of.
 * @param json what to parse when it is not the whole body: what `cutSamples` left of it
 * @throws AppError `source_query_rejected` with the server's own words, or what the answer is instead of Prometheus'
 */
export function readReply(reply: SourceReply, http: HttpSource, flavour: Flavour, json = reply.body): ReplyData {
  const envelope = parseEnvelope(json);
  if (envelope === undefined || reply.status === 401 || reply.status === 403) {
    return refuse(reply, http, flavour);
  }
  if (envelope.status === 'success') {
    return { data: envelope.data, warnings: [...(envelope.warnings ?? []), ...(envelope.infos ?? [])] };
  }
  const said = http.credentials.redact(envelope.error);
  const { errorType } = envelope;
  if (errorType === 'timeout' || errorType === 'canceled') {
    throw new AppError('source_timeout', `${http.where}: the query took too long there: ${said}; narrow it`);
  }
  if (['unavailable', 'internal', 'too_many_requests'].includes(errorType) || reply.status === 429) {
    throw new AppError('source_unavailable', `${http.where}: ${said}; try again later`);
  }
  throw new AppError('source_query_rejected', `${http.where} refused the query: ${said}`, { context: { errorType } });
}

function unknownShape(http: HttpSource): AppError {
  const message = `${http.where}: the answer has a shape that the Prometheus API does not have; is it another product?`;
  return new AppError('source_not_prometheus', message);
}

/** Series of a range answer, not read yet; native histograms have no single value and are counted in `histograms`. */
export function readMatrix(
  data: unknown,
  samples: CutAnswer['samples'],
  http: HttpSource
): { series: UnreadSeries[]; histograms: number } {
  const parsed = MatrixData.safeParse(data);
  if (!parsed.success) {
    throw unknownShape(http);
  }
  const floats = parsed.data.result.filter(({ values }) => values !== undefined);
  const read = (values: unknown): Samples => {
    const text = samples[Number(values)];
    const found = text === undefined ? noSamples : readSamples(text);
    if (found === undefined) {
      throw unknownShape(http);
    }
    return found;
  };
  return {
    series: floats.map(({ metric, values }) => ({ labels: metric, read: () => read(values) })),
    histograms: parsed.data.result.length - floats.length,
  };
}

/** Samples of an instant answer: a vector, or a scalar as one sample without labels. */
export function readInstant(data: unknown, http: HttpSource): InstantAnswer['samples'] {
  const parsed = InstantData.safeParse(data);
  if (!parsed.success) {
    throw unknownShape(http);
  }
  const { result, resultType } = parsed.data;
  const rows = resultType === 'scalar' ? [{ metric: {}, value: result }] : result;
  return rows.flatMap(({ metric, value }) =>
    value === undefined
      ? []
      : [{ labels: metric, timestampMs: Math.round(value[0] * 1_000), value: parseSampleValue(value[1]) }]
  );
}
