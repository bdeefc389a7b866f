import { createHash } from 'node:crypto';
import { configError } from '../../../config/problems.ts';
import { HttpTarget } from '../../../delivery/http-target.ts';
import { AppError, messageOf } from '../../../errors.ts';
import type {
  ActionManifest,
  AutomationEngine,
  EngineOutcome,
  EngineTask,
  Inventory,
  Preparation,
  RunListener,
} from '../automation-engine.ts';
import { actionOf, checkTask } from '../check-task.ts';
import { readActionFolder, type FolderAction } from '../manifest.ts';
import type { Parameters } from '../parameters.ts';
import { createSafeText } from '../secret-text.ts';
import { Slots } from '../slots.ts';
import type { StartedRuns } from '../started-runs.ts';
import { guardedLookup } from './address-guard.ts';
import { judgeAnswer, judgeFailure } from './judge-answer.ts';
import type { WebhookEngineSettings } from './webhook-settings.ts';

interface CheckedTask {
  readonly manifest: ActionManifest;
  readonly path: string;
  readonly parameters: Parameters;
  readonly digest: string;
}

const nothing = { ok: 0, changed: 0, failed: 0, unreachable: 0, skipped: 0, rescued: 0, ignored: 0 };

/** Has actions carried out by another service: one POST to a path below the base of the settings, nowhere else. */
export class WebhookEngine implements AutomationEngine {
  readonly kind = 'webhook';
  readonly name: string;
  readonly #settings: WebhookEngineSettings;
  readonly #started: StartedRuns;
  readonly #target: HttpTarget;
  readonly #slots: Slots;
  readonly #safeText = createSafeText([]);
  readonly #running = new Set<Promise<unknown>>();
  readonly #stopping = new AbortController();

  constructor(deps: { readonly settings: WebhookEngineSettings; readonly started: StartedRuns }) {
    const { name, url, timeoutMs, bearerTokenFile, atMost } = deps.settings;
    this.name = name;
    this.#settings = deps.settings;
    this.#started = deps.started;
    this.#target = new HttpTarget({ name: `engine ${name}`, url, timeoutMs, bearerTokenFile, lookup: guardedLookup });
    this.#slots = new Slots(atMost);
  }

  async actions(): Promise<readonly ActionManifest[]> {
    return Promise.resolve(this.#folder().actions.map(({ manifest }) => manifest));
  }

  async inventory(): Promise<Inventory> {
    return Promise.resolve(new Map(Object.entries(this.#settings.groups)));
  }

  async prepare(task: EngineTask, signal: AbortSignal): Promise<Preparation> {
    signal.throwIfAborted();
    const { manifest, path, digest } = await this.#check(task);
    return { digest, manifest, targets: task.targets, command: ['POST', `${this.#settings.url}${path}`] };
  }

  async run(task: EngineTask, digest: string, listener: RunListener, signal: AbortSignal): Promise<EngineOutcome> {
    const either = AbortSignal.any([signal, this.#stopping.signal]);
    const release = await this.#slots.take(either);
    const running = this.#runInSlot({ task, digest, listener }, either).finally(release);
    this.#running.add(running);
    return running.finally(() => this.#running.delete(running));
  }

  /** A request lives in our process only; what the service made of it is told by no handle. */
  async reap(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new AppError('busy', 'the backend stops'));
    await Promise.allSettled([...this.#running]);
    await this.#target.stop();
  }

  async #runInSlot(
    { task, digest, listener }: { task: EngineTask; digest: string; listener: RunListener },
    signal: AbortSignal
  ): Promise<EngineOutcome> {
    const checked = await this.#check(task);
    if (checked.digest !== digest) {
      const message = `${task.action} was changed after it was planned; nothing was started, plan it again`;
      throw new AppError('conflict', message);
    }
    this.#started.claim(task.runId);
    const { runId, action, targets, labels } = task;
    const body = JSON.stringify({ runId, action, targets, parameters: checked.parameters, labels });
    const tell = (kind: 'step' | 'diff' | 'note', text: string) => {
      listener.event({ kind, host: null, text: this.#safeText(text) });
    };
    if (task.check) {
      tell('diff', `POST ${this.#settings.url}${checked.path}\n${body}`);
      tell('note', 'a dry run sends nothing: this is the request');
      return { kind: 'ok', hosts: targets.map((host) => ({ ...nothing, host, skipped: 1 })) };
    }
    await listener.started({ runId });
    signal.throwIfAborted();
    tell('step', `POST ${this.#settings.url}${checked.path}`);
    const outcome = await this.#post({ task, path: checked.path, body }, signal);
    tell('note', outcome.kind === 'ok' ? 'it was carried out' : outcome.reason);
    return outcome;
  }

  async #post(
    { task, path, body }: { readonly task: EngineTask; readonly path: string; readonly body: string },
    signal: AbortSignal
  ): Promise<EngineOutcome> {
    const headers = { 'content-type': 'application/json', accept: 'application/json', 'idempotency-key': task.runId };
    const deadline = AbortSignal.timeout(task.timeoutMs);
    try {
      const reply = await this.#target.post({ path, headers, body }, AbortSignal.any([signal, deadline]));
      return judgeAnswer(reply, task.targets);
    } catch (error) {
      if (signal.aborted) {
        return { kind: 'unknown', reason: `cancelled (${messageOf(signal.reason)}), effect unknown`, hosts: [] };
      }
      if (deadline.aborted) {
        return { kind: 'unknown', reason: `timed out after ${task.timeoutMs / 1_000} s, effect unknown`, hosts: [] };
      }
      return judgeFailure(error, task.targets);
    }
  }

  #folder() {
    const folder = readActionFolder(this.#settings.actions, 'webhook');
    if (folder.problems.length > 0) {
      throw configError(folder.problems);
    }
    return folder;
  }

  async #check(task: EngineTask): Promise<CheckedTask> {
    const { actions, tree } = this.#folder();
    const action: FolderAction = actionOf(actions, task.action);
    const parameters = checkTask(action.manifest, task, await this.inventory());
    const path = action.path ?? '/';
    const hash = createHash('sha256').update(`${this.#settings.url}${path}\n`);
    const digest = hash.update(tree.files.get(`${task.action}.manifest.yaml`) ?? '').digest('hex');
    return { manifest: action.manifest, path, parameters, digest };
  }
}
