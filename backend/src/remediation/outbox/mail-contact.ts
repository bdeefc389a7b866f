import { createHash } from 'node:crypto';
import { Socket } from 'node:net';
import nodemailer from 'nodemailer';
import { SecretFile } from '../../datasources/secret-file.ts';
import { SourceCredentials } from '../../datasources/source-credentials.ts';
import { AppError, messageOf } from '../../errors.ts';
import type { MailContactSettings } from './contact-settings.ts';
import type { Attempt, Contact } from './contact.ts';
import { type Notice, oneLine } from './notice.ts';

/** A contact that is reached by mail, one connection for each. */
export function createMailContact(settings: MailContactSettings): Contact {
  const credentials = new SourceCredentials(settings);
  const password =
    settings.basic === undefined ? undefined : new SecretFile(settings.basic.passwordFile, 'password file');
  const where = `contact ${settings.name} (smtp://${settings.host}:${settings.port})`;
  return {
    name: settings.name,
    kind: 'email',
    async send(notice, signal) {
      const deadline = AbortSignal.timeout(settings.timeoutMs);
      const socket = new Socket();
      try {
        const secret = await password?.secret();
        const tls = await credentials.tls();
        await sendMail({ settings, notice, socket, secret, tls }, AbortSignal.any([signal, deadline]));
        return { kind: 'accepted' };
      } catch (error) {
        signal.throwIfAborted();
        return deadline.aborted
          ? { kind: 'later', message: `${where}: not taken within ${settings.timeoutMs / 1_000} s`, retryAfterMs: 0 }
          : failureOf(error, where);
      } finally {
        socket.destroy();
      }
    },
    stop: () => Promise.resolve(),
  };
}

interface Mailing {
  readonly settings: MailContactSettings;
  readonly notice: Notice;
  /** Ours, so that an attempt can be cut off whatever the server does. */
  readonly socket: Socket;
  readonly secret: string | undefined;
  readonly tls: Awaited<ReturnType<SourceCredentials['tls']>>;
}

async function sendMail({ settings, notice, socket, secret, tls }: Mailing, signal: AbortSignal): Promise<void> {
  const { host, port, secure, timeoutMs, basic } = settings;
  const laterMs = 2 * timeoutMs;
  const transport = nodemailer.createTransport({
    ...{ host, port, secure, socket, disableFileAccess: true, disableUrlAccess: true },
    // Ours comes first; these only clear away what it left.
    ...{ connectionTimeout: laterMs, greetingTimeout: laterMs, socketTimeout: laterMs, dnsTimeout: laterMs },
    // A password is never sent where others can read it.
    requireTLS: basic !== undefined,
    ...(tls === undefined ? {} : { tls }),
    ...(basic === undefined ? {} : { auth: { user: basic.user, pass: secret ?? '' } }),
  });
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => {
    socket.destroy();
    reject(signal.reason as Error);
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    await Promise.race([transport.sendMail(mailOf(notice, settings)), aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
    transport.close();
  }
}

function mailOf(notice: Notice, { from, to }: Pick<MailContactSettings, 'from' | 'to'>) {
  const id = createHash('sha256').update(notice.key).digest('hex').slice(0, 32);
  return {
    from,
    to: [...to],
    // The same mail twice, after a crash, is one to whoever sorts by this.
    messageId: `<${id}@aiops.invalid>`,
    subject: oneLine(`[AIOps] ${notice.title}`),
    text: textOf(notice),
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}

function textOf(notice: Notice): string {
  const labels = Object.entries(notice.labels).map(([name, value]) => `  ${oneLine(name)} = ${oneLine(value)}`);
  const lines = [
    notice.text,
    '',
    ...(notice.url === null ? [] : [notice.url, '']),
    `Policy:  ${notice.policy}`,
    `Episode: ${notice.episodeId}`,
    ...(notice.runId === null ? [] : [`Run:     ${notice.runId}`]),
    `Since:   ${new Date(notice.startsAtMs).toISOString()}`,
    'Labels:',
    ...labels,
  ];
  return `${lines.join('\n')}\n`;
}

function failureOf(error: unknown, where: string): Attempt {
  if (error instanceof AppError) {
    return { kind: 'later', message: error.message, retryAfterMs: 0 };
  }
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'responseCode') : undefined;
  // 5yz is a permanent answer, but a wrong password may be put right.
  const isRefusal = typeof code === 'number' && code >= 500 && !(code >= 530 && code <= 538);
  const message = `${where}: ${oneLine(messageOf(error))}`;
  return { kind: isRefusal ? 'refused' : 'later', message, retryAfterMs: 0 };
}
