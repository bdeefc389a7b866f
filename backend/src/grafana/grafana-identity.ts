import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { backOffMs } from '../delivery/back-off.ts';
import { messageOf } from '../errors.ts';
import type { GrafanaClient } from './grafana-client.ts';
import { probeGrafana, type GrafanaCapabilities } from './probe-grafana.ts';

export interface GrafanaIdentityDeps {
  readonly client: GrafanaClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export interface GrafanaIdentityStatus {
  /** Null until it is known. */
  readonly grafana: GrafanaCapabilities | null;
  /** Why it is not known yet; null before the first answer and once it is. */
  readonly error: string | null;
}

/** Finds out who answers and as whom, until it is known: a wrong token may pass for an anonymous viewer's. */
export class GrafanaIdentity {
  readonly #deps: GrafanaIdentityDeps;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #status: GrafanaIdentityStatus = { grafana: null, error: null };

  constructor(deps: GrafanaIdentityDeps) {
    this.#deps = deps;
  }

  get status(): GrafanaIdentityStatus {
    return this.#status;
  }

  start(): void {
    this.#running ??= this.#run().catch(() => undefined);
  }

  /** Safe to call twice. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, random } = this.#deps;
    const { signal } = this.#stopping;
    for (let failures = 1; !(await this.ask(signal)); failures += 1) {
      await clock.sleep(backOffMs(failures, random()), signal);
    }
  }

  /** Asks once. @returns whether it is known now */
  async ask(signal: AbortSignal): Promise<boolean> {
    const { client, logger } = this.#deps;
    try {
      const grafana = await probeGrafana(client, signal);
      logger.info({ version: grafana.version, account: grafana.account }, 'Grafana answers');
      this.#status = { grafana, error: null };
      return true;
    } catch (error) {
      signal.throwIfAborted();
      if (this.#status.error !== messageOf(error)) {
        logger.warn({ err: error }, 'Grafana can not be used yet');
      }
      this.#status = { grafana: null, error: messageOf(error) };
      return false;
    }
  }
}
