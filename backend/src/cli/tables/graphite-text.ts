import type { BadRow, FileContent, FileSeries } from './understanding.ts';

const rawLine = /^(.+),(\d+),(\d+),(\d+)\|(.*)$/;

/** Whether a text is Graphite's `format=raw`: `target,start,end,step|v1,v2,None`. */
export function isGraphiteRaw(text: string): boolean {
  return rawLine.test(text.trimStart().split(/\r?\n/, 1)[0] ?? '');
}

/** Series of Graphite's raw format; `None` is a gap. */
export function readGraphiteRaw(text: string): FileContent {
  const badRows: BadRow[] = [];
  const series: FileSeries[] = [];
  text.split(/\r?\n/).forEach((line, i) => {
    const [, name = '', start, , step, values = ''] = rawLine.exec(line.trim()) ?? [];
    if (start === undefined) {
      if (line.trim() !== '') {
        badRows.push({ line: i + 1, reason: 'it is not "target,start,end,step|values"' });
      }
      return;
    }
    const points = values.split(',').map((text, k) => ({
      ms: (Number(start) + k * Number(step)) * 1_000,
      value: text === 'None' ? NaN : Number(text),
    }));
    series.push({ name, labels: {}, unit: undefined, points });
  });
  const rowsRead = series.reduce((sum, { points }) => sum + points.length, badRows.length);
  return { series, facts: [['format', 'Graphite raw, epoch s']], rowsRead, badRows };
}
