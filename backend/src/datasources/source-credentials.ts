import { SecretFile } from './secret-file.ts';
import type { SourceSettings, SourceTls } from './source-settings.ts';

/** PEM texts for a TLS connection, as `tls.connect` takes them. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized: boolean;
}

/** The part of a server's settings that says who we are. */
export type CredentialSettings = Pick<SourceSettings, 'bearerTokenFile' | 'basic' | 'tls' | 'headers'>;

/** What a source proves itself with; everything secret comes from files and stays in here. */
export class SourceCredentials {
  readonly #settings: CredentialSettings;
  readonly #files = new Map<string, SecretFile>();
  #secrets: readonly string[] = [];

  constructor(settings: CredentialSettings) {
    this.#settings = settings;
    this.#secrets = Object.values(settings.headers ?? {});
  }

  /** Headers of one request: own headers and Authorization. @throws AppError `config_invalid` for an unreadable or empty file */
  async headers(): Promise<Record<string, string>> {
    const { bearerTokenFile, basic, headers } = this.#settings;
    const own = Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
    if (bearerTokenFile !== undefined) {
      const token = await this.#secret(bearerTokenFile, 'bearer token file');
      this.#secrets = [...Object.values(own), token];
      return { ...own, authorization: `Bearer ${token}` };
    }
    if (basic !== undefined) {
      const password = await this.#secret(basic.passwordFile, 'password file');
      const pair = Buffer.from(`${basic.user}:${password}`).toString('base64');
      this.#secrets = [...Object.values(own), password, pair];
      return { ...own, authorization: `Basic ${pair}` };
    }
    return own;
  }

  /** Certificates and keys as they are on disk now; undefined when nothing about TLS is set. */
  async tls(): Promise<TlsMaterial | undefined> {
    const tls = this.#settings.tls;
    return tls === undefined ? undefined : await this.#material(tls);
  }

  /** A text of the server's without what must not be told on. */
  redact(text: string): string {
    // Short header values such as "1" are no secrets and would blank out half of a message.
    const secrets = this.#secrets.filter((secret) => secret.length >= 6);
    return secrets.reduce((safe, secret) => safe.replaceAll(secret, '***'), text);
  }

  async #material(tls: SourceTls): Promise<TlsMaterial> {
    const pem = async (path: string | undefined, what: string) =>
      path === undefined ? undefined : await this.#file(path, what).read();
    const ca = await pem(tls.caFile, 'CA file');
    const cert = await pem(tls.certFile, 'client certificate');
    const key = await pem(tls.keyFile, 'client key');
    return {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(tls.serverName !== undefined && { servername: tls.serverName }),
      rejectUnauthorized: tls.insecureSkipVerify !== true,
    };
  }

  async #secret(path: string, what: string): Promise<string> {
    return await this.#file(path, what).secret();
  }

  #file(path: string, what: string): SecretFile {
    const known = this.#files.get(path) ?? new SecretFile(path, what);
    this.#files.set(path, known);
    return known;
  }
}
