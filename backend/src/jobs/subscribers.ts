import type { Logger } from 'pino';
import type { ServerEvent } from '../contract/api.ts';

/** Who wants to hear what happens to jobs. A listener that throws does not keep the others from hearing it. */
export class Subscribers {
  readonly #listeners = new Set<(event: ServerEvent) => void>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Answers the function that ends the subscription. */
  add(listener: (event: ServerEvent) => void): () => void {
    const own = (event: ServerEvent) => {
      listener(event);
    };
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  publish(event: ServerEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#logger.error({ err: error, kind: event.kind }, 'a subscriber failed');
      }
    }
  }
}
