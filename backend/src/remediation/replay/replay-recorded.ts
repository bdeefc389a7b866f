import type { Clock } from '../../clock.ts';
import type { Episode } from '../../contract/remediation/episode.ts';
import type { ReplayReport, ReplayRequest } from '../../contract/remediation/policy.ts';
import { AppError } from '../../errors.ts';
import type { Database } from '../../store/database.ts';
import type { ActionManifest, AutomationEngine } from '../engines/automation-engine.ts';
import { EpisodeRepository } from '../episodes/episode-repository.ts';
import type { CalendarNow, GlobalLimits } from '../guardrails/decision-input.ts';
import { resolvePolicy } from '../policies/policy.ts';
import { replayPolicy } from './replay-policy.ts';

export interface ReplayDeps {
  readonly clock: Clock;
  readonly engines: ReadonlyMap<string, AutomationEngine>;
  /** What calendars have on at an instant; one that does not exist is left out. */
  readonly calendarsNow: (names: readonly string[], timeMs: number) => readonly CalendarNow[];
  readonly selfHosts: ReadonlySet<string>;
  readonly limits: GlobalLimits;
}

const dayMs = 86_400_000;
/** Of a storm of alerts the oldest of the time: a replay is read by a person who waits for it. */
export const mostReplayed = 50_000;

/** What a policy would have done on the episodes of the last days in the store; as `replayEpisodes`. */
export async function replayRecorded(
  { database, ...deps }: ReplayDeps & { readonly database: Database },
  request: ReplayRequest,
  signal: AbortSignal
): Promise<ReplayReport> {
  const fromMs = replayedFromMs(deps.clock.nowMs(), request.days);
  const episodes = await new EpisodeRepository(database).recent(fromMs, mostReplayed);
  return await replayEpisodes(deps, request, episodes, signal);
}

/** Where episodes for a replay begin: a day before its own, so that its first ones are seen with what was before them. */
export function replayedFromMs(nowMs: number, days: number): number {
  return nowMs - (days + 1) * dayMs;
}

/**
 * What a policy would have done on episodes, with the hosts, playbooks and calendars of today.
 * @param episodes since `replayedFromMs`, oldest first
 * @throws AppError `invalid_request` for a policy that names what there is not, `engine_unavailable`
 */
export async function replayEpisodes(
  deps: ReplayDeps,
  { spec, days }: ReplayRequest,
  episodes: readonly Episode[],
  signal: AbortSignal
): Promise<ReplayReport> {
  const policy = resolvePolicy(spec);
  const engine = spec.do.engine === undefined ? [...deps.engines.values()][0] : deps.engines.get(spec.do.engine);
  const manifest = await manifestOf(engine, spec.do.playbook);
  const inventory = await engine?.inventory(signal);
  const { calendars } = spec.guard;
  const world = {
    inventory: inventory ?? new Map<string, readonly string[]>(),
    tier: manifest.tier,
    takesMs: manifest.takesMs,
    selfHosts: deps.selfHosts,
    limits: deps.limits,
    calendarsAt: (timeMs: number) => deps.calendarsNow(calendars, timeMs),
  };
  const fromMs = deps.clock.nowMs() - days * dayMs;
  return await replayPolicy(policy, { episodes, fromMs, days }, world, signal);
}

async function manifestOf(engine: AutomationEngine | undefined, playbook: string): Promise<ActionManifest> {
  const actions = (await engine?.actions()) ?? [];
  const found = actions.find(({ name }) => name === playbook);
  if (found === undefined) {
    const known = actions.map(({ name }) => name).join(', ');
    const message = `playbook "${playbook}" does not exist; there are: ${known === '' ? 'none, add an engine' : known}`;
    throw new AppError('invalid_request', message);
  }
  return found;
}
