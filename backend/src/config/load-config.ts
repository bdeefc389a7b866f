import { accessSync, constants, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseDurationMs } from '../contract/duration.ts';
import { messageOf } from '../errors.ts';
import { calendarFaults } from './calendar-faults.ts';
import { checkSchema } from './check-schema.ts';
import type { Config, GrafanaConfig, LimitsConfig } from './config-types.ts';
import { misspeltVariables, withOverrides, type Environment } from './environment.ts';
import { readJobFiles } from './job-files.ts';
import { policyNames, readPolicyFiles } from './policy-files.ts';
import { configError, type ConfigProblem } from './problems.ts';
import { resolveContact } from './resolve-contact.ts';
import { engineFaults, resolveEngine } from './resolve-engine.ts';
import { resolveServer } from './resolve-server.ts';
import { resolveAlertmanager, resolveSource, resolveWebhook, resolveWriter } from './resolve-source.ts';
import { SettingsFile } from './settings-schema.ts';
import { parseSizeBytes } from './size.ts';
import { parseYamlFile, type YamlFile } from './yaml-file.ts';

const defaultFile = 'provisioning/aiops/aiops.yaml';

const leastFile = [
  'sources:',
  '  - name: main',
  '    kind: prometheus            # prometheus | mimir | thanos',
  '    url: http://prometheus:9090',
].join('\n');

/**
 * Reads `aiops.yaml`, the files of `jobs/` and `policies/` beside it and the `AIOPS_…` variables, checks all of it once and freezes it.
 * Synchronous: it runs once, before anything else.
 * @param options.file path of aiops.yaml; else AIOPS_CONFIG, else `provisioning/aiops/aiops.yaml` in the working directory
 * @param options.env the environment; `process.env` when left out
 * @throws AppError `config_invalid` whose message lists every problem with file, line and column
 */
export function loadConfig(
  options: { readonly file?: string | undefined; readonly env?: Environment | undefined } = {}
): Config {
  const env = options.env ?? process.env;
  const file = readSettings(options.file ?? env['AIOPS_CONFIG'] ?? defaultFile);
  const { value: raw, variableAt } = withOverrides(file.value, env);
  const settings = checkSchema(SettingsFile, raw, { file, base: [], variableAt });
  const jobs = readJobFiles(join(dirname(file.file), 'jobs'), {
    source: namesOf(raw, 'sources'),
    write: ['none', ...namesOf(raw, 'writers')],
    calendars: namesOf(raw, 'calendars'),
  });
  const problems = [...misspeltVariables(env), ...settings.problems, ...jobs.problems];
  if (settings.value === undefined) {
    throw configError(problems);
  }
  const names = policyNames(settings.value, dirname(file.file), jobs.jobs);
  const policies = readPolicyFiles(join(dirname(file.file), 'policies'), names);
  const { server, problems: serverProblems } = resolveServer({ settings: settings.value.server, file, env });
  problems.push(
    ...serverProblems,
    ...duplicates(file, 'sources', settings.value.sources),
    ...duplicates(file, 'writers', settings.value.writers),
    ...duplicates(file, 'webhooks', settings.value.webhooks),
    ...duplicates(file, 'engines', settings.value.engines),
    ...duplicates(file, 'contacts', settings.value.contacts),
    ...duplicates(file, 'calendars', settings.value.calendars),
    ...unreadableFiles(file, settings.value),
    ...calendarFaults(file, settings.value.calendars, dirname(file.file)),
    ...engineFaults(file, settings.value.engines, dirname(file.file)),
    ...policies.problems
  );
  if (server === undefined || problems.length > 0) {
    throw configError(problems);
  }
  return deepFreeze({
    ...{ file: file.file, server, jobs: jobs.jobs, policies: policies.policies },
    ...resolveRest(settings.value, dirname(file.file)),
  });
}

function readSettings(path: string): YamlFile {
  const file = parseYamlFile(path, readText(path));
  if (file.problems.length > 0) {
    throw configError(file.problems);
  }
  if (file.value === null || file.value === undefined) {
    throw configError([{ where: path, message: `is empty; the least that works is\n\n${leastFile}\n` }]);
  }
  return file;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw configError([{ where: path, message: `can't be read: ${messageOf(cause)}` }]);
    }
    const message =
      `does not exist (looked for ${resolve(path)}); name another with --config or AIOPS_CONFIG, ` +
      `or create it with\n\n${leastFile}\n`;
    throw configError([{ where: path, message }]);
  }
}

/** Names that jobs may use, also when other parts of the settings are wrong: one fault must not cause more. */
function namesOf(raw: unknown, list: 'sources' | 'writers' | 'calendars'): readonly string[] {
  const get = (value: unknown, key: string): unknown =>
    typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  const entries = get(raw, list);
  const names = (Array.isArray(entries) ? (entries as unknown[]) : []).map((entry) => get(entry, 'name'));
  return names.filter((name) => typeof name === 'string');
}

const singular = {
  sources: 'source',
  writers: 'writer',
  webhooks: 'webhook',
  engines: 'engine',
  contacts: 'contact',
  calendars: 'calendar',
} as const;

function duplicates(
  file: YamlFile,
  list: keyof typeof singular,
  entries: ReadonlyArray<{ readonly name: string }>
): readonly ConfigProblem[] {
  return entries.flatMap((entry, index) => {
    const first = entries.findIndex(({ name }) => name === entry.name);
    if (first === index) {
      return [];
    }
    const { line } = file.positionOf([list, first, 'name']);
    const message = `${singular[list]} "${entry.name}" is already in line ${line}; a name stands for one ${singular[list]}`;
    return [{ where: file.file, ...file.positionOf([list, index, 'name']), message }];
  });
}

/** Files with secrets and certificates are read later, again and again; that they are there is checked now. */
function unreadableFiles(file: YamlFile, settings: SettingsFile): readonly ConfigProblem[] {
  const servers = (['sources', 'writers', 'alertmanagers', 'contacts'] as const).flatMap((list) =>
    settings[list].flatMap((server, index) => [
      { path: [list, index, 'bearerTokenFile'], name: server.bearerTokenFile },
      { path: [list, index, 'basic', 'passwordFile'], name: server.basic?.passwordFile },
      ...(['ca', 'cert', 'key'] as const).map((key) => ({ path: [list, index, 'tls', key], name: server.tls?.[key] })),
    ])
  );
  const webhooks = settings.webhooks.flatMap((webhook, index) => [
    { path: ['webhooks', index, 'bearerTokenFile'], name: webhook.bearerTokenFile },
    { path: ['webhooks', index, 'basic', 'passwordFile'], name: webhook.basic?.passwordFile },
    { path: ['webhooks', index, 'hmacSecretFile'], name: webhook.hmacSecretFile },
  ]);
  const engines = settings.engines.map(({ bearerTokenFile }, index) => {
    return { path: ['engines', index, 'bearerTokenFile'], name: bearerTokenFile };
  });
  const named = [
    ...engines,
    ...servers,
    ...webhooks,
    ...settings.calendars.map((calendar, index) => ({ path: ['calendars', index, 'file'], name: calendar.file })),
    { path: ['grafana', 'tokenFile'], name: settings.grafana?.tokenFile },
  ];
  return named.flatMap(({ path, name }) => {
    const fault = name === undefined ? undefined : unreadable(resolve(dirname(file.file), name));
    return fault === undefined ? [] : [{ where: file.file, ...file.positionOf(path), message: fault }];
  });
}

function unreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (cause) {
    return `the file can't be read: ${messageOf(cause)}`;
  }
}

function resolveRest(settings: SettingsFile, folder: string): Omit<Config, 'file' | 'server' | 'jobs' | 'policies'> {
  const maxBytes = parseSizeBytes(settings.limits.answerSize) ?? 0;
  return {
    grafana: settings.grafana === undefined ? undefined : resolveGrafana(settings.grafana, folder),
    // sqlite:path, sqlite:/path and sqlite:///path
    store: { kind: 'sqlite', file: settings.store.replace(/^sqlite:(\/\/(?=\/))?/, '') },
    sources: settings.sources.map((source) => resolveSource(source, folder, maxBytes)),
    writers: settings.writers.map((writer) => resolveWriter(writer, folder)),
    alertmanagers: settings.alertmanagers.map((entry) => resolveAlertmanager(entry, folder)),
    webhooks: settings.webhooks.map((webhook) => resolveWebhook(webhook, folder)),
    engines: settings.engines.map((engine) => resolveEngine(engine, folder)),
    contacts: settings.contacts.map((contact) => resolveContact(contact, folder)),
    calendars: settings.calendars.map((calendar) =>
      calendar.file === undefined ? calendar : { ...calendar, file: resolve(folder, calendar.file) }
    ),
    remediation: {
      killRunning: settings.remediation.onKill === 'cancel',
      limits: { targetsPerHour: settings.remediation.targetsPerHour, atOnce: settings.remediation.runsAtOnce },
    },
    limits: resolveLimits(settings.limits),
    telemetry: { otlpEndpoint: settings.telemetry.otlpEndpoint, logLevel: settings.telemetry.logLevel },
  };
}

function resolveGrafana(grafana: NonNullable<SettingsFile['grafana']>, folder: string): GrafanaConfig {
  const withSlash = (url: string) => (url.endsWith('/') ? url : `${url}/`);
  return {
    url: withSlash(grafana.url),
    publicUrl: withSlash(grafana.publicUrl ?? grafana.url),
    orgs: grafana.orgs,
    tokenFile: grafana.tokenFile === undefined ? undefined : resolve(folder, grafana.tokenFile),
    changeTags: grafana.changeTags,
  };
}

function resolveLimits(limits: SettingsFile['limits']): LimitsConfig {
  return {
    seriesPerJob: limits.seriesPerJob,
    workerMemoryBytes: parseSizeBytes(limits.memory) ?? 0,
    workers: limits.workers ?? availableParallelism(),
    fitTimeoutMs: parseDurationMs(limits.fitTimeout) ?? 0,
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
