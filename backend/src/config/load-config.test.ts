import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { AppError } from '../errors.ts';
import type { Environment } from './environment.ts';
import { loadConfig } from './load-config.ts';
import { policyTable, settingsTable } from './settings-table.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aiops-config-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const least = 'sources:\n  - name: main\n    kind: prometheus\n    url: http://prometheus:9090\n';

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

function load(env: Environment = {}) {
  return loadConfig({ file: join(folder, 'aiops.yaml'), env });
}

/** Lines of the refusal without the folder; empty when nothing was refused. */
function problems(env: Environment = {}): string[] {
  try {
    load(env);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    return error instanceof Error ? error.message.replaceAll(`${folder}/`, '').split('\n') : [];
  }
}

describe('settings that are right', () => {
  test('need five lines at most', () => {
    write('aiops.yaml', least);
    expect(load()).toMatchObject({
      server: { host: '127.0.0.1', port: 9099, token: undefined },
      store: { kind: 'sqlite', file: 'data/aiops.db' },
      sources: [
        { name: 'main', kind: 'prometheus', url: 'http://prometheus:9090', timeoutMs: 30_000, delayMs: 30_000 },
      ],
      limits: { seriesPerJob: 1000, fitTimeoutMs: 60_000 },
      jobs: [],
    });
  });

  test('are in units, and Grafana is named with the slash that its tokens have', () => {
    write('token', 'a-long-secret-token\n');
    write(
      'aiops.yaml',
      `server: { listen: '[::]:9100', tokenFile: token }\ngrafana: { url: http://g:3000, publicUrl: https://g.example/sub }\n` +
        `store: sqlite:///var/lib/a.db\nlimits: { memory: 2GiB, fitTimeout: 90s }\n${least}    timeout: 1m30s\n`
    );
    expect(load()).toMatchObject({
      server: { host: '::', port: 9100, token: 'a-long-secret-token' },
      grafana: { url: 'http://g:3000/', publicUrl: 'https://g.example/sub/', orgs: [1] },
      store: { file: '/var/lib/a.db' },
      limits: { workerMemoryBytes: 2 ** 31, fitTimeoutMs: 90_000 },
      sources: [{ timeoutMs: 90_000 }],
    });
  });

  test('hold the jobs of all files with file and line', () => {
    write('aiops.yaml', least);
    write('jobs/b.yml', 'jobs:\n  - name: two\n    query: up\n');
    write(
      'jobs/a.yaml',
      'jobs:\n\n  - name: one\n    query: up\n    levels: [95%]\n    sensitivity: 2 alerts per day\n'
    );
    const jobs = load().jobs.map(({ spec, file, line }) => {
      return [spec.name, spec.levels, spec.sensitivity, file.slice(folder.length), line];
    });
    expect(jobs).toEqual([
      ['one', [95], 14, '/jobs/a.yaml', 3],
      ['two', [80, 95], 1, '/jobs/b.yml', 2],
    ]);
  });

  test('can be overridden by variables', () => {
    write('aiops.yaml', least);
    const env = {
      AIOPS_SOURCE_URL: 'https://mimir/prometheus/',
      AIOPS_WORKERS: '3',
      AIOPS_TRUSTED_PROXIES: '10.0.0.0/8, ::1',
    };
    expect(load(env)).toMatchObject({
      sources: [{ url: 'https://mimir/prometheus' }],
      limits: { workers: 3 },
      server: { trustedProxies: ['10.0.0.0/8', '::1'] },
    });
  });

  test('are frozen to the last part', () => {
    write('aiops.yaml', least);
    write('jobs/a.yaml', 'jobs: [{ name: a, query: up }]');
    const config = load();
    expect(() => Object.assign(config.server, { port: 1 })).toThrow(TypeError);
    expect(() => Object.assign(config.jobs[0]?.spec ?? {}, { query: 'x' })).toThrow(TypeError);
  });

  test('keep token and headers out of JSON and of console output', () => {
    write('aiops.yaml', `${least}    headers: { X-Api-Key: key-of-the-source }\n`);
    const config = load({ AIOPS_TOKEN: 'a-long-secret-token' });
    const shown = JSON.stringify(config) + inspect(config, { depth: 10 });
    expect(shown).not.toMatch(/a-long-secret-token|key-of-the-source/);
    expect(config.server.token).toBe('a-long-secret-token');
    expect(config.sources[0]?.headers).toEqual({ 'X-Api-Key': 'key-of-the-source' });
  });
});

describe('settings that are wrong', () => {
  test('are all told at once, each with its place', () => {
    write('aiops.yaml', `store: postgres://db\n${least}    tenent: a\nlimits: { seriesPerJob: many }\n`);
    write('jobs/a.yaml', 'jobs:\n  - name: one\n    query: up\n    source: mian\n');
    expect(problems()).toEqual([
      'aiops.yaml:1:8  store: expected sqlite:/path/to/aiops.db: postgres:// is not in this version',
      'aiops.yaml:6:5  unknown key "tenent"; did you mean "tenant"?',
      'aiops.yaml:7:25  seriesPerJob: expected a number, found the string many',
      'jobs/a.yaml:4:13  job "one": source "mian" does not exist; did you mean "main"?',
      '4 problems, nothing was started',
    ]);
  });

  test.each([
    ['duplicate key', `${least}sources: []\n`, /^aiops\.yaml:5:1 {2}this key is already there/],
    ['tab', 'sources:\n\t- name: x\n', /^aiops\.yaml:2:1 {2}a tab/],
    ['syntax', 'sources: [1, 2\n', /^aiops\.yaml:\d+:\d+ {2}not valid YAML/],
    ['two documents', `${least}---\na: 1\n`, /^aiops\.yaml:5:1 {2}a second document/],
    ['empty file', '', /^aiops\.yaml {2}is empty; the least that works is$/],
    ['list', '- a\n', /^aiops\.yaml:1:1 {2}expected a map of keys, found a list/],
    ['no sources', 'store: sqlite:a.db\n', /"sources" is missing: expected a list/],
    ['unknown alias', 'sources: *nowhere\n', /can't be read|not valid YAML/],
    ['url of another kind', least.replace('http:', 'ftp:'), /:4:10 {2}url: expected a URL that starts with http/],
    ['password in the url', least.replace('//', '//u:p@'), /put them into "basic"/],
    ['no unit', `${least}    timeout: 30\n`, /:5:14 {2}timeout: expected a duration from 100ms to 10m/],
    ['negative', `${least}limits: { seriesPerJob: -1 }\n`, /seriesPerJob: expected at least 1, found -1/],
    ['listen', `${least}server: { listen: 9099 }\n`, /listen: expected/],
    ['missing secret', `${least}    bearerTokenFile: nowhere\n`, /:5:22 {2}the file can't be read: .*ENOENT/],
    ['missing token', `${least}server: { tokenFile: nowhere }\n`, /:5:22 {2}the token file can't be read: .*ENOENT/],
    [
      'two sources of one name',
      `${least}  - name: main\n    url: http://b\n`,
      /:5:11 {2}source "main" is already in line 2/,
    ],
  ])('are placed and explained: %s', (_name, text, expected) => {
    write('aiops.yaml', text);
    expect(problems()[0]).toMatch(expected);
  });

  test('are a missing file, with where it was looked for and what to write', () => {
    const told = problems().join('\n');
    expect(told).toMatch(/aiops\.yaml {2}does not exist \(looked for .*--config or AIOPS_CONFIG/);
    expect(told).toContain('sources:\n  - name: main');
  });

  test('are an address that others reach without a token, with the way out', () => {
    write('aiops.yaml', `server:\n  listen: 0.0.0.0:9099\n${least}`);
    expect(problems()[0]).toMatch(/^aiops\.yaml:2:11 {2}.*set server\.tokenFile or AIOPS_TOKEN/);
    expect(problems({ AIOPS_TOKEN: 'a-long-secret-token' })).toEqual([]);
  });

  test('are told at their variable when one set them', () => {
    write('aiops.yaml', least);
    expect(problems({ AIOPS_WORKERS: 'all', AIOPS_LISTN: ':1' })).toEqual([
      'environment AIOPS_LISTN  unknown variable; did you mean AIOPS_LISTEN?',
      'environment AIOPS_WORKERS  workers: expected a number, found the string all',
      '2 problems, nothing was started',
    ]);
  });

  test('are not the variables that Kubernetes sets for a service named aiops', () => {
    write('aiops.yaml', least);
    const names = ['SERVICE_HOST', 'SERVICE_PORT', 'SERVICE_PORT_HTTP', 'PORT', 'PORT_9099_TCP', 'PORT_9099_TCP_ADDR'];
    expect(problems(Object.fromEntries(names.map((name) => [`AIOPS_${name}`, '9099'])))).toEqual([]);
  });

  test('are jobs of one name, with both places', () => {
    write('aiops.yaml', least);
    write('jobs/a.yaml', 'jobs:\n  - name: one\n    query: up\n');
    write('jobs/b.yaml', 'jobs:\n  - { name: one, query: up }\n');
    expect(problems()[0]).toBe('jobs/b.yaml:2:1  job "one" is already in jobs/a.yaml:2; a name stands for one job');
  });

  test.each([
    ['sensitvity: 1', 'unknown key "sensitvity"; did you mean "sensitivity"?'],
    ['playbook: x', 'unknown key "playbook"; known here: name, title'],
    ['sensitivity: high', 'sensitivity: expected alerts in a time, such as 1 alert per week'],
    ['sensitivity: 0 alerts per week', 'sensitivity: expected at least 0.01 alerts per week'],
    ['sensitivity: 99 alerts per day', 'sensitivity: expected at most 168 alerts per week'],
    ['quary: x', 'unknown key "quary"; did you mean "query"?'],
    ['levels: [30%]', 'levels: expected at least 50%'],
    ['models: [etz]', 'models: expected one of naive, '],
    ['step: 1ms', 'step: expected at least 1s'],
    ['training: 2m', 'training: expected at least 10 steps (10m)'],
    ['horizon: soon', 'horizon: expected a duration such as 30s'],
    ['horizon: 60d', 'horizon and retrain together expected at most'],
    ['range: { min: 2, max: 1 }', 'range: expected min below max'],
    ['labels: { __name__: x }', 'expected a label name such as team'],
  ])('of a job are told by key: %s', (line, expected) => {
    write('aiops.yaml', least);
    write('jobs/a.yaml', `jobs:\n  - name: one\n    query: up\n    ${line}\n`);
    expect(problems()[0]).toContain(expected);
    expect(problems()[0]).toMatch(/^jobs\/a\.yaml:4:\d+ {2}job "one": /);
  });
});

describe('the table of settings', () => {
  test('says of every key what it means, and what it is when left out', () => {
    const rows = settingsTable();
    const withoutWords = [...rows, ...policyTable()].filter(
      ({ description, type }) => description.length < 10 || type === ''
    );
    expect(withoutWords).toEqual([]);
    expect(rows).toContainEqual({
      ...{ key: 'limits.seriesPerJob', type: 'number', default: '1000', env: 'AIOPS_SERIES_PER_JOB' },
      description: 'Most series that the query of one job may answer',
    });
    expect(rows.map(({ key }) => key)).toEqual(expect.arrayContaining(['sources[].tls.ca', 'jobs[].range.min']));
  });
});
