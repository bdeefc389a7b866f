import { loadConfig } from '../config.ts';
import { AppError } from '../errors.ts';
import { type Command, type CommandIo, parseTextOptions, refusePositionals } from './command.ts';

function run(args: readonly string[], { stdout, stderr }: CommandIo): Promise<number> {
  const parsed = parseTextOptions(args, ['config']);
  refusePositionals(parsed);
  try {
    const { file, sources, jobs } = loadConfig({ file: parsed.values['config'] });
    stdout.write(
      `${file}: fine, ${sources.length} ${sources.length === 1 ? 'source' : 'sources'}, ${jobs.length} ${jobs.length === 1 ? 'job' : 'jobs'}\n`
    );
    return Promise.resolve(0);
  } catch (error) {
    if (error instanceof AppError && error.code === 'config_invalid') {
      stderr.write(`${error.message}\n`);
      return Promise.resolve(1);
    }
    throw error;
  }
}

/** `aiops validate`: what `serve` would refuse, without starting. */
export const validate: Command = {
  help: `aiops validate [--config FILE]

Checks the settings and all jobs, and lists every problem with file, line and what was expected.

  --config FILE   settings; AIOPS_CONFIG or provisioning/aiops/aiops.yaml when left out
`,
  run,
};
