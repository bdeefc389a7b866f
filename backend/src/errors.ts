/**
 * Every error a caller can act on. `code` is stable (it is the `code` of the problem+json answer and
 * appears in docs), `message` is written for a person and names the cause and the next step.
 */
const errorTable = {
  // what the caller sent
  invalid_request: { httpStatus: 400, retryable: false },
  invalid_path: { httpStatus: 400, retryable: false },
  unauthorized: { httpStatus: 401, retryable: false },
  signed_user_required: { httpStatus: 403, retryable: false },
  forbidden: { httpStatus: 403, retryable: false },
  grant_mismatch: { httpStatus: 403, retryable: false },
  not_found: { httpStatus: 404, retryable: false },
  method_not_allowed: { httpStatus: 405, retryable: false },
  conflict: { httpStatus: 409, retryable: false },
  read_only: { httpStatus: 409, retryable: false },
  body_too_large: { httpStatus: 413, retryable: false },
  unsupported_media_type: { httpStatus: 415, retryable: false },
  too_many_series: { httpStatus: 422, retryable: false },
  no_series: { httpStatus: 422, retryable: false },
  series_too_young: { httpStatus: 422, retryable: true },
  not_forecastable: { httpStatus: 422, retryable: false },
  rate_limited: { httpStatus: 429, retryable: true },
  // the world around us
  source_dns: { httpStatus: 502, retryable: true },
  source_refused: { httpStatus: 502, retryable: true },
  source_tls: { httpStatus: 502, retryable: false },
  source_unauthorized: { httpStatus: 502, retryable: false },
  source_not_found: { httpStatus: 502, retryable: false },
  source_not_prometheus: { httpStatus: 502, retryable: false },
  source_too_large: { httpStatus: 502, retryable: false },
  source_query_rejected: { httpStatus: 422, retryable: false },
  source_unavailable: { httpStatus: 502, retryable: true },
  source_timeout: { httpStatus: 504, retryable: true },
  engine_unavailable: { httpStatus: 502, retryable: true },
  // ourselves
  config_invalid: { httpStatus: 500, retryable: false },
  store_unusable: { httpStatus: 500, retryable: false },
  port_in_use: { httpStatus: 500, retryable: false },
  fit_failed: { httpStatus: 500, retryable: false },
  fit_timeout: { httpStatus: 504, retryable: true },
  deadline_exceeded: { httpStatus: 504, retryable: true },
  busy: { httpStatus: 503, retryable: true },
  internal: { httpStatus: 500, retryable: false },
} as const satisfies Record<string, { httpStatus: number; retryable: boolean }>;

export type ErrorCode = keyof typeof errorTable;

/** All codes, for the OpenAPI document and its reference page. */
export const errorCodes = Object.keys(errorTable) as readonly ErrorCode[];

export interface ErrorOptions {
  readonly cause?: unknown;
  /** Facts for logs and for the answer: never secrets. */
  readonly context?: Readonly<Record<string, unknown>>;
}

/** An error that someone can act on; anything else that is thrown is a defect of ours. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly context: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.context = options.context ?? {};
  }

  get httpStatus(): number {
    return errorTable[this.code].httpStatus;
  }

  get retryable(): boolean {
    return errorTable[this.code].retryable;
  }
}

/** The text of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
