/** Server-sent events that the page under test reads while it is open; the stream stays open after them. */
export function stream(...events: readonly object[]): void {
  const text = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
  globalThis.fetch = jest.fn(() => Promise.resolve({ ok: true, body: streamOf(text) } as Response));
}

function streamOf(text: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
    },
  });
}
