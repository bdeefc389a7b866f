import { pino, type DestinationStream, type Logger } from 'pino';

const secretKeys = [
  'authorization',
  'Authorization',
  '"x-grafana-id"',
  '"X-Grafana-Id"',
  'cookie',
  '"set-cookie"',
  'token',
  'bearerToken',
  'password',
  'secret',
] as const;

/** A secret as a field itself, and up to two objects deep: as far as log lines of ours nest. */
function secretPaths(): string[] {
  const bracketed = (key: string) => (key.startsWith('"') ? `[${key}]` : `.${key}`);
  return secretKeys.flatMap((key) => [
    key.startsWith('"') ? `[${key}]` : key,
    `*${bracketed(key)}`,
    `*.*${bracketed(key)}`,
  ]);
}

export interface LoggerOptions {
  readonly level?: string;
  /** Standard output when left out. */
  readonly destination?: DestinationStream;
}

/** JSON lines with RFC 3339 times; secrets that end up in a field are replaced. */
export function createLogger(options: LoggerOptions = {}): Logger {
  const settings = {
    level: options.level ?? 'info',
    base: { service: 'aiops' },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: secretPaths(), censor: '[secret]' },
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
}
