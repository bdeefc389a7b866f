import type { Request } from 'express';
import { parseDurationMs } from '../contract/duration.ts';
import { PromqlError } from './promql/promql-error.ts';
import type { Grid } from './promql/evaluation.ts';

const maxPointsPerSeries = 11_000;
const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
/** The farthest instants a JavaScript date can hold. */
const maxInstantMs = 8.64e15;

/** Parameters of the address and of a form body, which comes first. */
export function readParams(request: Request): URLSearchParams {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries((request.body ?? {}) as Record<string, unknown>)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      params.append(name, String(one));
    }
  }
  for (const [name, value] of new URL(request.originalUrl, 'http://own').searchParams) {
    params.append(name, value);
  }
  return params;
}

function refuse(name: string, problem: string): PromqlError {
  return new PromqlError('bad_data', `invalid parameter "${name}": ${problem}`);
}

/** @throws PromqlError `bad_data` when the parameter is missing or empty */
export function requiredText(params: URLSearchParams, name: string): string {
  const text = params.get(name) ?? '';
  if (text.trim() === '') {
    throw refuse(
      name,
      name === 'query' ? 'an expression is expected, such as yhat{for="checkout-latency"}' : 'it is missing'
    );
  }
  return text;
}

/**
 * An instant in unix seconds (with fraction) or RFC 3339, as epoch milliseconds.
 * @throws PromqlError `bad_data` when it is neither
 */
export function instantParamMs(params: URLSearchParams, name: string): number | undefined {
  const text = params.get(name);
  if (text === null || text === '') {
    return undefined;
  }
  const ms = rfc3339.test(text) ? Date.parse(text) : Math.round(Number(text) * 1000);
  if (text.trim() === '' || !(Math.abs(ms) <= maxInstantMs)) {
    throw refuse(
      name,
      `${JSON.stringify(text)} is not a time in unix seconds or RFC 3339, such as 2026-01-31T12:00:00Z`
    );
  }
  return ms;
}

/**
 * A count above zero; 0 and nothing mean no limit.
 * @throws PromqlError `bad_data` when it is not a whole number
 */
export function limitParam(params: URLSearchParams): number {
  const text = params.get('limit') ?? '0';
  const limit = Number(text);
  if (text.trim() === '' || !Number.isInteger(limit) || limit < 0) {
    throw refuse('limit', `${JSON.stringify(text)} is not a whole number of results`);
  }
  return limit === 0 ? Infinity : limit;
}

/** Seconds or a duration such as `1m`, as milliseconds. */
function spanParamMs(params: URLSearchParams, name: string): number | undefined {
  const text = params.get(name);
  if (text === null || text === '') {
    return undefined;
  }
  const seconds = Number(text);
  const ms = Number.isNaN(seconds) ? parseDurationMs(text) : Math.round(seconds * 1000);
  if (ms === undefined || !(ms > 0) || ms > maxInstantMs) {
    throw refuse(name, `${JSON.stringify(text)} is not a span above zero, such as 60 (seconds) or 1m`);
  }
  return ms;
}

/** How long the caller is ready to wait, at most `mostMs`. */
export function timeoutMs(params: URLSearchParams, mostMs: number): number {
  return Math.min(spanParamMs(params, 'timeout') ?? mostMs, mostMs);
}

/**
 * `start`, `end` and `step` of a range query.
 * @throws PromqlError `bad_data` when one is missing or wrong, or when that are more than 11,000 points a series
 */
export function gridParams(params: URLSearchParams): Grid {
  const startMs = requiredInstant(params, 'start');
  const endMs = requiredInstant(params, 'end');
  requiredText(params, 'step');
  const stepMs = spanParamMs(params, 'step') ?? 0;
  if (endMs < startMs) {
    throw refuse('end', 'it is before start');
  }
  const count = Math.floor((endMs - startMs) / stepMs) + 1;
  if (count - 1 > maxPointsPerSeries) {
    throw new PromqlError(
      'bad_data',
      `the query asks for ${count} points a series; at most 11,000 are answered: take a step of at least ${Math.ceil((endMs - startMs) / maxPointsPerSeries / 1000)} s`
    );
  }
  return { startMs, stepMs, count };
}

function requiredInstant(params: URLSearchParams, name: string): number {
  requiredText(params, name);
  return instantParamMs(params, name) ?? 0;
}
