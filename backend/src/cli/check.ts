import { loadConfig } from '../config.ts';
import type { ConnectionReport } from '../datasources/metrics/metric-store.ts';
import { createMetricStore } from '../datasources/metrics/prometheus.ts';
import type { SourceSettings } from '../datasources/source-settings.ts';
import { type Command, type CommandIo, parseTextOptions, refusePositionals, UsageError } from './command.ts';

/** The sources that are meant: all, or the one that was named. */
export function chooseSources(all: readonly SourceSettings[], name: string | undefined): readonly SourceSettings[] {
  const chosen = name === undefined ? all : all.filter((source) => source.name === name);
  if (chosen.length === 0) {
    const names = all.map((source) => source.name).join(', ');
    throw new UsageError(`there is no source "${name ?? ''}" (--source); there are: ${names}`);
  }
  return chosen;
}

function print({ name, kind, url }: SourceSettings, { steps, ok, cause }: ConnectionReport): string {
  const lines = steps.map((step) => `  ${step.ok ? 'ok    ' : 'FAILED'} ${step.step.padEnd(8)}${step.detail}`);
  return `${name} (${kind}, ${url}): ${ok ? 'works' : `does not work: ${cause ?? 'unavailable'}`}\n${lines.join('\n')}\n`;
}

async function run(args: readonly string[], { stdout, signal }: CommandIo): Promise<number> {
  const parsed = parseTextOptions(args, ['config', 'source']);
  refusePositionals(parsed);
  const { sources } = loadConfig({ file: parsed.values['config'] });
  let failed = 0;
  for (const settings of chooseSources(sources, parsed.values['source'])) {
    const store = createMetricStore(settings);
    try {
      const report = await store.checkConnection(signal);
      failed += report.ok ? 0 : 1;
      stdout.write(print(settings, report));
    } finally {
      await store.stop();
    }
  }
  return failed === 0 ? 0 : 1;
}

/** `aiops check`: tests each source and names the cause. */
export const check: Command = {
  help: `aiops check [--config FILE] [--source NAME]

Connects to each metric source step by step (DNS, TCP, TLS, HTTP, access, product, query) and says what is wrong.

  --config FILE   settings; AIOPS_CONFIG or provisioning/aiops/aiops.yaml when left out
  --source NAME   only this source
`,
  run,
};
