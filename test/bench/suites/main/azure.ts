import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Five minutes: the spacing of the readings. */
export const azureStepMs = 300_000;
/** Readings in a day. */
export const azureDay = 288;

/**
 * CPU of 78 Azure VMs, one Float64Array of 8,400 averages in percent for each.
 * @throws Error that names the public source when the file is missing
 */
export function readAzure(dataDir: string): Float64Array[] {
  const file = path.join(dataDir, 'azure-vm-cpu', 'periodic_avg_78.csv.gz');
  if (!existsSync(file)) {
    throw new Error(
      `${file} is missing: it holds 78 VMs of the Azure Public Dataset V1 (CC BY 4.0), as in the R data sets of carlonlv/DataCenterSim; name the folder with --data`
    );
  }
  const [header, ...lines] = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
  const columns = (header ?? '').split(',').map(() => new Float64Array(lines.length));
  lines.forEach((line, row) => {
    line.split(',').forEach((cell, column) => {
      const values = columns[column];
      if (values !== undefined) {
        values[row] = Number(cell);
      }
    });
  });
  return columns;
}
