import { readFileSync } from 'node:fs';

/** Faults that a person can switch on: each ends by itself, so that a forgotten one does no harm. */
export const faults = {
  'slow-checkout': { title: 'Slow checkout', text: 'Checking out takes six times as long.' },
  'failing-cart': { title: 'Failing cart', text: 'Four of ten carts answer with an error.' },
  'payment-down': { title: 'Payment is down', text: 'The process of the payment service is killed.' },
  'mailer-down': { title: 'Mailer is down', text: 'The process of the mail service is killed.' },
} as const;
export type FaultName = keyof typeof faults;

export const slowFactor = 6;
export const failingShare = 0.4;
const longestMs = 10 * 60_000;

/** The service whose process a fault kills; undefined for those that only change how pages are served. */
function serviceOf(name: FaultName): string | undefined {
  return name.endsWith('-down') ? name.slice(0, -'-down'.length) : undefined;
}

/** Which faults are on. A killed process stays so until it is started again, by whoever heals it. */
export class FaultSwitch {
  readonly #untilMs = new Map<FaultName, number>();
  /** Files with the process numbers of the services there are. */
  readonly #pidFiles: Readonly<Record<string, string>>;

  constructor(pidFiles: Readonly<Record<string, string>>) {
    this.#pidFiles = pidFiles;
  }

  isOn(name: FaultName): boolean {
    const service = serviceOf(name);
    return service === undefined ? (this.#untilMs.get(name) ?? 0) > Date.now() : this.#pidOf(service) === undefined;
  }

  set(name: FaultName, on: boolean): void {
    const service = serviceOf(name);
    if (service === undefined) {
      this.#untilMs.set(name, on ? Date.now() + longestMs : 0);
      return;
    }
    const pid = this.#pidOf(service);
    if (on && pid !== undefined) {
      process.kill(pid, 'SIGKILL');
    }
  }

  /** Of the faults that this shop can have: without services there is nothing to kill. */
  state(): Record<string, boolean> {
    const possible = (Object.keys(faults) as FaultName[]).filter((name) => {
      const service = serviceOf(name);
      return service === undefined || Object.hasOwn(this.#pidFiles, service);
    });
    return Object.fromEntries(possible.map((name) => [name, this.isOn(name)]));
  }

  #pidOf(service: string): number | undefined {
    try {
      const pid = Number(readFileSync(this.#pidFiles[service] ?? '', 'utf8'));
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return command.includes('test/demo/service.ts') ? pid : undefined;
    } catch {
      // No file or no process: it does not run.
      return undefined;
    }
  }
}

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(faults, name);
}
