import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { check, judge, single, type Check } from './report.ts';
import { ChecksFailedError, repositoryRoot, runSuite } from './run-suite.ts';
import type { Measurement, Suite } from './suite.ts';

const measured: Measurement = {
  rows: [{ name: 'auto', measure: 'MASE', value: 0.5 }],
  targets: [judge(single('MASE', '', 'lower', 0.6), 0.5)],
};

function suiteOf(checks: readonly Check[]) {
  const measure = jest.fn(() => Promise.resolve(measured));
  const suite: Suite = { view: 'causal', checks: () => Promise.resolve(checks), measure };
  return { suite, measure };
}

function deps() {
  const printed: string[] = [];
  const options = { dataDir: '', seed: 1, series: undefined, part: undefined };
  const cacheDir = mkdtempSync(path.join(os.tmpdir(), 'run-suite-'));
  const print = (text: string) => void printed.push(text);
  return { printed, deps: { options, cacheDir, fresh: false, say: () => undefined, print } };
}

describe('a suite', () => {
  test('measures nothing of ours when a check row is off, and says which', async () => {
    const { suite, measure } = suiteOf([check('seasonal naive', 1.193, 1.2, 3)]);
    const { deps: given, printed } = deps();

    await expect(runSuite('m4', suite, given)).rejects.toThrow(ChecksFailedError);
    expect(measure).not.toHaveBeenCalled();
    expect(printed.join('\n')).toMatch(/seasonal naive .*1\.193 .*NO/);
  });

  test('prints the check rows before it measures', async () => {
    const { suite, measure } = suiteOf([check('seasonal naive', 1.193, 1.1931, 3)]);
    const { deps: given, printed } = deps();
    measure.mockImplementation(() =>
      Promise.resolve({ ...measured, rows: [{ name: printed.join(), measure: '', value: 0 }] })
    );

    const { report } = await runSuite('m4', suite, given);

    expect(report.rows[0]?.name).toContain('seasonal naive');
  });

  test('reports what it cost, whether it is causal, and the machine', async () => {
    const { report } = await runSuite('m4', suiteOf([]).suite, deps().deps);

    expect(report).toMatchObject({ suite: 'm4', seed: 1, view: 'causal', targets: [{ reached: 'stretch' }] });
    expect(report.cost?.cpuSeconds).toBeGreaterThan(0);
    expect(report.cost?.maxRssBytes).toBeGreaterThan(1e6);
  });

  test('tells when the code that makes its results was edited while it ran', async () => {
    const source = path.join(mkdtempSync(path.join(os.tmpdir(), 'run-suite-')), 'model.ts');
    writeFileSync(source, 'before');
    const { suite, measure } = suiteOf([]);
    const edited: Suite = {
      ...suite,
      measure: async (context) => {
        context.openCache('m4', [path.relative(repositoryRoot, source)]);
        writeFileSync(source, 'after');
        return await measure();
      },
    };

    expect((await runSuite('m4', edited, deps().deps)).codeChanged).toBe(true);
    expect((await runSuite('m4', suite, deps().deps)).codeChanged).toBe(false);
  });
});
