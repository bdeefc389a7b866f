/** One metric source as the configuration resolved it: units in names, paths absolute, secrets only as files. */
export interface SourceSettings {
  readonly name: string;
  readonly kind: 'prometheus' | 'mimir' | 'thanos';
  /** http(s) URL that `/api/v1/…` is appended to, without a slash at the end and without credentials. */
  readonly url: string;
  /** Mimir's tenant, or several joined by `|`: sent as X-Scope-OrgID. */
  readonly tenant?: string | undefined;
  /** Read again when it changes. */
  readonly bearerTokenFile?: string | undefined;
  readonly basic?: { readonly user: string; readonly passwordFile: string } | undefined;
  readonly tls?: SourceTls | undefined;
  /** Sent with every request; their values are treated as secrets. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Total deadline of one question, retries included. */
  readonly timeoutMs: number;
  /** Samples younger than this may still change. */
  readonly delayMs: number;
  /** Largest answer read, after decompression. */
  readonly maxBytes: number;
}

export interface SourceTls {
  /** PEM bundle that signs the server's certificate. */
  readonly caFile?: string | undefined;
  /** Client certificate (mutual TLS) and its key. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Name expected in the server's certificate when it differs from the URL's host. */
  readonly serverName?: string | undefined;
  readonly insecureSkipVerify?: boolean | undefined;
}
