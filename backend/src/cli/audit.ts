import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { systemClock } from '../clock.ts';
import { loadConfig } from '../config.ts';
import type { AuditCheck } from '../contract/remediation/control.ts';
import { AppError, messageOf } from '../errors.ts';
import { AuditLog } from '../remediation/audit/audit-log.ts';
import { ChainCheck } from '../remediation/audit/check-chain.ts';
import { readExport } from '../remediation/audit/read-export.ts';
import { openDatabaseToRead } from '../store/database.ts';
import { type Command, type CommandIo, parseTextOptions, type ParsedArgs, UsageError } from './command.ts';

async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const parsed = parseTextOptions(args, ['config', 'file', 'head']);
  const [what, ...others] = parsed.positionals;
  if (others.length > 0) {
    throw new UsageError(`unexpected "${others[0]}"`);
  }
  switch (what) {
    case 'verify':
      return report(await verify(parsed, io), io);
    case 'export':
      return await exportAll(parsed, io);
    default:
      throw new UsageError(`expected verify or export, such as: aiops audit verify`);
  }
}

async function verify({ values }: ParsedArgs, io: CommandIo): Promise<AuditCheck> {
  const { file, head, config } = values;
  if (head !== undefined && !/^[0-9a-f]{64}$/.test(head)) {
    throw new UsageError('--head takes the 64 hex digits that an earlier check printed');
  }
  if (file === undefined) {
    return await withLog(config, (log) => log.verify(head === undefined ? {} : { head }));
  }
  if (config !== undefined) {
    throw new UsageError('--file is checked without a store: leave --config out');
  }
  return await verifyFile(file, head, io);
}

async function verifyFile(file: string, head: string | undefined, { stdin, signal }: CommandIo): Promise<AuditCheck> {
  const stream = file === '-' ? stdin : createReadStream(file, { signal });
  stream.setEncoding('utf8');
  const check = new ChainCheck(head);
  try {
    for await (const read of readExport(stream as AsyncIterable<string>)) {
      signal.throwIfAborted();
      if (read.kind === 'fault') {
        check.refuse(read.message);
      } else if (!check.add(read.entry)) {
        break;
      }
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw new AppError('invalid_request', `${file} can't be read: ${messageOf(cause)}`, { cause });
  }
  return check.result();
}

async function exportAll({ values }: ParsedArgs, { stdout }: CommandIo): Promise<number> {
  if (values['file'] !== undefined || values['head'] !== undefined) {
    throw new UsageError('--file and --head are of aiops audit verify; an export goes to standard output');
  }
  await withLog(values['config'], async (log) => {
    await pipeline(log.exportLines(), stdout, { end: false });
  });
  return 0;
}

async function withLog<T>(config: string | undefined, use: (log: AuditLog) => Promise<T>): Promise<T> {
  const { store } = loadConfig({ file: config });
  const database = openStore(store.file);
  try {
    return await use(new AuditLog({ database, clock: systemClock }));
  } finally {
    await database.destroy();
  }
}

function openStore(file: string) {
  try {
    return openDatabaseToRead({ file });
  } catch (error) {
    if (error instanceof AppError && error.message.includes('in use')) {
      const hint =
        'while the backend runs, check what it exports: ' +
        'curl -H "Authorization: Bearer $AIOPS_TOKEN" http://127.0.0.1:9099/api/v1/audit/export | aiops audit verify --file -';
      throw new AppError(error.code, `${error.message}; ${hint}`, { cause: error });
    }
    throw error;
  }
}

function report(check: AuditCheck, { stdout, stderr }: CommandIo): number {
  const { ok, entries, head, fault, clockSteps, longestGap } = check;
  for (const { seq, byMs } of clockSteps) {
    stdout.write(`note: the clock was set back by ${-byMs / 1_000} s before entry ${seq}\n`);
  }
  if (longestGap !== null) {
    stdout.write(
      `note: the longest silence is ${Math.round(longestGap.ms / 1_000)} s, before entry ${longestGap.seq}\n`
    );
  }
  if (!ok) {
    stderr.write(`aiops audit: ${fault?.message ?? 'the chain is broken'} (whole up to entry ${entries})\n`);
    return 1;
  }
  stdout.write(`${entries} entries, none changed, none missing\n`);
  if (head !== null) {
    stdout.write(
      `head ${head}\nNote it elsewhere: with --head, a later check shows that nothing up to here was cut off.\n`
    );
  }
  return 0;
}

/** `aiops audit`: proves that the audit is as it was written, and exports it. */
export const audit: Command = {
  help: `aiops audit verify [--head HASH] [--file EXPORT] [--config FILE]
aiops audit export [--config FILE]

verify  follows the chain of hashes through all entries: what was changed, removed, put in or swapped is named. What was
        cut off at the end shows only by a head that was noted before. Exit code 1 when the chain is broken.
export  writes all entries, one JSON object a line, to standard output

  --head HASH     head that an earlier check printed: it must still be in the chain
  --file EXPORT   check an export instead of the store; "-" is standard input
  --config FILE   settings; AIOPS_CONFIG or provisioning/aiops/aiops.yaml when left out
`,
  run,
};
