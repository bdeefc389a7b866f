import { z } from 'zod';
import { CalendarSpec } from '../contract/calendar.ts';
import { Duration, FilePath, HeaderName, HttpUrl, Listen, Network, Size, Store, meta } from './setting-values.ts';
import { contactEntry } from './contact-schema.ts';
import { EngineEntry } from './engine-schema.ts';
import { WebhookEntry } from './webhook-schema.ts';

const Server = z.strictObject({
  listen: Listen.default('127.0.0.1:9099').meta(
    meta({
      description: 'Address and port to listen on; anything but loopback needs a token',
      env: 'AIOPS_LISTEN',
      shownType: 'address:port',
    })
  ),
  tokenFile: FilePath.optional().meta(
    meta({
      description: 'File with the token that callers send as a bearer token; AIOPS_TOKEN holds the token itself',
      env: 'AIOPS_TOKEN_FILE',
      shownType: 'path',
    })
  ),
  trustedProxies: z
    .array(Network)
    .default([])
    .meta(
      meta({
        description: 'Proxies whose X-Forwarded-For is believed',
        env: 'AIOPS_TRUSTED_PROXIES',
        shownType: 'networks',
      })
    ),
});

const Grafana = z.strictObject({
  url: HttpUrl.meta(
    meta({ description: 'How the backend reaches Grafana', env: 'AIOPS_GRAFANA_URL', shownType: 'URL' })
  ),
  publicUrl: HttpUrl.optional().meta(
    meta({
      description: "How people reach Grafana; must equal its root_url, which signs its users' tokens",
      env: 'AIOPS_GRAFANA_PUBLIC_URL',
      shownType: 'URL',
      shownDefault: '`grafana.url`',
    })
  ),
  tokenFile: FilePath.optional().meta(
    meta({
      description:
        'File with a service account token (Editor): annotations, overlays, alert state; none of these without it',
      env: 'AIOPS_GRAFANA_TOKEN_FILE',
      shownType: 'path',
    })
  ),
  orgs: z
    .array(z.int().min(1))
    .min(1)
    .default([1])
    .meta(
      meta({
        description: 'Organizations whose users may change things',
        env: 'AIOPS_GRAFANA_ORGS',
        shownType: 'whole numbers',
      })
    ),
  changeTags: z
    .array(z.string().min(1).max(100))
    .max(20)
    .default(['deploy', 'deployment'])
    .meta(
      meta({
        description: 'Tags of annotations that tell of a change; a tag such as service:checkout says of what',
        env: 'AIOPS_GRAFANA_CHANGE_TAGS',
      })
    ),
});

const Basic = z.strictObject({
  user: z
    .string()
    .min(1)
    .meta(meta({ description: 'User of basic authentication' })),
  passwordFile: FilePath.meta(meta({ description: 'File with the password', shownType: 'path' })),
});

const Tls = z.strictObject({
  ca: FilePath.optional().meta(meta({ description: 'Certificate authority to trust (PEM)', shownType: 'path' })),
  cert: FilePath.optional().meta(meta({ description: 'Client certificate (PEM)', shownType: 'path' })),
  key: FilePath.optional().meta(meta({ description: 'Key of the client certificate (PEM)', shownType: 'path' })),
  serverName: z
    .string()
    .optional()
    .meta(meta({ description: 'Name to expect in the certificate' })),
  insecureSkipVerify: z
    .boolean()
    .default(false)
    .meta(meta({ description: 'Accept any certificate; for trying out only' })),
});

export const SourceEntry = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, {
      error: 'expected lower-case letters, digits and dashes, such as main',
    })
    .meta(meta({ description: 'Name that jobs use for this source' })),
  kind: z
    .enum(['prometheus', 'mimir', 'thanos'])
    .default('prometheus')
    .meta(meta({ description: 'What answers there' })),
  url: HttpUrl.meta(
    meta({
      description: 'Base of the Prometheus API, without /api/v1; the variable sets it for the first source',
      env: 'AIOPS_SOURCE_URL',
      shownType: 'URL',
    })
  ),
  tenant: z
    .string()
    .regex(/^[A-Za-z0-9!\-_.*'()|]{1,150}$/, { error: "expected a tenant of letters, digits and !-_.*'()|" })
    .optional()
    .meta(meta({ description: 'Tenant of Mimir, sent as X-Scope-OrgID' })),
  bearerTokenFile: FilePath.optional().meta(meta({ description: 'File with a bearer token', shownType: 'path' })),
  basic: Basic.optional().meta(meta({ description: 'Basic authentication' })),
  tls: Tls.optional().meta(meta({ description: 'TLS beyond the defaults' })),
  headers: z
    .record(HeaderName, z.string())
    .default({})
    .meta(meta({ description: 'Headers to add to every request' })),
  timeout: Duration(100, 600_000, '100ms to 10m')
    .default('30s')
    .meta(meta({ description: 'Longest wait for one answer', shownType: 'duration' })),
  delay: Duration(0, 86_400_000, '0s to 1d')
    .default('30s')
    .meta(meta({ description: 'How late data may arrive; what is newer is left alone', shownType: 'duration' })),
});
export type SourceEntry = z.output<typeof SourceEntry>;

/** How to reach a server that results are sent to: the same words as those of a source. */
const connection = {
  bearerTokenFile: SourceEntry.shape.bearerTokenFile,
  basic: SourceEntry.shape.basic,
  tls: SourceEntry.shape.tls,
  headers: SourceEntry.shape.headers,
  timeout: Duration(100, 600_000, '100ms to 10m')
    .default('10s')
    .meta(meta({ description: 'Longest wait for one answer', shownType: 'duration' })),
};

export const WriterEntry = z.strictObject({
  name: SourceEntry.shape.name.meta(meta({ description: 'Name that jobs use for this writer' })),
  url: HttpUrl.meta(
    meta({
      description: 'Address of the remote-write receiver, such as http://prometheus:9090/api/v1/write',
      env: 'AIOPS_WRITER_URL',
      shownType: 'URL',
    })
  ),
  tenant: SourceEntry.shape.tenant,
  dialects: z
    .array(z.enum(['aiops', 'grafana-ml']))
    .min(1)
    .default(['aiops'])
    .meta(
      meta({ description: 'Names of the written series: aiops (yhat, anomaly_score …), grafana-ml (…:predicted)' })
    ),
  horizons: z
    .array(Duration(60_000, 31_536_000_000, '1m to 1y'))
    .max(10)
    .default(['1h', '24h'])
    .meta(
      meta({ description: 'How far ahead the written forecasts look, stamped now', shownType: 'list of duration' })
    ),
  queueSize: Size(1_000_000, '1MB')
    .default('256MB')
    .meta(
      meta({ description: 'Most that waits while the receiver is away; the oldest is given up', shownType: 'size' })
    ),
  ...connection,
});
export type WriterEntry = z.output<typeof WriterEntry>;

export const AlertmanagerEntry = z.strictObject({
  url: HttpUrl.meta(
    meta({
      description: 'Base of one Alertmanager replica, without /api/v2: list every replica, not a balancer',
      env: 'AIOPS_ALERTMANAGER_URL',
      shownType: 'URL',
    })
  ),
  ...connection,
});
export type AlertmanagerEntry = z.output<typeof AlertmanagerEntry>;

const ContactEntry = contactEntry(connection);
export type ContactEntry = z.output<typeof ContactEntry>;

const Limits = z.strictObject({
  seriesPerJob: z
    .int()
    .min(1)
    .max(100_000)
    .default(1000)
    .meta(meta({ description: 'Most series that the query of one job may answer', env: 'AIOPS_SERIES_PER_JOB' })),
  memory: Size(64_000_000, '64MB')
    .default('512MB')
    .meta(meta({ description: 'Memory of one training worker', env: 'AIOPS_MEMORY', shownType: 'size' })),
  workers: z
    .int()
    .min(1)
    .max(256)
    .optional()
    .meta(meta({ description: 'Trainings at once', env: 'AIOPS_WORKERS', shownDefault: 'number of CPUs' })),
  answerSize: Size(1_000_000, '1MB')
    .default('256MB')
    .meta(meta({ description: 'Largest answer of a source', env: 'AIOPS_ANSWER_SIZE', shownType: 'size' })),
  fitTimeout: Duration(1000, 3_600_000, '1s to 1h')
    .default('60s')
    .meta(meta({ description: 'Longest training of one series', env: 'AIOPS_FIT_TIMEOUT', shownType: 'duration' })),
});

const Telemetry = z.strictObject({
  otlpEndpoint: HttpUrl.optional().meta(
    meta({
      description: 'OpenTelemetry collector for traces (OTLP over HTTP); no traces when left out',
      env: 'AIOPS_OTLP_ENDPOINT',
      shownType: 'URL',
    })
  ),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error'])
    .default('info')
    .meta(meta({ description: 'Least important log line to write', env: 'AIOPS_LOG_LEVEL' })),
});

const Remediation = z.strictObject({
  onKill: z
    .enum(['finish', 'cancel'])
    .default('finish')
    .meta(
      meta({
        description:
          'What a global kill switch does to runs that are at work: let them finish, or end them (effect unknown)',
        env: 'AIOPS_ON_KILL',
      })
    ),
  targetsPerHour: z
    .int()
    .min(1)
    .max(10_000)
    .default(10)
    .meta(meta({ description: 'Most targets of all groups that are acted on within an hour' })),
  runsAtOnce: z
    .int()
    .min(1)
    .max(100)
    .default(5)
    .meta(meta({ description: 'Most runs of all policies at once' })),
});

/** The file aiops.yaml. */
export const SettingsFile = z.strictObject({
  server: Server.prefault({}).meta(meta({ description: 'Where the backend listens and who may call' })),
  grafana: Grafana.optional().meta(
    meta({ description: 'The Grafana whose users may change things; without it nothing can be changed over the API' })
  ),
  store: Store.default('sqlite:data/aiops.db').meta(
    meta({
      description: 'Where jobs and forecasts are kept; a relative path starts at the working directory',
      env: 'AIOPS_STORE',
      shownType: 'sqlite:path',
    })
  ),
  sources: z
    .array(SourceEntry)
    .min(1)
    .max(100)
    .meta(meta({ description: 'Where metrics are read from; the first is the default of jobs' })),
  writers: z
    .array(WriterEntry)
    .max(20)
    .default([])
    .meta(meta({ description: 'Where results are remote-written; the first is the default of jobs' })),
  alertmanagers: z
    .array(AlertmanagerEntry)
    .max(20)
    .default([])
    .meta(meta({ description: 'Every Alertmanager replica that is told of anomalies' })),
  webhooks: z
    .array(WebhookEntry)
    .max(50)
    .default([])
    .meta(meta({ description: 'Where alerts are taken in for remediation; none when left out' })),
  engines: z
    .array(EngineEntry)
    .max(20)
    .default([])
    .meta(meta({ description: 'What carries actions out; the first is the default of policies' })),
  contacts: z
    .array(ContactEntry)
    .max(50)
    .default([])
    .meta(
      meta({ description: 'Who hears when a person is needed, in the order in which they stand in for each other' })
    ),
  calendars: z
    .array(CalendarSpec)
    .max(100)
    .default([])
    .meta(meta({ description: 'Holidays and maintenance that jobs can name' })),
  remediation: Remediation.prefault({}).meta(meta({ description: 'How remediation behaves' })),
  limits: Limits.prefault({}).meta(meta({ description: 'How much may be used' })),
  telemetry: Telemetry.prefault({}).meta(meta({ description: 'What the backend tells about itself' })),
});
export type SettingsFile = z.output<typeof SettingsFile>;
