import type { Clock } from '../../clock.ts';
import { parseRetryAfterMs } from '../../delivery/back-off.ts';
import { HttpTarget, type TargetReply } from '../../delivery/http-target.ts';
import { messageOf } from '../../errors.ts';
import type { HttpContactSettings } from './contact-settings.ts';
import type { Attempt, Contact } from './contact.ts';
import type { Notice } from './notice.ts';

/** Nobody takes an escalation back: it fires until then. */
const alertLastsMs = 12 * 3_600_000;
/** Answers with which a server says that it may take it later. */
const passing: ReadonlySet<number> = new Set([401, 403, 407, 408, 421, 425, 429]);

/** A contact that is reached by a POST: JSON of ours, or an alert. */
export function createHttpContact(settings: HttpContactSettings, clock: Clock): Contact {
  const target = new HttpTarget({ ...settings, name: `contact ${settings.name}` });
  return {
    name: settings.name,
    kind: settings.kind,
    async send(notice, signal) {
      const request = settings.kind === 'alertmanager' ? alertRequest(notice, clock.nowMs()) : jsonRequest(notice);
      try {
        return attemptOf(await target.post(request, signal), target.where, clock.nowMs());
      } catch (error) {
        signal.throwIfAborted();
        return { kind: 'later', message: messageOf(error), retryAfterMs: 0 };
      }
    },
    stop: () => target.stop(),
  };
}

function jsonRequest({ startsAtMs, ...notice }: Notice) {
  const body = { version: 1, ...notice, startsAt: new Date(startsAtMs).toISOString() };
  // Field values of HTTP hold no other characters; the body has the key as it is.
  const key = notice.key.replace(/[^\x20-\x7e]/g, '_');
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  return { path: '', headers, body: JSON.stringify(body) };
}

function alertRequest(notice: Notice, nowMs: number) {
  const alert = {
    labels: alertLabels(notice),
    annotations: { summary: notice.title, description: notice.text },
    startsAt: new Date(Math.min(notice.startsAtMs, nowMs)).toISOString(),
    endsAt: new Date(nowMs + alertLastsMs).toISOString(),
    ...(notice.url === null ? {} : { generatorURL: notice.url }),
  };
  return { path: '/api/v2/alerts', headers: { 'content-type': 'application/json' }, body: JSON.stringify([alert]) };
}

/** Nothing in it changes from attempt to attempt, so that it is one alert. */
function alertLabels(notice: Notice): Record<string, string> {
  const own = {
    alertname: notice.kind === 'approval' ? 'AIOpsApprovalNeeded' : 'AIOpsEscalation',
    // No policy acts on what this product says itself.
    origin: 'aiops',
    severity: notice.kind === 'approval' ? 'warning' : 'critical',
    alert: notice.alertname,
    policy: notice.policy,
    episode: notice.episodeId,
    ...(notice.runId === null ? {} : { run: notice.runId }),
  };
  const others = Object.entries(notice.labels)
    .filter(([name, value]) => value !== '' && name !== 'alertname')
    .map(([name, value]): [string, string] => {
      const legal = name.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d)/, '_');
      return [Object.hasOwn(own, legal) || legal === '' ? `exported_${legal}` : legal, value];
    });
  return { ...Object.fromEntries(others), ...own };
}

function attemptOf({ status, contentType, text, retryAfter }: TargetReply, where: string, nowMs: number): Attempt {
  // A proxy's login page comes with 200 too, and tells nobody.
  const isPage = contentType.includes('html');
  if (status >= 200 && status < 300 && !isPage) {
    return { kind: 'accepted' };
  }
  const said = text === '' ? '' : `: ${text.slice(0, 300)}`;
  const message = `${where}: answered ${status}${isPage ? ' with a page for people' : said}`;
  const isRefusal = status >= 300 && status < 500 && !passing.has(status);
  return { kind: isRefusal ? 'refused' : 'later', message, retryAfterMs: parseRetryAfterMs(retryAfter, nowMs) };
}
