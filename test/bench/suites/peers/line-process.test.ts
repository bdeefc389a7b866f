import { afterEach, expect, test } from '@jest/globals';
import { startLineProcess, type LineProcess } from './line-process.ts';

let started: LineProcess | undefined;
afterEach(() => started?.stop());

function node(script: string): LineProcess {
  started = startLineProcess([process.execPath, '-e', script], {});
  return started;
}

const echo = `require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => console.log(line))`;

test('each question gets its own answer', async () => {
  const lines = node(echo);

  expect(await lines.ask({ n: 1 }, 10_000)).toEqual({ n: 1 });
  expect(await lines.ask({ n: 2 }, 10_000)).toEqual({ n: 2 });
});

test('a program that fails is named with what it said', async () => {
  const lines = node(`console.error('no such library'); process.exit(3)`);

  await expect(lines.ask({}, 10_000)).rejects.toThrow(/ended with code 3\. It said: no such library/);
});

test('a program that is not there is named', async () => {
  started = startLineProcess(['/nowhere/python'], {});

  await expect(started.ask({}, 10_000)).rejects.toThrow(/\/nowhere\/python could not be started .*ENOENT/);
});

test('a program that does not answer is ended at the deadline', async () => {
  const lines = node('setInterval(() => undefined, 1000)');

  await expect(lines.ask({}, 50)).rejects.toThrow(/was ended by SIGKILL.*0\.05 s without an answer/s);
});
