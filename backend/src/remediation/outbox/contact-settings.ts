import type { CredentialSettings } from '../../datasources/source-credentials.ts';

interface Reached extends CredentialSettings {
  readonly name: string;
  /** Deadline of one attempt. */
  readonly timeoutMs: number;
}

export interface HttpContactSettings extends Reached {
  /** `webhook`: a small JSON of our own; `alertmanager`: an alert. */
  readonly kind: 'webhook' | 'alertmanager';
  /** http(s) URL without a slash at the end; of Alertmanager the base, without /api/v2. */
  readonly url: string;
}

export interface MailContactSettings extends Reached {
  readonly kind: 'email';
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte on (`smtps:`); else STARTTLS when the server offers it, and always before a password. */
  readonly secure: boolean;
  readonly from: string;
  readonly to: readonly string[];
}

/** Someone who must hear: how to reach them, secrets as absolute paths, read again when they change. */
export type ContactSettings = HttpContactSettings | MailContactSettings;
