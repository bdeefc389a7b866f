import { once } from 'node:events';
import { loadConfig } from '../config.ts';
import { type Command, type CommandIo, parseTextOptions, refusePositionals } from './command.ts';

async function run(args: readonly string[], { signal, stderr }: CommandIo): Promise<number> {
  const parsed = parseTextOptions(args, ['config']);
  refusePositionals(parsed);
  const config = loadConfig({ file: parsed.values['config'] });
  const { createApp } = await import('../app.ts');
  const app = await createApp(config);
  try {
    const { url } = await app.start();
    stderr.write(`aiops listens on ${url}\n`);
    if (!signal.aborted) {
      await once(signal, 'abort');
    }
  } finally {
    await app.stop();
  }
  return 0;
}

/** `aiops serve`: the backend until it is told to stop. */
export const serve: Command = {
  help: `aiops serve [--config FILE]

Starts the backend and runs until Ctrl-C or SIGTERM.

  --config FILE   settings; AIOPS_CONFIG or provisioning/aiops/aiops.yaml when left out
`,
  run,
};
