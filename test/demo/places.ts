import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');

export interface Ports {
  readonly prometheus: number;
  readonly alertmanager: number;
  readonly nodeExporter: number;
  readonly replay: number;
  readonly shop: number;
  readonly payment: number;
  readonly mailer: number;
  readonly backend: number;
  readonly host: number;
}

/** Everything the demo writes. */
export interface Folders {
  readonly state: string;
  readonly logs: string;
  readonly pictures: string;
}
