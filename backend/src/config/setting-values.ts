import { z } from 'zod';
import { parseDurationMs } from '../contract/duration.ts';
import { parseListenAddress } from './listen-address.ts';
import { parseSizeBytes } from './size.ts';

/** A key as a person writes it: what it means, its environment variable and how its default reads when it is computed. */
interface KeyMeta {
  readonly description: string;
  readonly env?: string;
  readonly shownType?: string;
  readonly shownDefault?: string;
}
/** Words of a key for the README's table and for errors. */
export const meta = (entry: KeyMeta) => ({ ...entry });

export const HttpUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    error: 'expected a URL that starts with http:// or https://',
  })
  .refine((text) => !URL.canParse(text) || new URL(text).username === '', {
    error: 'expected a URL without user and password: put them into "basic" with a passwordFile',
  });
export const Duration = (atLeastMs: number, atMostMs: number, range: string) => {
  const error = `expected a duration from ${range}, such as 30s`;
  return z.string({ error }).refine(
    (text) => {
      const ms = parseDurationMs(text);
      return ms !== undefined && ms >= atLeastMs && ms <= atMostMs;
    },
    { error }
  );
};
export const FilePath = z.string().min(1);
export const HeaderName = z.string().regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, { error: 'expected a header name' });
export const Listen = z.string().refine((text) => parseListenAddress(text) !== undefined, {
  error: 'expected an address and a port such as 127.0.0.1:9099, [::1]:9099 or 0.0.0.0:9099',
});
export const Network = z.string().regex(/^([0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)(\/[0-9]{1,3})?$/, {
  error: 'expected an address or a network such as 10.0.0.0/8',
});
export const Store = z
  .string()
  .refine((text) => !/^postgres(ql)?:/.test(text), {
    error: 'expected sqlite:/path/to/aiops.db: postgres:// is not in this version',
  })
  .refine((text) => /^postgres(ql)?:/.test(text) || /^sqlite:.+/.test(text), {
    error: 'expected sqlite:/path/to/aiops.db',
  });
export const Size = (atLeastBytes: number, least: string) => {
  const error = `expected a size of at least ${least}, such as 512MB or 2GB`;
  return z.string({ error }).refine((text) => (parseSizeBytes(text) ?? 0) >= atLeastBytes, { error });
};
