/** The error types of the Prometheus HTTP API. */
export type PromqlErrorType = 'bad_data' | 'execution' | 'timeout' | 'unavailable' | 'not_found' | 'internal';

/**
 * An error as the Prometheus HTTP API answers it. Grafana shows `message` in full, under the query and on the
 * panel, so it names the cause and what to do.
 * @see https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview
 */
export class PromqlError extends Error {
  readonly errorType: PromqlErrorType;

  constructor(errorType: PromqlErrorType, message: string) {
    super(message);
    this.name = 'PromqlError';
    this.errorType = errorType;
  }
}
