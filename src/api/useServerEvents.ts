import { useEffect, useRef } from 'react';
import { ServerEvent } from '../../backend/src/contract/index.ts';
import { proxyUrl } from './client.ts';
import { endpoints } from './endpoints.ts';

/** One event is far below this: a stream without line ends must not fill the memory. */
const maxBufferedChars = 1_000_000;

/** The texts of complete events in a buffer of server-sent events (WHATWG HTML 9.2), and the unfinished rest. */
export function splitEvents(buffer: string): { readonly texts: readonly string[]; readonly rest: string } {
  const blocks = buffer.replaceAll('\r\n', '\n').split('\n\n');
  const rest = blocks.pop() ?? '';
  const texts = blocks
    .map((block) =>
      block
        .split('\n')
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice('data:'.length).trimStart())
        .join('\n')
    )
    .filter((text) => text !== '');
  return { texts, rest: rest.slice(-maxBufferedChars) };
}

function parseEvent(text: string): ServerEvent | undefined {
  try {
    return ServerEvent.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Hands on each event until the stream ends or `signal` is aborted. Grafana's own client cannot stream. */
async function readEvents(onEvent: (event: ServerEvent) => void, signal: AbortSignal): Promise<void> {
  const answer = await fetch(proxyUrl(endpoints.events()), { headers: { Accept: 'text/event-stream' }, signal });
  if (!answer.ok || answer.body === null) {
    throw new Error(`events answered ${answer.status}`);
  }
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    const { texts, rest } = splitEvents(buffer + chunk.value);
    buffer = rest;
    texts.map(parseEvent).forEach((event) => event !== undefined && onEvent(event));
  }
}

interface ServerEventHandlers {
  readonly onEvent: (event: ServerEvent) => void;
  /** Asks for the state instead, every `pollMs`, once the stream has failed or ended. */
  readonly poll: () => void;
  readonly pollMs: number;
}

/** The backend's events while the component is shown; when the stream fails, asking takes its place. */
export function useServerEvents(handlers: ServerEventHandlers): void {
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  const { pollMs } = handlers;
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setInterval> | undefined;
    const pollInstead = () => {
      if (!stop.signal.aborted) {
        timer ??= setInterval(() => latest.current.poll(), pollMs);
      }
    };
    readEvents((event) => latest.current.onEvent(event), stop.signal).then(pollInstead, pollInstead);
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }, [pollMs]);
}
