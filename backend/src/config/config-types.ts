import type { GlobalLimits } from '../remediation/guardrails/decision-input.ts';
import type { CalendarSpec } from '../contract/calendar.ts';
import type { EngineSettings } from '../remediation/engines/engine-settings.ts';
import type { ContactSettings } from '../remediation/outbox/contact-settings.ts';
import type { ProvisionedPolicy } from '../remediation/policies/provisioned-policy.ts';
import type { SourceSettings } from '../datasources/source-settings.ts';
import type { ProvisionedJob } from '../jobs/provisioned-job.ts';

/** What the backend listens on, and who may call. */
export interface ServerConfig {
  /** Name or address without brackets. */
  readonly host: string;
  readonly port: number;
  /** The shared token of the Grafana plugin; undefined on loopback only. Hidden from JSON and logs. */
  readonly token: string | undefined;
  /** CIDR ranges of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
}

export interface GrafanaConfig {
  /** How the backend reaches Grafana, with a slash at the end. */
  readonly url: string;
  /** Grafana's root_url with a slash at the end: the `iss` of its ID tokens. */
  readonly publicUrl: string;
  readonly orgs: readonly number[];
  /** File with a service account token; read again with each use. Undefined: nothing is written to Grafana. */
  readonly tokenFile: string | undefined;
  /** Annotations with one of these tags are changes. */
  readonly changeTags: readonly string[];
}

/** A server that results are sent to, with its credentials as paths. */
export interface ConnectionSettings {
  readonly url: string;
  readonly bearerTokenFile: string | undefined;
  readonly basic: SourceSettings['basic'];
  readonly tls: SourceSettings['tls'];
  /** Hidden from JSON and logs. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export interface WriterSettings extends ConnectionSettings {
  readonly name: string;
  readonly tenant: string | undefined;
  readonly dialects: ReadonlyArray<'aiops' | 'grafana-ml'>;
  readonly horizonsMs: readonly number[];
  readonly queueBytes: number;
}

export type AlertmanagerSettings = ConnectionSettings;

/** Where alerts are taken in; secrets as absolute paths, read again when they change. */
export interface WebhookSettings {
  readonly name: string;
  readonly kind: 'alertmanager' | 'grafana' | 'generic';
  readonly bearerTokenFile: string | undefined;
  readonly basic: SourceSettings['basic'];
  readonly hmacSecretFile: string | undefined;
  readonly signatureHeader: string;
  readonly timestampHeader: string | undefined;
  readonly tenant: string;
  /** Undefined: that of the newest message. */
  readonly receiver: string | undefined;
  readonly leaseMs: number;
  readonly maxBodyBytes: number;
}

export interface StoreConfig {
  readonly kind: 'sqlite';
  /** Path of the database file. */
  readonly file: string;
}

export interface LimitsConfig {
  readonly seriesPerJob: number;
  /** Memory of one training worker. */
  readonly workerMemoryBytes: number;
  readonly workers: number;
  readonly fitTimeoutMs: number;
}

export interface RemediationConfig {
  /** Whether a global kill switch also ends what runs already. */
  readonly killRunning: boolean;
  readonly limits: GlobalLimits;
}

export interface TelemetryConfig {
  /** Undefined: no traces. */
  readonly otlpEndpoint: string | undefined;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

/** Everything that can be set, checked, in units, frozen. */
export interface Config {
  /** The file it was read from. */
  readonly file: string;
  readonly server: ServerConfig;
  /** Undefined: no signed user can be checked, so nothing can be changed by Grafana's users. */
  readonly grafana: GrafanaConfig | undefined;
  readonly store: StoreConfig;
  /** At least one; the first is the default of jobs. */
  readonly sources: readonly SourceSettings[];
  /** The first is the default of jobs. */
  readonly writers: readonly WriterSettings[];
  /** Every replica. */
  readonly alertmanagers: readonly AlertmanagerSettings[];
  /** Where alerts are taken in for remediation. */
  readonly webhooks: readonly WebhookSettings[];
  /** The first is the default of policies. */
  readonly engines: readonly EngineSettings[];
  /** In the order in which they stand in for each other. */
  readonly contacts: readonly ContactSettings[];
  /** Those of aiops.yaml, with absolute paths of their files. */
  readonly calendars: readonly CalendarSpec[];
  readonly remediation: RemediationConfig;
  readonly limits: LimitsConfig;
  readonly telemetry: TelemetryConfig;
  readonly jobs: readonly ProvisionedJob[];
  /** Those of the files; what they name was looked up. */
  readonly policies: readonly ProvisionedPolicy[];
}
