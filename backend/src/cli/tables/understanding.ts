/** One series as a file holds it: points in the file's order, not yet sorted. */
export interface FileSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly points: ReadonlyArray<{ readonly ms: number; readonly value: number }>;
  /** What values are in, when cells or the file say it. */
  readonly unit: string | undefined;
}

export interface BadRow {
  readonly line: number;
  readonly reason: string;
}

/** What a reader made of a file. `facts` are told to the person before anything else. */
export interface FileContent {
  readonly series: readonly FileSeries[];
  readonly facts: ReadonlyArray<readonly [string, string]>;
  readonly rowsRead: number;
  readonly badRows: readonly BadRow[];
}

/** What a person may say about a file where it can't speak for itself. */
export interface TableHints {
  readonly column?: string | undefined;
  readonly timeColumn?: string | undefined;
  /** IANA name, `UTC`, `local` or an offset. */
  readonly timeZone?: string | undefined;
  readonly dateOrder?: 'day-first' | 'month-first' | undefined;
  readonly decimal?: '.' | ',' | undefined;
}
