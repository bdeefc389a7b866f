/** What browsers have and jsdom lacks; runs before any module is loaded. */
import { TextDecoder, TextEncoder } from 'node:util';
import { ReadableStream, TextDecoderStream, TransformStream } from 'node:stream/web';

Object.assign(globalThis, { TextDecoder, TextEncoder, ReadableStream, TransformStream, TextDecoderStream });

const size = { width: 800, height: 400, top: 0, left: 0, right: 800, bottom: 400, x: 0, y: 0 };

class ResizeObserverStub {
  readonly #callback: ResizeObserverCallback;
  constructor(callback: ResizeObserverCallback) {
    this.#callback = callback;
  }
  observe(target: Element) {
    const contentRect = { ...size, toJSON: () => size };
    const box = [{ inlineSize: size.width, blockSize: size.height }];
    const entry = {
      target,
      contentRect,
      borderBoxSize: box,
      contentBoxSize: box,
      devicePixelContentBoxSize: box,
    };
    this.#callback([entry], this);
  }
  unobserve() {
    return undefined;
  }
  disconnect() {
    return undefined;
  }
}

class IntersectionObserverStub {
  observe() {
    return undefined;
  }
  unobserve() {
    return undefined;
  }
  disconnect() {
    return undefined;
  }
}

Object.assign(globalThis, { ResizeObserver: ResizeObserverStub, IntersectionObserver: IntersectionObserverStub });
Element.prototype.getBoundingClientRect = () => ({ ...size, toJSON: () => size });
Element.prototype.scrollIntoView = () => undefined;
Object.defineProperty(HTMLElement.prototype, 'offsetWidth', { value: size.width });
Object.defineProperty(HTMLElement.prototype, 'offsetHeight', { value: size.height });
globalThis.matchMedia = (query: string) =>
  Object.assign(new EventTarget(), {
    matches: false,
    media: query,
    onchange: null,
    addListener: () => undefined,
    removeListener: () => undefined,
  });
