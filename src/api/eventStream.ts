import { proxyUrl } from './client.ts';
import type { ApiRequest } from './endpoints.ts';

/** One event is far below this: a stream without line ends must not fill the memory. */
const maxBufferedChars = 1_000_000;

/** One server-sent event (WHATWG HTML 9.2). */
export interface StreamMessage {
  /** `message` when the server named none. */
  readonly event: string;
  readonly id: string | undefined;
  readonly data: string;
}

function fieldOf(lines: readonly string[], name: string): string | undefined {
  const prefix = `${name}:`;
  const values = lines
    .filter((line) => line.startsWith(prefix))
    .map((line) => line.slice(prefix.length).replace(/^ /, ''));
  return values.length === 0 ? undefined : values.join('\n');
}

/** Complete events of a buffer, and the unfinished rest; a comment is no event. */
export function splitEvents(buffer: string): { readonly messages: readonly StreamMessage[]; readonly rest: string } {
  const blocks = buffer.replaceAll('\r\n', '\n').split('\n\n');
  const rest = blocks.pop() ?? '';
  const messages = blocks.flatMap((block): StreamMessage[] => {
    const lines = block.split('\n');
    const data = fieldOf(lines, 'data');
    return data === undefined || data === ''
      ? []
      : [{ event: fieldOf(lines, 'event') ?? 'message', id: fieldOf(lines, 'id'), data }];
  });
  return { messages, rest: rest.slice(-maxBufferedChars) };
}

export interface StreamReader {
  readonly onMessage: (message: StreamMessage) => void;
  readonly signal: AbortSignal;
  /** Id of the newest event that is known already: the server sends what came after it. */
  readonly lastEventId?: string | undefined;
}

/**
 * Hands on each event of a stream until it ends or `signal` is aborted. Grafana's own client cannot stream.
 * @throws Error when the stream cannot be opened or breaks
 */
export async function readEventStream(request: ApiRequest, reader: StreamReader): Promise<void> {
  const { onMessage, signal, lastEventId } = reader;
  const headers = {
    Accept: 'text/event-stream',
    ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }),
  };
  const answer = await fetch(proxyUrl(request), { headers, signal });
  if (!answer.ok || answer.body === null) {
    throw new Error(`${request.path} answered ${answer.status}`);
  }
  const chunks = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  for (let chunk = await chunks.read(); !chunk.done; chunk = await chunks.read()) {
    const { messages, rest } = splitEvents(buffer + chunk.value);
    buffer = rest;
    messages.forEach(onMessage);
  }
}

/** The JSON of an event as a schema reads it; undefined when it is something else. */
export function parseMessage<T>(
  { data }: StreamMessage,
  schema: { safeParse(value: unknown): { readonly data?: T } }
): T | undefined {
  try {
    return schema.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined;
  }
}
