import { useEffect, useRef } from 'react';
import { ServerEvent } from '../../backend/src/contract/index.ts';
import { endpoints } from './endpoints.ts';
import { parseMessage, readEventStream, type StreamMessage } from './eventStream.ts';

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
    const onMessage = (message: StreamMessage) => {
      const event = parseMessage(message, ServerEvent);
      if (event !== undefined) {
        latest.current.onEvent(event);
      }
    };
    readEventStream(endpoints.events(), { onMessage, signal: stop.signal }).then(pollInstead, pollInstead);
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }, [pollMs]);
}
