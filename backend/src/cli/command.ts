import { parseArgs, type ParseArgsConfig } from 'node:util';
import { nearestName } from '../config/nearest.ts';
import { messageOf } from '../errors.ts';

/** What a command may touch of the process. */
export interface CommandIo {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Aborted by Ctrl-C or the service manager. */
  readonly signal: AbortSignal;
}

export type OptionsConfig = NonNullable<ParseArgsConfig['options']>;

export interface Command {
  /** Text of `--help`. */
  readonly help: string;
  /** @returns the exit code: 0 done, 1 failed; throws UsageError for 2 */
  run(args: readonly string[], io: CommandIo): Promise<number>;
}

/** The command line can't be understood: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface ParsedArgs {
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly positionals: readonly string[];
}

/** Options of one text value each, and names. @throws UsageError for unknown or repeated ones */
export function parseTextOptions(args: readonly string[], names: readonly string[]): ParsedArgs {
  const options: OptionsConfig = Object.fromEntries(names.map((name) => [name, { type: 'string', multiple: true }]));
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const single = Object.entries(values).map(([name, given]) => {
      const list = Array.isArray(given) ? given : [];
      if (list.length > 1) {
        throw new UsageError(`--${name} is given ${list.length} times; once is enough`);
      }
      return [name, list[0]?.toString()] as const;
    });
    return { values: Object.fromEntries(single), positionals };
  } catch (error) {
    if (error instanceof UsageError) {
      throw error;
    }
    throw new UsageError(explain(error, names));
  }
}

/** In our words where Node's advice leads astray: it takes a misspelt option for a file name. */
function explain(error: unknown, names: readonly string[]): string {
  const text = messageOf(error);
  const unknown = /^Unknown option '--([^']*)'/.exec(text)?.[1];
  if (unknown === undefined) {
    return text.split('\n')[0] ?? text;
  }
  const nearest = nearestName(unknown, names);
  return `there is no option --${unknown}${nearest === undefined ? '' : `; did you mean --${nearest}?`}`;
}

/** Refuses names where a command takes none. */
export function refusePositionals({ positionals }: ParsedArgs): void {
  if (positionals.length > 0) {
    throw new UsageError(`unexpected "${positionals[0]}"`);
  }
}
