export interface GrafanaCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base, without a slash in front: `api/annotations`. Parts that come from elsewhere are encoded already. */
  readonly path: string;
  /** Pairs, since a name such as `tags` may come more than once. */
  readonly query?: ReadonlyArray<readonly [string, string]>;
  readonly body?: unknown;
}

export interface GrafanaReply {
  readonly status: number;
  /** Parsed JSON; undefined for an empty answer. */
  readonly json: unknown;
  /** How long Grafana asks to wait; 0 when it does not. */
  readonly retryAfterMs: number;
}
