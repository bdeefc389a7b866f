import { z } from 'zod';
import type { TargetReply } from '../../../delivery/http-target.ts';
import { AppError, messageOf } from '../../../errors.ts';
import type { EngineOutcome, HostResult } from '../automation-engine.ts';

/** What an answer may say of its own accord; all of it may be missing, and more may be there. */
const Answer = z.looseObject({
  outcome: z.enum(['ok', 'failed', 'unknown']).optional(),
  reason: z.string().optional(),
  hosts: z.record(z.string(), z.looseObject({ ok: z.boolean(), changed: z.boolean().default(true) })).optional(),
});
type Answer = z.output<typeof Answer>;

/** Refusals that do not say whether an earlier request with the same key was carried out. */
const undecidedStatuses: ReadonlySet<number> = new Set([408, 409, 425]);
/** Failures that come before any byte of a request is sent. */
const beforeSending: ReadonlySet<string> = new Set([
  'source_dns',
  'source_refused',
  'source_tls',
  'config_invalid',
  'forbidden',
]);

/**
 * Judges an answer: 2xx is done, unless its JSON says otherwise; 202 is only taken; a refusal (4xx) or a redirect, which
 * is never followed, had no effect; after a fault of the server (5xx) nobody knows.
 */
export function judgeAnswer(reply: TargetReply, targets: readonly string[]): EngineOutcome {
  const { status, text, location } = reply;
  const said = text.trim() === '' ? '' : `: ${text.trim().slice(0, 500)}`;
  if (status >= 300 && status < 400) {
    return failed(
      `it answered with a redirect (${status}) to ${location || 'nowhere'}, which is not followed`,
      targets
    );
  }
  if (status >= 400 && status < 500 && !undecidedStatuses.has(status)) {
    return failed(`it refused the request (${status})${said}`, targets);
  }
  if (status < 200 || status >= 300) {
    return { kind: 'unknown', reason: `it answered ${status}, effect unknown${said}`, hosts: [] };
  }
  const answer = answerOf(reply);
  if (answer === undefined) {
    return { kind: 'unknown', reason: `its answer has an outcome that means nothing${said}`, hosts: [] };
  }
  if (status === 202 && answer.outcome === undefined) {
    return { kind: 'unknown', reason: 'it took the request (202) and has not said what became of it', hosts: [] };
  }
  return judgeHosts(answer, targets);
}

/** Judges a request without an answer. */
export function judgeFailure(error: unknown, targets: readonly string[]): EngineOutcome {
  const isBefore = error instanceof AppError && beforeSending.has(error.code);
  return isBefore
    ? failed(messageOf(error), targets)
    : { kind: 'unknown', reason: `${messageOf(error)}, effect unknown`, hosts: [] };
}

function failed(reason: string, targets: readonly string[]): EngineOutcome {
  return { kind: 'failed', reason, hosts: targets.map((host) => ({ ...nothing, host, failed: 1 })) };
}

const nothing = { ok: 0, changed: 0, failed: 0, unreachable: 0, skipped: 0, rescued: 0, ignored: 0 };

/** An empty one when it is no JSON object; undefined when it is one that contradicts the format. */
function answerOf({ contentType, text }: TargetReply): Answer | undefined {
  if (text.trim() === '' || !/^application\/(.+\+)?json\b/i.test(contentType)) {
    return {};
  }
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Answer.safeParse(value).data : {};
  } catch {
    return undefined;
  }
}

function judgeHosts(answer: Answer, targets: readonly string[]): EngineOutcome {
  const told = answer.hosts;
  const strangers = Object.keys(told ?? {}).filter((host) => !targets.includes(host));
  const hosts = targets.map((host): HostResult => {
    const one = told === undefined ? { ok: answer.outcome !== 'failed', changed: true } : told[host];
    const isOk = one?.ok === true;
    return { ...nothing, host, ok: isOk ? 1 : 0, changed: isOk && one.changed ? 1 : 0, failed: isOk ? 0 : 1 };
  });
  const reason = answer.reason?.slice(0, 1_000) ?? 'it gave no reason';
  if (strangers.length > 0) {
    return {
      kind: 'failed',
      reason: `it acted on hosts that were not meant: ${strangers.join(', ').slice(0, 500)}`,
      hosts,
    };
  }
  if (answer.outcome === 'unknown') {
    return { kind: 'unknown', reason, hosts: [] };
  }
  const bad = hosts.filter((result) => result.failed > 0).map(({ host }) => host);
  if (answer.outcome === 'failed' || bad.length > 0) {
    return { kind: 'failed', reason: bad.length > 0 ? `${bad.join(', ')} failed: ${reason}` : reason, hosts };
  }
  return { kind: 'ok', hosts };
}
