import { z } from 'zod';
import { AppError, type ErrorCode } from '../errors.ts';
import type { GrafanaCall, GrafanaReply } from './grafana-call.ts';

const Said = z.object({ message: z.string() });

/** What a JSON answer of Grafana's says in its own words; empty when it says nothing. */
export function saidBy(reply: Pick<GrafanaReply, 'json'>): string {
  const parsed = Said.safeParse(reply.json);
  return parsed.success ? parsed.data.message.slice(0, 300) : '';
}

/** The error for a status of 300 and above; a 403 names the right that the service account lacks. */
export function refusalOf(reply: GrafanaReply, call: GrafanaCall, where: string): AppError {
  const { status, retryAfterMs } = reply;
  const said = saidBy(reply);
  const quoted = said === '' ? '' : ` "${said}"`;
  const context = { status, retryAfterMs };
  if (status === 403) {
    const message = `${where}: ${missingRight(said)}; give the service account the role Editor, or a new token of one that has it`;
    return new AppError('source_unauthorized', message, { context });
  }
  const message = `${where}: ${call.method} /${call.path} was answered ${status}${quoted}${nextStep(status)}`;
  return new AppError(codeOf(status), message, { context });
}

function missingRight(said: string): string {
  const needed = /Permissions needed: (.+)$/.exec(said)?.[1];
  return needed === undefined
    ? `it refuses the service account (403${said === '' ? '' : ` "${said}"`})`
    : `the service account lacks the right ${needed}`;
}

function codeOf(status: number): ErrorCode {
  if (status === 404) {
    return 'source_not_found';
  }
  if (status === 409 || status === 412) {
    return 'conflict';
  }
  return status >= 500 || status === 429 ? 'source_unavailable' : 'source_query_rejected';
}

function nextStep(status: number): string {
  if (status === 429 || status >= 500) {
    return '; it is tried again later';
  }
  return status === 404 ? '; check grafana.url, its sub-path included' : '';
}

/** The error for a token that Grafana does not know. */
export function tokenRefused(where: string, tokenFile: string): AppError {
  const message =
    `${where}: it does not accept the token in ${tokenFile} (401); ` +
    'write a valid service account token of this Grafana into that file';
  return new AppError('source_unauthorized', message);
}

interface OtherAnswer {
  readonly where: string;
  readonly call: GrafanaCall;
  readonly status: number;
  /** The beginning of the body. */
  readonly said: string;
  /** Where a redirect leads to; empty when it is none. */
  readonly location: string;
}

/** The error for an answer that is no JSON: a login page, a proxy's error page, another server. */
export function notGrafana({ where, call, status, said, location }: OtherAnswer): AppError {
  const request = `${call.method} /${call.path}`;
  if (status >= 300 && status < 400) {
    const message = `${where}: ${request} was sent on to ${location}; set grafana.url to where the API answers, with its sub-path and scheme`;
    return new AppError('source_not_found', message);
  }
  const text = said === '' ? 'nothing' : `"${said}"`;
  if (status >= 500) {
    return new AppError(
      'source_unavailable',
      `${where}: ${request} was answered ${status} ${text}; it is tried again later`
    );
  }
  const cause = /<(!doctype|html)/i.test(said)
    ? 'a web page instead of JSON: a login page or another server answers there'
    : `${text} instead of JSON (status ${status})`;
  return new AppError('source_not_found', `${where}: ${request} was answered ${cause}; check grafana.url`);
}
