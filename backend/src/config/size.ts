const unitBytes = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
} as const;

/** A size such as `512MB` or `2GiB` in bytes; undefined when it is not one. */
export function parseSizeBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)$/.exec(text.trim());
  const unit = match?.[2] ?? '';
  return match !== null && unit in unitBytes
    ? Math.round(Number(match[1]) * unitBytes[unit as keyof typeof unitBytes])
    : undefined;
}
