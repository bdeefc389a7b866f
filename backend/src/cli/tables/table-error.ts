/** The file can't be used as it is: exit code 1. */
export class TableError extends Error {
  override readonly name = 'TableError';
}

/** Something that only the person can decide; the message names the flag: exit code 2. */
export class UndecidedError extends Error {
  override readonly name = 'UndecidedError';
}
