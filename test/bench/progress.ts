const everyMs = 5_000;

export interface ProgressDeps {
  say(text: string): void;
  nowMs(): number;
}

/** Tells "label: done/total, time left" every five seconds and at the end; quick pieces (cached ones) don't count for the pace. */
export function trackProgress({ say, nowMs }: ProgressDeps, label: string, total: number): { tick(): void } {
  const startedMs = nowMs();
  let done = 0;
  let quick = 0;
  let saidMs = startedMs;
  return {
    tick() {
      done++;
      const now = nowMs();
      if (now - startedMs < 1_000) {
        quick++;
      }
      if (done !== total && now - saidMs < everyMs) {
        return;
      }
      saidMs = now;
      const left = done - quick > 0 ? ((now - startedMs) * (total - done)) / (done - quick) : undefined;
      say(`${label}: ${done}/${total}${done === total || left === undefined ? '' : `, ${duration(left)} left`}`);
    },
  };
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
