import { detect, type Detection, type DetectOptions } from '../detection/detect.ts';
import { messageOf } from '../errors.ts';
import type { RegularSeries } from '../timeseries/series.ts';

export interface DetectionTask {
  readonly series: RegularSeries;
  readonly options: DetectOptions;
}

/** An error's class does not survive the way between threads; its text does. */
export type DetectionReply =
  { readonly kind: 'done'; readonly detection: Detection } | { readonly kind: 'failed'; readonly message: string };

/** One series in a worker thread: what piscina calls. */
export function score({ series, options }: DetectionTask): DetectionReply {
  try {
    return { kind: 'done', detection: detect(series, options) };
  } catch (error) {
    return { kind: 'failed', message: messageOf(error) };
  }
}
