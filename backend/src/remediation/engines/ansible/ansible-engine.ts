import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Clock } from '../../../clock.ts';
import { configError } from '../../../config/problems.ts';
import { AppError } from '../../../errors.ts';
import type {
  ActionManifest,
  AutomationEngine,
  EngineHandle,
  EngineOutcome,
  EngineTask,
  Inventory,
  Preparation,
  RunListener,
} from '../automation-engine.ts';
import { actionOf, checkTask } from '../check-task.ts';
import { digestOf, type FileTree } from '../file-tree.ts';
import { readActionFolder } from '../manifest.ts';
import type { Parameters } from '../parameters.ts';
import { createSafeText } from '../secret-text.ts';
import { Slots } from '../slots.ts';
import { runMark, type StartedRuns } from '../started-runs.ts';
import type { AnsibleSettings } from './ansible-settings.ts';
import { playbookArguments } from './arguments.ts';
import { endProcesses, usualLadder, type LadderTimes } from './end-processes.ts';
import { ansibleEnvironment } from './environment.ts';
import { InventoryReader, readFromCommand, type Command, type InventoryFacts } from './inventory-reader.ts';
import { listedHosts } from './listed-hosts.ts';
import { runPlay } from './play.ts';
import { filesOfAction } from './playbook-scan.ts';
import { bootId } from './process-table.ts';
import { makeRunFolder, removeRunFolder, sweepRunFolders, type RunFolder } from './run-folder.ts';
import { vaultFault, vaultSecrets } from './trust.ts';
import { unusableLabels, variablesFile } from './variables.ts';

export interface AnsibleDeps {
  readonly settings: AnsibleSettings;
  /** Folder for the folders of runs; only we may read it. */
  readonly runFolder: string;
  readonly started: StartedRuns;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where commands are looked for. */
  readonly path: string;
  readonly ladder?: LadderTimes;
}

interface CheckedTask {
  readonly task: EngineTask;
  readonly manifest: ActionManifest;
  readonly parameters: Parameters;
  readonly tree: FileTree;
  readonly files: readonly string[];
  readonly digest: string;
  readonly facts: InventoryFacts;
}

const Handle = z.object({ pid: z.int().min(2), startTicks: z.int(), bootId: z.string(), mark: z.string().min(16) });
const readingTimeoutMs = 30_000;

/** Runs playbooks with the ansible-playbook of this machine, by exact names, on exact hosts, with data that stays data. */
export class AnsibleEngine implements AutomationEngine {
  readonly kind = 'ansible';
  readonly name: string;
  readonly #deps: AnsibleDeps;
  readonly #inventory: InventoryReader;
  readonly #slots: Slots;
  readonly #running = new Set<Promise<unknown>>();
  readonly #stopping = new AbortController();

  constructor(deps: AnsibleDeps) {
    this.name = deps.settings.name;
    this.#deps = deps;
    this.#inventory = new InventoryReader(deps.settings.inventory);
    this.#slots = new Slots(deps.settings.atMost);
    sweepRunFolders(deps.runFolder);
  }

  async actions(): Promise<readonly ActionManifest[]> {
    return Promise.resolve(this.#actions().actions.map(({ manifest }) => manifest));
  }

  async inventory(signal: AbortSignal): Promise<Inventory> {
    return (await this.#facts(signal)).groups;
  }

  async prepare(task: EngineTask, signal: AbortSignal): Promise<Preparation> {
    signal.throwIfAborted();
    const checked = await this.#check(task, signal);
    const mark = randomUUID();
    const folder = this.#stage(checked, mark);
    try {
      await this.#preflight(checked, { folder, mark }, signal);
    } finally {
      removeRunFolder(folder.path);
    }
    const shown = playbookArguments(this.#deps.settings, { task, variables: 'vars.yml' });
    const { digest, manifest } = checked;
    return { digest, manifest, targets: task.targets, command: ['ansible-playbook', ...shown] };
  }

  async run(task: EngineTask, digest: string, listener: RunListener, signal: AbortSignal): Promise<EngineOutcome> {
    const either = AbortSignal.any([signal, this.#stopping.signal]);
    const release = await this.#slots.take(either);
    const running = this.#runInSlot({ task, digest, listener }, either).finally(release);
    this.#running.add(running);
    return running.finally(() => this.#running.delete(running));
  }

  async reap(handle: EngineHandle): Promise<boolean> {
    const { data } = Handle.safeParse(handle);
    if (data === undefined || data.bootId !== bootId()) {
      return false;
    }
    const { clock, ladder, runFolder } = this.#deps;
    const { mark, pid, startTicks } = data;
    const run = { leader: { pid, startTicks }, mark };
    const { wasAlive, allGone } = await endProcesses(run, { clock, ladder: ladder ?? usualLadder });
    if (allGone && /^[0-9a-f]+$/.test(mark)) {
      removeRunFolder(join(runFolder, mark));
    }
    return wasAlive;
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new AppError('busy', 'the backend stops'));
    await Promise.allSettled([...this.#running]);
  }

  async #runInSlot(
    { task, digest, listener }: { task: EngineTask; digest: string; listener: RunListener },
    signal: AbortSignal
  ): Promise<EngineOutcome> {
    const checked = await this.#check(task, signal);
    if (checked.digest !== digest) {
      const message = `${task.action} was changed after it was planned; nothing was started, plan it again`;
      throw new AppError('conflict', message);
    }
    const mark = runMark(task.runId);
    this.#deps.started.claim(task.runId);
    const folder = this.#stage(checked, mark);
    try {
      await this.#preflight(checked, { folder, mark }, signal);
      const safeText = createSafeText(this.#secrets(checked.facts));
      tellOfLabels(task, listener);
      const { clock, ladder } = this.#deps;
      const play = {
        command: this.#command(task, { folder, mark }),
        mark,
        targets: task.targets,
        timeoutMs: task.timeoutMs,
      };
      return await runPlay(play, { clock, ladder: ladder ?? usualLadder, safeText, listener }, signal);
    } finally {
      this.#tidy(folder);
    }
  }

  #actions() {
    const folder = readActionFolder(this.#deps.settings.playbooks, 'ansible');
    if (folder.problems.length > 0) {
      throw configError(folder.problems);
    }
    return folder;
  }

  async #check(task: EngineTask, signal: AbortSignal): Promise<CheckedTask> {
    const { actions, tree } = this.#actions();
    const { manifest } = actionOf(actions, task.action);
    const facts = await this.#facts(signal);
    const parameters = checkTask(manifest, task, facts.groups);
    const files = filesOfAction(tree, task.action);
    return { task, manifest, parameters, tree, files, digest: digestOf(tree, files), facts };
  }

  async #facts(signal: AbortSignal): Promise<InventoryFacts> {
    const { settings } = this.#deps;
    const fault = settings.vaultPasswordFile === undefined ? undefined : vaultFault(settings.vaultPasswordFile);
    if (fault !== undefined) {
      throw new AppError('engine_unavailable', fault);
    }
    // Several wait for one reading: that one of them is cancelled must not fail the others.
    const reading = this.#inventory.read(async () => {
      const mark = randomUUID();
      const folder = makeRunFolder(this.#deps.runFolder, mark, { tree: noFiles, files: [], variables: '' });
      try {
        const vault =
          settings.vaultPasswordFile === undefined ? [] : ['--vault-id', `default@${settings.vaultPasswordFile}`];
        const args = ['-i', settings.inventory, '--list', ...vault];
        const command = { name: 'ansible-inventory', args, env: this.#environment(folder, mark), cwd: folder.project };
        return await readFromCommand(command, this.#stopping.signal);
      } finally {
        removeRunFolder(folder.path);
      }
    });
    return await unlessAborted(reading, signal);
  }

  #stage({ task, tree, files, parameters }: CheckedTask, mark: string): RunFolder {
    const variables = variablesFile({ parameters, labels: task.labels });
    return makeRunFolder(this.#deps.runFolder, mark, { tree, files, variables });
  }

  /** Asks Ansible itself whom the play would reach: exactly the targets, or nothing is started. */
  async #preflight(
    { task }: CheckedTask,
    place: { readonly folder: RunFolder; readonly mark: string },
    signal: AbortSignal
  ): Promise<void> {
    const command = this.#command(task, place);
    const hosts = listedHosts(await readFromCommand({ ...command, args: ['--list-hosts', ...command.args] }, signal));
    const isEqual = hosts.length === task.targets.length && task.targets.every((target) => hosts.includes(target));
    if (!isEqual) {
      const found = hosts.length === 0 ? 'no host' : hosts.slice(0, 20).join(', ');
      const message = `${task.action} would reach ${found} instead of ${task.targets.join(', ')}; its hosts and the inventory do not fit`;
      throw new AppError('invalid_request', message);
    }
  }

  #command(task: EngineTask, { folder, mark }: { readonly folder: RunFolder; readonly mark: string }): Command {
    const args = playbookArguments(this.#deps.settings, { task, variables: folder.variables });
    return {
      name: 'ansible-playbook',
      args,
      env: this.#environment(folder, mark, task.timeoutMs),
      cwd: folder.project,
    };
  }

  #environment(folder: RunFolder, mark: string, taskTimeoutMs = readingTimeoutMs): Readonly<Record<string, string>> {
    const { settings, path } = this.#deps;
    return ansibleEnvironment({ folder: folder.path, path, commands: settings.commands, taskTimeoutMs, mark });
  }

  #secrets(facts: InventoryFacts): readonly string[] {
    const { vaultPasswordFile } = this.#deps.settings;
    return [...facts.secrets, ...(vaultPasswordFile === undefined ? [] : vaultSecrets(vaultPasswordFile))];
  }

  #tidy(folder: RunFolder): void {
    try {
      removeRunFolder(folder.path);
    } catch (error) {
      this.#deps.logger.error({ folder: folder.path, error }, 'the folder of a run could not be removed');
    }
  }
}

const noFiles: FileTree = { root: '', files: new Map(), problems: [] };

/** What was promised, or the signal's reason as soon as it is aborted. */
async function unlessAborted<T>(promised: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const over = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const tell = () => reject(signal.reason as Error);
    signal.addEventListener('abort', tell, { once: true, signal: over.signal });
  });
  return await Promise.race([promised, aborted]).finally(() => over.abort());
}

function tellOfLabels(task: EngineTask, listener: RunListener): void {
  const unusable = unusableLabels(task.labels);
  if (unusable.length > 0) {
    const text = `${unusable.length} labels of the alert have no name that a playbook could use, and were left out`;
    listener.event({ kind: 'note', host: null, text });
  }
}
