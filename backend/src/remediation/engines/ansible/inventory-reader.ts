import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { AppError, messageOf } from '../../../errors.ts';
import type { Inventory } from '../automation-engine.ts';
import { secretKeys } from '../secret-text.ts';
import { inventoryFiles } from './trust.ts';

const run = promisify(execFile);
const deadlineMs = 30_000;
const mostOutputBytes = 32_000_000;
const mostHosts = 50_000;

const Listed = z.record(
  z.string(),
  z.looseObject({ hosts: z.array(z.string()).optional(), children: z.array(z.string()).optional() })
);
const Hostvars = z.looseObject({
  _meta: z.looseObject({ hostvars: z.record(z.string(), z.record(z.string(), z.unknown())).optional() }).optional(),
});

export interface InventoryFacts {
  readonly groups: Inventory;
  /** Values of variables whose names say that they are secret. */
  readonly secrets: readonly string[];
}

/** How to call a command of Ansible: its arguments come from the caller. */
export interface Command {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/**
 * Runs a command of Ansible that has no effect, and hands on what it prints.
 * @throws AppError `engine_unavailable`, or the signal's reason
 */
export async function readFromCommand(command: Command, signal: AbortSignal): Promise<string> {
  try {
    const { stdout } = await run(command.name, [...command.args], {
      ...{ env: command.env, cwd: command.cwd, signal, shell: false, encoding: 'utf8' },
      ...{ timeout: deadlineMs, killSignal: 'SIGKILL', maxBuffer: mostOutputBytes },
    });
    return stdout;
  } catch (error) {
    signal.throwIfAborted();
    throw new AppError('engine_unavailable', `${command.name}: ${commandFault(error)}`, { cause: error });
  }
}

function commandFault(error: unknown): string {
  const { code, stderr, killed } = error as { code?: unknown; stderr?: unknown; killed?: unknown };
  if (code === 'ENOENT') {
    return 'is not installed, or not on PATH; install ansible-core or name its folder with "commands"';
  }
  if (killed === true) {
    return `did not end within ${deadlineMs / 1_000} s`;
  }
  const said = typeof stderr === 'string' ? stderr.trim().split('\n').slice(-5).join(' ').slice(0, 1_000) : '';
  return said === '' ? messageOf(error) : said;
}

/** Reads the inventory with Ansible's own eyes, and again only after a file of it changed. */
export class InventoryReader {
  readonly #inventory: string;
  #known: { readonly stamp: string; readonly facts: Promise<InventoryFacts> } | undefined;

  constructor(inventory: string) {
    this.#inventory = inventory;
  }

  /** @throws AppError `engine_unavailable` for an inventory that can't be read or must not be trusted */
  async read(call: () => Promise<string>): Promise<InventoryFacts> {
    const { files, fault } = inventoryFiles(this.#inventory);
    if (fault !== undefined) {
      throw new AppError('engine_unavailable', fault);
    }
    const stamp = JSON.stringify(files);
    if (this.#known?.stamp !== stamp) {
      const facts = call().then(parseInventory);
      this.#known = { stamp, facts };
      facts.catch(() => {
        this.#known = undefined;
      });
    }
    return await this.#known.facts;
  }
}

/**
 * Reads what `ansible-inventory --list` prints.
 * @throws AppError `engine_unavailable` for anything else
 */
export function parseInventory(text: string): InventoryFacts {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError('engine_unavailable', 'ansible-inventory did not print JSON', { cause });
  }
  const meta = Hostvars.safeParse(value);
  const listed = Listed.safeParse(value);
  if (!listed.success || !meta.success) {
    throw new AppError('engine_unavailable', 'ansible-inventory printed what is no inventory');
  }
  const groups = new Map(Object.entries(listed.data).filter(([name]) => name !== '_meta'));
  const members = new Map([...groups.keys()].map((name) => [name, membersOf(name, groups)]));
  const hostvars = Object.values(meta.data._meta?.hostvars ?? {});
  return { groups: members, secrets: [...new Set(hostvars.flatMap(secretsIn))] };
}

type Groups = ReadonlyMap<string, { readonly hosts?: string[] | undefined; readonly children?: string[] | undefined }>;

function membersOf(name: string, groups: Groups): readonly string[] {
  const seen = new Set([name]);
  const hosts = new Set<string>();
  for (const group of seen) {
    groups.get(group)?.children?.forEach((child) => seen.add(child));
    groups.get(group)?.hosts?.forEach((host) => hosts.add(host));
    if (hosts.size > mostHosts) {
      throw new AppError('engine_unavailable', `group ${name} has more than ${mostHosts} hosts`);
    }
  }
  return [...hosts].sort();
}

function secretsIn(variables: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(variables).flatMap(([name, value]) =>
    secretKeys.test(name) && typeof value === 'string' && value.length >= 4 ? [value] : []
  );
}
