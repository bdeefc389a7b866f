import { AppError } from '../../errors.ts';

const mostWaiting = 1_000;

/** A number of places; who finds none waits in line. */
export class Slots {
  #free: number;
  readonly #waiting: Array<() => void> = [];

  constructor(count: number) {
    this.#free = count;
  }

  /**
   * @returns gives the place back; may be called twice
   * @throws AppError `busy` when the line is too long, or the signal's reason when aborted while waiting
   */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return this.#place();
    }
    if (this.#waiting.length >= mostWaiting) {
      throw new AppError('busy', `${mostWaiting} runs wait for this engine; raise atMost, or find out why they come`);
    }
    await this.#turn(signal);
    return this.#place();
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    const leave = () => {
      const index = this.#waiting.indexOf(resolve);
      if (index >= 0) {
        this.#waiting.splice(index, 1);
        reject(signal.reason as Error);
      }
    };
    signal.addEventListener('abort', leave, { once: true });
    await promise.finally(() => signal.removeEventListener('abort', leave));
  }

  #place(): () => void {
    let isHeld = true;
    return () => {
      if (!isHeld) {
        return;
      }
      isHeld = false;
      const next = this.#waiting.shift();
      if (next === undefined) {
        this.#free += 1;
      } else {
        next();
      }
    };
  }
}
