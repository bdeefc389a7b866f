#!/usr/bin/env node
import { runCli } from './cli/run-cli.ts';

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (stop.signal.aborted) {
      process.exit(130); // asked twice: do not wait for a graceful end
    }
    stop.abort(new Error(`stopped by ${name}`));
  });
}
// The reader of our output may leave early, as `head` does: nothing more to say then.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await runCli(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stop.signal,
});
