/** An engine of kind webhook, with absolute paths. */
export interface WebhookEngineSettings {
  readonly name: string;
  readonly kind: 'webhook';
  /** Runs at once; others wait. */
  readonly atMost: number;
  /** http(s) URL that paths of actions are added to, without a slash at the end. */
  readonly url: string;
  /** Folder with `NAME.manifest.yaml`. */
  readonly actions: string;
  /** Hosts of each group that actions may be about. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly bearerTokenFile: string | undefined;
  /** Longest wait for one answer. */
  readonly timeoutMs: number;
}
