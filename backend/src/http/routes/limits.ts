/** A job is a few hundred bytes; room for long queries. */
export const jsonLimitBytes = 1_048_576;
/** 200,000 samples of a preview take some 8 MB of JSON. */
export const previewLimitBytes = 20 * 1_048_576;

export const readDeadlineMs = 15_000;
/** Asks a source once: its own deadline is 30 s by default. */
export const sourceDeadlineMs = 60_000;
export const previewDeadlineMs = 120_000;
