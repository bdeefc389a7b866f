/** Faults that a person can switch on: each ends by itself, so that a forgotten one does no harm. */
export const faults = {
  'slow-checkout': { title: 'Slow checkout', text: 'Checking out takes six times as long.' },
  'failing-cart': { title: 'Failing cart', text: 'Four of ten carts answer with an error.' },
} as const;
export type FaultName = keyof typeof faults;

export const slowFactor = 6;
export const failingShare = 0.4;
const longestMs = 10 * 60_000;

/** Which faults are on. */
export class FaultSwitch {
  readonly #untilMs = new Map<FaultName, number>();

  isOn(name: FaultName): boolean {
    return (this.#untilMs.get(name) ?? 0) > Date.now();
  }

  set(name: FaultName, on: boolean): void {
    this.#untilMs.set(name, on ? Date.now() + longestMs : 0);
  }

  state(): Record<string, boolean> {
    return Object.fromEntries(Object.keys(faults).map((name) => [name, this.isOn(name as FaultName)]));
  }
}

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(faults, name);
}
