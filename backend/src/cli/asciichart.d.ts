declare module 'asciichart' {
  interface PlotOptions {
    readonly height?: number;
    readonly colors?: readonly string[];
    readonly format?: (value: number) => string;
  }
  export function plot(series: ReadonlyArray<readonly number[]>, options?: PlotOptions): string;
}
