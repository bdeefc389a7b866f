import type { Episode } from '../../contract/remediation/episode.ts';
import type { Inventory } from '../engines/automation-engine.ts';
import type { GroupFailure, PastRun, Rival } from '../guardrails/decision-input.ts';
import type { Policy } from '../policies/policy.ts';
import { hostOf } from '../policies/target.ts';

const hourMs = 3_600_000;
const dayMs = 86_400_000;
/** What is over for an hour counts no more; a minute more or less does no harm. */
const sweepMs = 60_000;
const togetherMs = 30_000;

/** What was known of the past at each instant of a replay; time only goes forward. */
export class ReplayedPast {
  readonly #policy: Policy;
  readonly #runs: PastRun[] = [];
  /** Instants at which each identity opened, in order. */
  readonly #opens: ReadonlyMap<string, readonly number[]>;
  /** Matched episodes by the host that they are about. */
  readonly #byHost: ReadonlyMap<string | undefined, readonly Episode[]>;
  /** Episodes of members of the group that are still to come, newest first. */
  readonly #coming: GroupFailure[];
  #recent: GroupFailure[] = [];
  #nowMs = -Infinity;
  #sweptAtMs = -Infinity;

  constructor(
    policy: Policy,
    episodes: readonly Episode[],
    { matched, inventory }: { readonly matched: readonly Episode[]; readonly inventory: Inventory }
  ) {
    this.#policy = policy;
    const { target } = policy.spec;
    this.#opens = new Map(
      [...Map.groupBy(episodes, identityOf)].map(([key, same]) => [key, same.map(({ openedAtMs }) => openedAtMs)])
    );
    this.#byHost = Map.groupBy(matched, ({ labels }) => hostOf(target, labels));
    const members = new Set(inventory.get(target.group));
    this.#coming = episodes
      .flatMap(({ labels, openedAtMs, closedAtMs }): GroupFailure[] => {
        const host = hostOf(target, labels);
        return host === undefined || !members.has(host) ? [] : [{ target: host, openedAtMs, closedAtMs }];
      })
      .sort((a, b) => b.openedAtMs - a.openedAtMs);
  }

  goTo(timeMs: number): void {
    this.#nowMs = timeMs;
    for (let next = this.#coming.at(-1); next !== undefined && next.openedAtMs <= timeMs; next = this.#coming.at(-1)) {
      this.#recent = withFailure(this.#recent, next);
      this.#coming.pop();
    }
    if (timeMs - this.#sweptAtMs >= sweepMs) {
      this.#recent = this.#recent.filter(({ closedAtMs }) => closedAtMs === null || closedAtMs > timeMs - hourMs);
      this.#sweptAtMs = timeMs;
    }
  }

  addRun(run: PastRun): void {
    this.#runs.push(run);
  }

  /** Runs that a decision now would see. */
  runs(withinMs: number, episodeId: string): readonly PastRun[] {
    const seen = this.#runs.filter(
      (run) => (run.endedAtMs ?? 0) >= this.#nowMs - withinMs || run.episodeId === episodeId
    );
    return seen.map((run) => ((run.endedAtMs ?? 0) > this.#nowMs ? { ...run, endedAtMs: null } : run));
  }

  nextRunEndMs(timeMs: number): number | undefined {
    const ends = this.#runs.map(({ endedAtMs }) => endedAtMs ?? 0).filter((endMs) => endMs > timeMs);
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  opens(episode: Episode): readonly number[] {
    const opens = this.#opens.get(identityOf(episode)) ?? [];
    return opens.filter((openMs) => openMs <= this.#nowMs && openMs > this.#nowMs - dayMs);
  }

  rivals(episode: Episode): readonly Rival[] {
    const same = this.#byHost.get(hostOf(this.#policy.spec.target, episode.labels)) ?? [];
    return same
      .filter(
        ({ id, openedAtMs, closedAtMs }) =>
          id !== episode.id && openedAtMs <= this.#nowMs && (closedAtMs ?? Infinity) > this.#nowMs
      )
      .map(({ id, openedAtMs }) => ({ policy: this.#policy, episodeId: id, openedAtMs }));
  }

  /** Also when they closed, if that is still to come: one that closes later is open now. */
  failures(): readonly GroupFailure[] {
    return this.#recent;
  }
}

/** A new list, since guards remember what they found in one. Alerts of a host that come together are one failure of it. */
function withFailure(recent: readonly GroupFailure[], next: GroupFailure): GroupFailure[] {
  const i = recent.findLastIndex(({ target }) => target === next.target);
  const last = recent[i];
  if (last === undefined || next.openedAtMs - last.openedAtMs >= togetherMs) {
    return [...recent, next];
  }
  const closedAtMs =
    last.closedAtMs === null || next.closedAtMs === null ? null : Math.max(last.closedAtMs, next.closedAtMs);
  return recent.with(i, { ...last, closedAtMs });
}

function identityOf({ source, tenant, fingerprint }: Episode): string {
  return JSON.stringify([source, tenant, fingerprint]);
}
