/** Whether a text is InfluxDB's annotated CSV: `#datatype`, `#group`, `#default` lines before each table. */
export function isInfluxCsv(text: string): boolean {
  return (
    /^\uFEFF?#(?:datatype|group|default),/m.test(text.slice(0, 2_000)) || /^,result,table,/m.test(text.slice(0, 2_000))
  );
}

/**
 * Blanks what annotated CSV repeats for each of its tables (annotations and headers), so that one table with one header
 * is left and line numbers stay true. Tables of another shape than the first keep their header and end as bad rows.
 */
export function plainInfluxCsv(text: string): string {
  let header: string | undefined;
  const lines = text.split(/\r?\n/).map((line) => {
    if (line.startsWith('#')) {
      return '';
    }
    const isHeader = line.startsWith(',result,table,');
    if (isHeader && header === undefined) {
      header = line;
      return line;
    }
    return isHeader && line === header ? '' : line;
  });
  return lines.join('\n');
}
