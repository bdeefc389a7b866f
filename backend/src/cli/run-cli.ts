import { AppError, messageOf } from '../errors.ts';
import { type Command, type CommandIo, UsageError } from './command.ts';
import { TableError, UndecidedError } from './tables/table-error.ts';

// Loaded when asked for: `aiops validate` must not wait for the models or for Express.
const commands: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<Command> }>> = {
  serve: { summary: 'start the backend', load: async () => (await import('./serve.ts')).serve },
  validate: {
    summary: 'check aiops.yaml and the jobs without starting',
    load: async () => (await import('./validate.ts')).validate,
  },
  check: { summary: 'test the connection to each metric source', load: async () => (await import('./check.ts')).check },
  forecast: { summary: 'forecast a file or a query', load: async () => (await import('./forecast.ts')).forecast },
  detect: {
    summary: 'find the anomalies of a file or a query',
    load: async () => (await import('./detect.ts')).detectCommand,
  },
  rules: {
    summary: 'write alert rules over the scores of the jobs',
    load: async () => (await import('./rules.ts')).rules,
  },
  audit: {
    summary: 'prove that the audit of remediation is whole, or export it',
    load: async () => (await import('./audit.ts')).audit,
  },
  'kill-switch': {
    summary: 'stop remediation, or let it go on',
    load: async () => (await import('./kill-switch.ts')).killSwitch,
  },
  replay: {
    summary: 'say what policies would have done on the alerts of the last days',
    load: async () => (await import('./replay.ts')).replay,
  },
  backtest: {
    summary: 'compare the models on a file or a query',
    load: async () => (await import('./forecast.ts')).backtest,
  },
};

function overview(): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`);
  return `aiops COMMAND [options]\n\n${lines.join('\n')}\n\n"aiops COMMAND --help" lists the options of a command.\nExit codes: 0 done, 1 failed, 2 the command line or the file needs a decision.\n`;
}

function report(error: unknown, name: string, { stderr, signal }: CommandIo): number {
  if (error instanceof UsageError) {
    stderr.write(`aiops ${name}: ${error.message}\n"aiops ${name} --help" lists the options\n`);
    return 2;
  }
  if (error instanceof UndecidedError) {
    stderr.write(`aiops ${name}: ${error.message}\n`);
    return 2;
  }
  if (signal.aborted) {
    stderr.write(`aiops ${name}: stopped\n`);
    return 130;
  }
  const isKnown = error instanceof AppError || error instanceof TableError;
  const trace = !isKnown && error instanceof Error ? `\n${error.stack ?? ''}` : '';
  stderr.write(
    `aiops ${name}: ${isKnown ? messageOf(error) : `unexpected fault, please report it: ${messageOf(error)}${trace}`}\n`
  );
  return 1;
}

/** Runs one command line. @returns the exit code; never rejects */
export async function runCli(argv: readonly string[], io: CommandIo): Promise<number> {
  const [name = '', ...args] = argv;
  if (['', '--help', '-h', 'help'].includes(name)) {
    (name === '' ? io.stderr : io.stdout).write(overview());
    return name === '' ? 2 : 0;
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry === undefined) {
    io.stderr.write(`aiops: there is no command "${name}"; there are: ${Object.keys(commands).join(', ')}\n`);
    return 2;
  }
  try {
    const command = await entry.load();
    if (args.includes('--help') || args.includes('-h')) {
      io.stdout.write(command.help);
      return 0;
    }
    return await command.run(args, io);
  } catch (error) {
    return report(error, name, io);
  }
}
