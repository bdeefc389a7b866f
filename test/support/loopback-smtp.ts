import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body as they came, dots unstuffed, lines ended by a line feed. */
  readonly text: string;
}

/** What the server does with the next connection. */
export interface SmtpScript {
  /** Answers that replace its usual ones, by command: `greeting`, EHLO, MAIL, RCPT, DATA, `message`. */
  readonly answers?: Readonly<Record<string, string>>;
  /** `hang`: never says anything; `drip`: greets with a byte every 20 ms, without end; `drop-after-message`: takes it and closes before it says so. */
  readonly fault?: 'hang' | 'drip' | 'drop-after-message';
}

export interface LoopbackSmtp {
  readonly port: number;
  readonly mails: ReceivedMail[];
  /** Every line that a client sent outside of messages. */
  readonly commands: string[];
  /** What the next connections meet, in order; then all is taken. */
  script(...scripts: readonly SmtpScript[]): void;
  /** What every connection meets from now on. */
  always(script: SmtpScript): void;
  stop(): Promise<void>;
}

const usual: Readonly<Record<string, string>> = {
  greeting: '220 loopback ESMTP',
  EHLO: '250-loopback\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE 1000000',
  HELO: '250 loopback',
  MAIL: '250 2.1.0 OK',
  RCPT: '250 2.1.5 OK',
  DATA: '354 go on',
  message: '250 2.0.0 queued',
  RSET: '250 2.0.0 OK',
  QUIT: '221 2.0.0 bye',
};

/** An SMTP server on loopback that keeps what it is sent and answers as it is told. @see RFC 5321 */
export async function startLoopbackSmtp(): Promise<LoopbackSmtp> {
  const mails: ReceivedMail[] = [];
  const commands: string[] = [];
  const scripted: SmtpScript[] = [];
  let otherwise: SmtpScript = {};
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    converse(socket, scripted.shift() ?? otherwise, { mails, commands });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    mails,
    commands,
    script: (...scripts) => void scripted.push(...scripts),
    always: (script) => void (otherwise = script),
    async stop() {
      sockets.forEach((socket) => socket.destroy());
      server.close();
      await once(server, 'close');
    },
  };
}

function converse(
  socket: Socket,
  { answers = {}, fault }: SmtpScript,
  kept: { readonly mails: ReceivedMail[]; readonly commands: string[] }
): void {
  if (fault === 'hang') {
    return;
  }
  if (fault === 'drip') {
    const timer = setInterval(() => socket.write('2'), 20);
    socket.on('close', () => {
      clearInterval(timer);
    });
    return;
  }
  const say = (what: string) => socket.write(`${answers[what] ?? usual[what] ?? '502 5.5.2 not known'}\r\n`);
  let envelope = { from: '', to: [] as string[] };
  let message: string[] | undefined;
  let rest = '';
  const take = (line: string) => {
    if (message !== undefined && line !== '.') {
      message.push(line.replace(/^\.\./, '.'));
      return;
    }
    if (message !== undefined) {
      kept.mails.push({ ...envelope, text: message.join('\n') });
      message = undefined;
      envelope = { from: '', to: [] };
      if (fault === 'drop-after-message') {
        socket.destroy();
        return;
      }
      say('message');
      return;
    }
    kept.commands.push(line);
    const verb = line.slice(0, 4).toUpperCase();
    const answer = answers[verb] ?? usual[verb] ?? '';
    const address = /<([^>]*)>/.exec(line)?.[1] ?? '';
    envelope = verb === 'MAIL' ? { from: address, to: [] } : envelope;
    if (verb === 'RCPT' && answer.startsWith('2')) {
      envelope.to.push(address);
    }
    message = verb === 'DATA' && answer.startsWith('3') ? [] : undefined;
    say(verb);
  };
  socket.setEncoding('utf8');
  socket.on('data', (part: string) => {
    const lines = (rest + part).split('\r\n');
    rest = lines.pop() ?? '';
    lines.forEach(take);
  });
  say('greeting');
}
