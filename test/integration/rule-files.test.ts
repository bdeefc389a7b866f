import { execFile } from 'node:child_process';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { runAiops } from '../support/spawn-aiops.ts';

const run = promisify(execFile);
let folder: string;
let config: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aiops-rules-'));
  config = join(folder, 'aiops.yaml');
  await mkdir(join(folder, 'jobs'));
  await writeFile(config, 'sources: [{ name: main, url: http://127.0.0.1:9 }]\n');
  const jobs = [
    {
      ...{ name: 'latency', query: 'q', step: '30s', open: '3 of 5', close: '2 of 2' },
      title: 'Costs $5',
      alert: { severity: 'critical', labels: { team: 'a$b' }, annotations: { summary: 'own words' } },
    },
    { name: 'quiet', query: 'q', alert: 'none' },
  ];
  await writeFile(join(folder, 'jobs', 'jobs.yaml'), JSON.stringify({ jobs }));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const rules = async (...args: string[]) => await runAiops(['rules', '--config', config, ...args]);

describe('aiops rules', () => {
  test('writes what Prometheus loads, opening and closing after as many values as the job says', async () => {
    const { code, stdout } = await rules();
    expect(code).toBe(0);
    const file = join(folder, 'rules.yaml');
    await writeFile(file, stdout);
    const { stdout: verdict } = await run('promtool', ['check', 'rules', file]);
    expect(verdict).toContain('SUCCESS: 2 rules found');
    const { groups } = parse(stdout) as { groups: Array<{ rules: object[] }> };
    expect(groups[0]?.rules[0]).toMatchObject({
      ...{ alert: 'AIOpsAnomaly', expr: 'anomaly_score{for="latency"} > 1', for: '1m', keep_firing_for: '1m' },
      labels: { severity: 'critical', origin: 'aiops', job_name: 'latency', team: 'a$b' },
      annotations: { summary: 'own words' },
    });
  });

  test('a rule fires on the score that it reads, and keeps still below the edge', async () => {
    const { stdout } = await rules('--job', 'latency');
    await writeFile(join(folder, 'latency.yaml'), stdout);
    const labels = { severity: 'critical', origin: 'aiops', job_name: 'latency', team: 'a$b', for: 'latency' };
    const unitTest = {
      rule_files: ['latency.yaml'],
      evaluation_interval: '30s',
      tests: [
        {
          interval: '30s',
          input_series: [
            { series: 'anomaly_score{for="latency",route="/a"}', values: '0.9x10' },
            { series: 'anomaly_score{for="latency",route="/b"}', values: '0 0 2x10' },
          ],
          alert_rule_test: [
            { eval_time: '1m30s', alertname: 'AIOpsAnomaly', exp_alerts: [] },
            {
              eval_time: '2m30s',
              alertname: 'AIOpsAnomaly',
              exp_alerts: [
                {
                  exp_labels: { ...labels, route: '/b' },
                  exp_annotations: {
                    summary: 'own words',
                    description: 'The score is 2.00: 1 is the edge of the band.',
                  },
                },
              ],
            },
          ],
        },
      ],
    };
    const file = join(folder, 'test.yaml');
    await writeFile(file, JSON.stringify(unitTest));
    await expect(run('promtool', ['test', 'rules', file])).resolves.toBeDefined();
  });

  test('writes a namespace for mimirtool', async () => {
    expect(parse((await rules('--format', 'mimir')).stdout)).toMatchObject({ namespace: 'aiops', groups: [{}, {}] });
  });

  test('writes a provisioning file for Grafana: an interval it takes, and dollars of labels that are no variables', async () => {
    const { groups } = parse((await rules('--format', 'grafana')).stdout) as { groups: object[] };
    expect(groups[0]).toMatchObject({
      ...{ orgId: 1, folder: 'AIOps', interval: '30s' },
      rules: [{ condition: 'C', for: '1m', labels: { team: 'a$$b' }, annotations: { summary: 'own words' } }],
    });
  });

  test.each([
    [['--format', 'xml'], '--format: expected one of prometheus, mimir, grafana'],
    [['--job', 'latencz'], '"latencz" is in no file; did you mean "latency"?'],
  ])('%j is refused with what there is', async (args, message) => {
    const { code, stderr } = await rules(...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
