import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { Calendar } from '../calendars/calendar.ts';
import { IcalReader } from '../calendars/ical-reader.ts';
import { systemClock } from '../clock.ts';
import { loadConfig, type Config } from '../config.ts';
import type { PolicySpec, ReplayReport } from '../contract/remediation/policy.ts';
import { createEngines } from '../remediation/engines/create-engines.ts';
import type { CalendarNow } from '../remediation/guardrails/decision-input.ts';
import { replayedFromMs, replayEpisodes, type ReplayDeps } from '../remediation/replay/replay-recorded.ts';
import { type Command, type CommandIo, parseTextOptions, refusePositionals, UsageError } from './command.ts';
import { readRecorded } from './recorded.ts';

const usualDays = '30';
const shownItems = 20;

interface NamedReport {
  readonly policy: string;
  readonly mode: PolicySpec['mode'];
  readonly report: ReplayReport;
}

async function run(args: readonly string[], { stdout, signal }: CommandIo): Promise<number> {
  const asJson = args.includes('--json');
  const parsed = parseTextOptions(
    args.filter((arg) => arg !== '--json'),
    ['config', 'days', 'policy']
  );
  refusePositionals(parsed);
  const days = daysOf(parsed.values['days'] ?? usualDays);
  const config = loadConfig({ file: parsed.values['config'] });
  const recorded = await readRecorded(config, replayedFromMs(systemClock.nowMs(), days), signal);
  const specs = choosePolicies(
    [...config.policies.map(({ spec }) => spec), ...recorded.policies],
    parsed.values['policy']
  );
  const reports = await withWorld(config, signal, async (world) => {
    const all: NamedReport[] = [];
    for (const spec of specs) {
      const report = await replayEpisodes(world, { spec, days }, recorded.episodes, signal);
      all.push({ policy: spec.name, mode: spec.mode, report });
    }
    return all;
  });
  stdout.write(asJson ? `${JSON.stringify({ days, policies: reports }, null, 2)}\n` : reports.map(textOf).join('\n'));
  return 0;
}

function daysOf(text: string): number {
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > 90) {
    throw new UsageError(`--days takes a whole number from 1 to 90, not "${text}"`);
  }
  return days;
}

/** Those of the files as they are now, then those of the API; a file wins a name. */
function choosePolicies(all: readonly PolicySpec[], name: string | undefined): readonly PolicySpec[] {
  const byName = new Map(all.toReversed().map((spec) => [spec.name, spec]));
  const chosen = [...byName.values()].filter((spec) => name === undefined || spec.name === name);
  if (chosen.length === 0) {
    const known = [...byName.keys()].join(', ');
    const what = name === undefined ? 'there are no policies' : `there is no policy "${name}" (--policy)`;
    throw new UsageError(
      `${what}; there are: ${known === '' ? 'none, write one in policies/ beside aiops.yaml' : known}`
    );
  }
  return chosen.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Engines and calendars of the settings; nothing of it is written or started. */
async function withWorld<T>(config: Config, signal: AbortSignal, use: (world: ReplayDeps) => Promise<T>): Promise<T> {
  const runFolder = await mkdtemp(join(tmpdir(), 'aiops-replay-'));
  const logger = pino({ level: 'silent' });
  const engines = createEngines({ engines: config.engines, logger, clock: systemClock, runFolder });
  const reader = new IcalReader();
  try {
    const calendars = new Map<string, Calendar>();
    for (const spec of config.calendars) {
      const calendar = new Calendar(spec, { kind: 'file', file: config.file }, { reader, clock: systemClock });
      // one that can't be read says so itself, and counts as a freeze
      await calendar.read(signal).catch(() => undefined);
      calendars.set(spec.name, calendar);
    }
    const calendarsNow = (names: readonly string[], timeMs: number): readonly CalendarNow[] =>
      names.flatMap((name) => {
        const calendar = calendars.get(name);
        return calendar === undefined ? [] : [{ name, on: calendar.at(timeMs) ?? null, fault: calendar.error ?? null }];
      });
    return await use({
      clock: systemClock,
      engines: engines.byName,
      calendarsNow,
      selfHosts: new Set(),
      limits: config.remediation.limits,
    });
  } finally {
    await engines.stop();
    await reader.stop();
    await rm(runFolder, { recursive: true, force: true });
  }
}

function textOf({ policy, mode, report }: NamedReport): string {
  const { matched, episodes, days, wouldRun, refusedBy, items } = report;
  const held = Object.entries(refusedBy)
    .sort(([, a], [, b]) => b - a)
    .map(([guard, times]) => `${times} by ${guard}`);
  const lines = [
    `${policy} (${mode}): ${matched} of ${episodes} episodes of the last ${days} days are for it; it would have run ${wouldRun} times`,
    ...(held.length === 0 ? [] : [`  held back: ${held.join(', ')}`]),
    ...items.slice(0, shownItems).map((item) => `  ${itemText(item)}`),
    ...(matched > shownItems ? [`  … and ${matched - shownItems} before; --json lists up to 200`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function itemText({ openedAtMs, alertname, target, outcome, verdicts }: ReplayReport['items'][number]): string {
  const time = new Date(openedAtMs).toISOString().slice(0, 16).replace('T', ' ');
  const name = printable(`${alertname} on ${target ?? 'no target'}`);
  const reason = (verdicts.find((one) => one.outcome === 'refuse') ?? verdicts.find((one) => one.outcome === 'wait'))
    ?.detail;
  return `${time}  ${name}  ${outcome === 'would-run' ? 'would run' : `held back: ${printable(reason ?? '')}`}`;
}

/** What comes from alerts must not move the cursor or colour the terminal. */
function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
}

/** `aiops replay`: what policies would have done. */
export const replay: Command = {
  help: `aiops replay [--days N] [--policy NAME] [--json] [--config FILE]

Says what the policies would have done on the alerts of the last days, and which guard would have held them back. Hosts,
playbooks and calendars are those of today. What was not recorded is taken at its best: every run works, enough members
are healthy, nothing is silenced or switched off. Nothing is started and nothing is written.

  --days N        how far back, 1 to 90; 30 when left out
  --policy NAME   only this policy; all of the files and of the API when left out
  --json          everything, with each verdict and its numbers
  --config FILE   settings; AIOPS_CONFIG or provisioning/aiops/aiops.yaml when left out
`,
  run,
};
