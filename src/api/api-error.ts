import { t } from '@grafana/i18n';
import type { FetchError } from '@grafana/runtime';
import { Problem } from '../../backend/src/contract/index.ts';

/** One kind for each thing a person would do differently. */
export type ApiErrorKind =
  | 'not-enabled'
  | 'unreachable'
  | 'token'
  | 'role'
  | 'missing'
  | 'refused'
  | 'busy'
  | 'timeout'
  | 'protocol'
  | 'cancelled'
  | 'internal';

export interface ApiErrorFacts {
  readonly status?: number;
  /** The backend's stable code, when the answer came from the backend. */
  readonly code?: string;
  /** The backend's or Grafana's own sentence. */
  readonly detail?: string;
  readonly issues?: NonNullable<Problem['issues']>;
  readonly cause?: unknown;
}

/** A call that did not give what was asked for. */
export class ApiError extends Error {
  readonly kind: ApiErrorKind;
  readonly facts: ApiErrorFacts;

  constructor(kind: ApiErrorKind, facts: ApiErrorFacts = {}) {
    super(facts.detail ?? kind, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'ApiError';
    this.kind = kind;
    this.facts = facts;
  }
}

/** Tells the backend's problem+json from what Grafana's proxy says itself. */
export function fromFetchError(error: FetchError<unknown>): ApiError {
  if (error.cancelled === true) {
    return new ApiError('cancelled');
  }
  const problem = Problem.safeParse(error.data);
  if (problem.success) {
    const { code, detail, issues } = problem.data;
    return new ApiError(kindOfProblem(error.status), {
      status: error.status,
      code,
      detail,
      ...(issues === undefined ? {} : { issues }),
    });
  }
  return new ApiError(kindOfProxyStatus(error.status), { status: error.status, detail: proxyMessage(error.data) });
}

function kindOfProblem(status: number): ApiErrorKind {
  switch (status) {
    case 401:
      return 'token';
    case 403:
      return 'role';
    case 404:
      return 'missing';
    case 429:
    case 503:
      return 'busy';
    case 504:
      return 'timeout';
    default:
      return status === 500 ? 'internal' : 'refused';
  }
}

/** Recorded from Grafana 12.3: 404 not enabled in this organization, 500 enabled without settings, 502 nothing answers. */
function kindOfProxyStatus(status: number): ApiErrorKind {
  switch (status) {
    case 404:
      return 'not-enabled';
    case 401:
    case 403:
      return 'role';
    case 500:
      return 'not-enabled';
    case 504:
      return 'timeout';
    default:
      return 'unreachable';
  }
}

function proxyMessage(data: unknown): string {
  const message: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, 'message') : data;
  return typeof message === 'string' ? message.slice(0, 300) : '';
}

/** What happened and what to do, for a person. */
export function explain(error: unknown): { readonly title: string; readonly text: string } {
  if (!(error instanceof ApiError)) {
    return {
      title: t('error.internal.title', 'Something went wrong'),
      text: error instanceof Error ? error.message : String(error),
    };
  }
  return explainKind(error.kind, error.facts.detail ?? '');
}

// eslint-disable-next-line max-lines-per-function -- one text for each kind
function explainKind(kind: ApiErrorKind, detail: string): { readonly title: string; readonly text: string } {
  switch (kind) {
    case 'not-enabled':
      return {
        title: t('error.notEnabled.title', 'AIOps is not set up in this organization'),
        text: t(
          'error.notEnabled.text',
          'Grafana has no saved settings for the app here. An administrator can enable it and save its settings under Administration, Plugins, AIOps.'
        ),
      };
    case 'unreachable':
      return {
        title: t('error.unreachable.title', 'The AIOps backend does not answer'),
        text: t(
          'error.unreachable.text',
          'Grafana could not reach it. Check that the backend runs and that its URL in the AIOps settings is right as seen from Grafana.'
        ),
      };
    case 'token':
      return {
        title: t('error.token.title', 'The backend refused the token'),
        text: t(
          'error.token.text',
          'The token in the AIOps settings differs from the one that the backend was started with. Enter the same value on both sides.'
        ),
      };
    case 'role':
      return {
        title: t('error.role.title', 'Your role does not allow this'),
        text:
          detail === ''
            ? t('error.role.text', 'Ask an administrator of this organization for the role that it needs.')
            : detail,
      };
    case 'missing':
      return { title: t('error.missing.title', 'Not found'), text: detail };
    case 'busy':
      return {
        title: t('error.busy.title', 'The backend is busy'),
        text: detail === '' ? t('error.busy.text', 'Try again in a few seconds.') : detail,
      };
    case 'timeout':
      return {
        title: t('error.timeout.title', 'It took too long'),
        text: detail === '' ? t('error.timeout.text', 'Try a shorter training window or a larger step.') : detail,
      };
    case 'protocol':
      return {
        title: t('error.protocol.title', 'The backend answered in an unknown form'),
        text: t(
          'error.protocol.text',
          'Plugin and backend are probably of different versions: bring both to the same one. ({{- detail}})',
          { detail }
        ),
      };
    case 'cancelled':
      return { title: t('error.cancelled.title', 'Cancelled'), text: '' };
    case 'refused':
      return { title: t('error.refused.title', 'The backend refused this'), text: detail };
    case 'internal':
      return { title: t('error.internal.title', 'Something went wrong'), text: detail };
  }
}
