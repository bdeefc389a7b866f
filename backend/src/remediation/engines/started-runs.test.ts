import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { StartedRuns } from './started-runs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aiops-started-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a run starts once, also after a restart, and does not keep others from starting', () => {
  new StartedRuns(folder, { nowMs: () => Date.now() }).claim('run-1');
  const restarted = new StartedRuns(folder, { nowMs: () => Date.now() });
  expect(() => restarted.claim('run-1')).toThrow(/never starts twice/);
  expect(() => restarted.claim('run-2')).not.toThrow();
});

test('what was started a quarter ago is forgotten', () => {
  new StartedRuns(folder, { nowMs: () => Date.now() }).claim('run-1');
  const later = new StartedRuns(folder, { nowMs: () => Date.now() + 91 * 86_400_000 });
  expect(() => later.claim('run-1')).not.toThrow();
});
