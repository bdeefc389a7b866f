import { readFile, stat } from 'node:fs/promises';
import { AppError, messageOf } from '../errors.ts';

/** A file with a secret or a certificate, read again only when its size or time changed: they are rotated under a running process. */
export class SecretFile {
  readonly #path: string;
  readonly #what: string;
  #stamp = '';
  #text = '';

  constructor(path: string, what: string) {
    this.#path = path;
    this.#what = what;
  }

  /** Its text. @throws AppError `config_invalid` when it can't be read */
  async read(): Promise<string> {
    try {
      const { mtimeMs, size, ino } = await stat(this.#path);
      const stamp = `${mtimeMs}/${size}/${ino}`;
      if (stamp !== this.#stamp) {
        this.#text = await readFile(this.#path, 'utf8');
        this.#stamp = stamp;
      }
    } catch (error) {
      const message = `the ${this.#what} ${this.#path} can't be read (${messageOf(error)}); check the path and its permissions`;
      throw new AppError('config_invalid', message, { cause: error });
    }
    return this.#text;
  }

  /** The one line that it holds. @throws AppError `config_invalid` when it can't be read, is empty or has more */
  async secret(): Promise<string> {
    const secret = (await this.read()).trim();
    if (secret === '' || /[\r\n\0]/.test(secret)) {
      const message = `the ${this.#what} ${this.#path} must hold one line of text; it is ${secret === '' ? 'empty' : 'longer'}`;
      throw new AppError('config_invalid', message);
    }
    return secret;
  }
}
