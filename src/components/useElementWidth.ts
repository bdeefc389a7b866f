import { useCallback, useRef, useState } from 'react';

/** Width of an element in pixels, followed as it changes; 0 until it is known. */
export function useElementWidth(): readonly [ref: (element: HTMLElement | null) => void, widthPx: number] {
  const [widthPx, setWidthPx] = useState(0);
  const observer = useRef<ResizeObserver | null>(null);
  const ref = useCallback((element: HTMLElement | null) => {
    observer.current?.disconnect();
    if (element === null) {
      return;
    }
    setWidthPx(Math.floor(element.getBoundingClientRect().width));
    observer.current = new ResizeObserver(([entry]) => {
      if (entry !== undefined) {
        setWidthPx(Math.floor(entry.contentRect.width));
      }
    });
    observer.current.observe(element);
  }, []);
  return [ref, widthPx];
}
