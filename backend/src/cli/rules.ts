import { alertRuleFile } from '../alerting/rule-files.ts';
import { loadConfig } from '../config.ts';
import { AlertRuleFormat } from '../contract/overlay.ts';
import { suggestion } from '../config/nearest.ts';
import { type Command, type CommandIo, parseTextOptions, refusePositionals, UsageError } from './command.ts';

function run(args: readonly string[], { stdout }: CommandIo): Promise<number> {
  const parsed = parseTextOptions(args, ['config', 'format', 'job']);
  refusePositionals(parsed);
  const format = AlertRuleFormat.safeParse(parsed.values['format'] ?? 'prometheus');
  if (!format.success) {
    throw new UsageError(`--format: expected one of ${AlertRuleFormat.options.join(', ')}`);
  }
  const specs = loadConfig({ file: parsed.values['config'] }).jobs.map(({ spec }) => spec);
  const { job } = parsed.values;
  const chosen = specs.filter(({ name }) => job === undefined || name === job);
  if (chosen.length === 0) {
    const known = specs.map(({ name }) => name);
    throw new UsageError(
      job === undefined ? 'no file defines a job' : `--job: "${job}" is in no file${suggestion(job, known)}`
    );
  }
  stdout.write(alertRuleFile(chosen, format.data));
  return Promise.resolve(0);
}

/** `aiops rules`: alert rules over the scores of the jobs, as a file. */
export const rules: Command = {
  help: `aiops rules [--format FORMAT] [--job NAME] [--config FILE]

Writes alert rules over the scores of the jobs that files define, for those who prefer rules to alerts sent by the backend.
They read anomaly_score: from a data source of the forecasts, or from where a writer puts it.

  --format FORMAT  prometheus (default), mimir (for mimirtool rules load) or grafana (a provisioning file)
  --job NAME       only this job
  --config FILE    settings; AIOPS_CONFIG or provisioning/aiops/aiops.yaml when left out
`,
  run,
};
