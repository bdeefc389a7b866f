import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const rulesFile = fileURLToPath(new URL('../../provisioning/prometheus/aiops-rules.yaml', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aiops-health-rules-'));
  await copyFile(rulesFile, join(folder, 'rules.yaml'));
});
afterAll(() => rm(folder, { recursive: true }));

type Series = Readonly<Record<string, string>>;

interface Firing {
  readonly severity: string;
}

/** Evaluates the rules over series of one sample a minute; `expected` are the labels of what fires then. */
async function fires(alertname: string, at: string, series: Series, expected: readonly Firing[]): Promise<void> {
  const input = Object.entries(series).map(([name, values]) => ({ series: name, values }));
  const file = join(folder, 'test.yaml');
  const unitTest = {
    rule_files: ['rules.yaml'],
    evaluation_interval: '30s',
    tests: [
      {
        interval: '1m',
        input_series: input,
        promql_expr_test: [
          {
            expr: `count by (alertname, alertstate, severity) (ALERTS{alertname="${alertname}", alertstate="firing"})`,
            eval_time: at,
            exp_samples: expected.map(({ severity }) => ({
              labels: `{alertname="${alertname}", alertstate="firing", severity="${severity}"}`,
              value: 1,
            })),
          },
        ],
      },
    ],
  };
  await writeFile(file, JSON.stringify(unitTest));
  await run('promtool', ['test', 'rules', file]).catch((error: unknown) => {
    throw new Error(String((error as { stdout: string }).stdout), { cause: error });
  });
}

const up = 'up{job="aiops", instance="backend:9099"}';
const jobs = (state: string) => `aiops_jobs{job="aiops", instance="backend:9099", state="${state}"}`;
const scored = (state: string) => `aiops_scored_jobs{job="aiops", instance="backend:9099", state="${state}"}`;
const critical = [{ severity: 'critical' }];
const warning = [{ severity: 'warning' }];

test('promtool takes the rules', async () => {
  await expect(run('promtool', ['check', 'rules', '--lint=all', '--lint-fatal', rulesFile])).resolves.toBeDefined();
});

describe('the backend is gone', () => {
  test('fires when it no longer answers', async () => {
    await fires('AIOpsBackendGone', '30m', { [up]: '1x20 0x30' }, critical);
  });

  test('fires when its target vanished, as with a pod that is not there any more', async () => {
    await fires('AIOpsBackendGone', '40m', { [up]: '1x20 stale' }, critical);
  });

  test('does not fire while a restart takes four minutes', async () => {
    await fires('AIOpsBackendGone', '24m30s', { [up]: '1x20 0x3 1x20' }, []);
    await fires('AIOpsBackendGone', '40m', { [up]: '1x20 0x3 1x20' }, []);
  });

  test('does not fire on a fresh start, neither before the first scrape nor while the backend comes up', async () => {
    await fires('AIOpsBackendGone', '3m', { [up]: '_x3 0 0 1x60' }, []);
    await fires('AIOpsBackendGone', '30m', { [up]: '_x3 0 0 1x60' }, []);
  });

  test('does not fire where the product was never set up', async () => {
    await fires('AIOpsBackendGone', '60m', { 'up{job="node"}': '1x90' }, []);
  });
});

describe('stale jobs', () => {
  test('fire after half an hour', async () => {
    await fires('AIOpsJobsFailing', '29m', { [jobs('stale')]: '1x60', [jobs('fresh')]: '4x60' }, []);
    await fires('AIOpsJobsFailing', '31m', { [jobs('stale')]: '1x60', [jobs('fresh')]: '4x60' }, warning);
  });

  test('are not those of a fresh start, which wait, train and warm up for a day', async () => {
    const starting = { [jobs('waiting')]: '3x60', [jobs('warming-up')]: '2x1440', [jobs('stale')]: '0x1440' };
    await fires('AIOpsJobsFailing', '23h', starting, []);
  });
});

describe('scoring', () => {
  test('that is late for more than a tenth of the jobs fires', async () => {
    await fires('AIOpsScoringLate', '20m', { [scored('late')]: '2x40', [scored('fresh')]: '8x40' }, warning);
    await fires('AIOpsScoringLate', '20m', { [scored('late')]: '1x40', [scored('fresh')]: '9x40' }, []);
  });

  test('of nothing yet is not late', async () => {
    await fires('AIOpsScoringLate', '60m', { [scored('late')]: '0x90', [scored('fresh')]: '0x90' }, []);
  });
});

describe('receivers', () => {
  const working = 'aiops_receiver_working{job="aiops", receiver="main", kind="writer"}';
  const rejected = 'aiops_rejected_samples_total{job="aiops", writer="main", reason="out-of-order"}';
  const dropped = 'aiops_dropped_samples_total{job="aiops", writer="main", reason="age"}';

  test('that take nothing for ten minutes fire, and one that was never asked does not', async () => {
    await fires('AIOpsReceiverFailing', '9m', { [working]: '0x30' }, []);
    await fires('AIOpsReceiverFailing', '11m', { [working]: '0x30' }, warning);
    await fires('AIOpsReceiverFailing', '30m', { [up]: '1x30' }, []);
  });

  test.each([
    ['refuses', rejected],
    ['never gets', dropped],
  ])('that %s samples all the time fire, and old losses do not', async (_what, counter) => {
    await fires('AIOpsSamplesRefused', '30m', { [counter]: '0+5x60' }, warning);
    await fires('AIOpsSamplesRefused', '60m', { [counter]: '500x90' }, []);
  });
});

test('a backend that starts again and again fires', async () => {
  const started = 'aiops_process_start_time_seconds{job="aiops", instance="backend:9099"}';
  await fires('AIOpsRestarts', '50m', { [started]: '1x9 2x9 3x9 4x9 5x9' }, warning);
  await fires('AIOpsRestarts', '50m', { [started]: '1x20 2x40' }, []);
});

describe('remediation', () => {
  const figure = (name: string, labels: string) => `${name}{job="aiops", instance="backend:9099", ${labels}}`;
  const outbox = figure('aiops_outbox_age_seconds', 'contact="mail"');
  const locks = figure('aiops_lock_age_seconds', 'state="blocked"');
  const breaker = figure('aiops_breaker_state', 'policy="restart-api"');
  const killSwitch = figure('aiops_kill_switch', 'scope="global"');
  const entries = 'aiops_audit_entries{job="aiops", instance="backend:9099"}';

  test('whose words nobody takes for more than five minutes fires', async () => {
    await fires('AIOpsNobodyHears', '5m', { [outbox]: '0+60x30' }, []);
    await fires('AIOpsNobodyHears', '8m', { [outbox]: '0+60x30' }, critical);
    await fires('AIOpsNobodyHears', '20m', { [outbox]: '0+60x4 _x30' }, []);
  });

  test('that left a target in an unknown state fires after a quarter of an hour', async () => {
    await fires('AIOpsTargetBlocked', '14m', { [locks]: '0+60x60' }, []);
    await fires('AIOpsTargetBlocked', '17m', { [locks]: '0+60x60' }, warning);
    const held = figure('aiops_lock_age_seconds', 'state="held"');
    await fires('AIOpsTargetBlocked', '40m', { [held]: '0+60x60', [locks]: '0x60' }, []);
  });

  test('with an open breaker fires, with a half-open one it does not', async () => {
    await fires('AIOpsBreakerOpen', '10m', { [breaker]: '2x30' }, warning);
    await fires('AIOpsBreakerOpen', '10m', { [breaker]: '1x30' }, []);
  });

  test('that is switched off for half a day fires, and for a night shift it does not', async () => {
    await fires('AIOpsKillSwitchForgotten', '13h', { [killSwitch]: '1x900' }, warning);
    await fires('AIOpsKillSwitchForgotten', '13h', { [killSwitch]: '0x300 1x600' }, []);
  });

  test('whose audit lost entries fires, and while it grows it does not', async () => {
    await fires('AIOpsAuditShrank', '40m', { [entries]: '100+1x30 50+1x60' }, critical);
    await fires('AIOpsAuditShrank', '40m', { [entries]: '100+1x90' }, []);
    await fires('AIOpsAuditShrank', '40m', { [entries]: '100x90' }, []);
  });
});
