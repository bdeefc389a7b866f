import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { AlertmanagerSettings } from '../../config/config-types.ts';
import { HttpTarget } from '../../delivery/http-target.ts';
import { messageOf } from '../../errors.ts';

/** A dead backend ends its alert by itself. */
const lastsMs = 240_000;
const resolvedForMs = 300_000;

interface Deps {
  readonly alertmanagers: readonly AlertmanagerSettings[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The last way to a person: an alert that says that nobody could be told. */
export class UndeliveredAlert {
  readonly #targets: readonly HttpTarget[];
  readonly #clock: Clock;
  readonly #logger: Logger;
  #sinceMs: number | undefined;
  #resolvedAtMs = -Infinity;

  constructor({ alertmanagers, clock, logger }: Deps) {
    this.#targets = alertmanagers.map((settings) => new HttpTarget({ ...settings, name: 'Alertmanager' }));
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Whether it fires. */
  get isFiring(): boolean {
    return this.#sinceMs !== undefined;
  }

  /** Tells every Alertmanager how it is now. @param keys what nobody took; none ends the alert */
  async tell(keys: readonly string[], signal: AbortSignal): Promise<void> {
    const nowMs = this.#clock.nowMs();
    if (keys.length > 0) {
      if (this.#sinceMs === undefined) {
        this.#sinceMs = nowMs;
        this.#logger.error({ notices: keys.slice(0, 10) }, 'no contact takes what a person must hear');
      }
      await this.#post({ startsAtMs: this.#sinceMs, endsAtMs: nowMs + lastsMs, count: keys.length }, signal);
      return;
    }
    if (this.#sinceMs !== undefined) {
      this.#resolvedAtMs = nowMs;
      this.#sinceMs = undefined;
    }
    if (nowMs - this.#resolvedAtMs < resolvedForMs) {
      await this.#post({ startsAtMs: this.#resolvedAtMs - 1, endsAtMs: this.#resolvedAtMs, count: 0 }, signal);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#targets.map((target) => target.stop()));
  }

  async #post(
    { startsAtMs, endsAtMs, count }: { readonly startsAtMs: number; readonly endsAtMs: number; readonly count: number },
    signal: AbortSignal
  ): Promise<void> {
    const alert = {
      labels: { alertname: 'AIOpsNobodyReached', origin: 'aiops', severity: 'critical' },
      annotations: {
        summary: 'AIOps: no contact can be reached',
        description: `${count} notices for people wait. Look at the contacts in aiops.yaml and at the Remediation page.`,
      },
      startsAt: new Date(startsAtMs).toISOString(),
      endsAt: new Date(endsAtMs).toISOString(),
    };
    const headers = { 'content-type': 'application/json' };
    const request = { path: '/api/v2/alerts', headers, body: JSON.stringify([alert]) };
    await Promise.all(
      this.#targets.map(async (target) => {
        try {
          const { status } = await target.post(request, signal);
          if (status < 200 || status >= 300) {
            this.#logger.warn({ alertmanager: target.where, status }, 'an Alertmanager did not take an alert of ours');
          }
        } catch (error) {
          signal.throwIfAborted();
          this.#logger.warn({ alertmanager: target.where, problem: messageOf(error) }, 'an Alertmanager is away');
        }
      })
    );
  }
}
