import { parseCsv, readData } from '../../data.ts';

/** Five minutes: the spacing of the readings. */
export const azureStepMs = 300_000;
/** Readings in a day. */
export const azureDay = 288;

/**
 * CPU of 78 Azure VMs, one Float64Array of 8,400 averages in percent for each.
 * @throws Error that names the public source when the file is missing
 */
export function readAzure(dataDir: string): Float64Array[] {
  const [header = [], ...rows] = parseCsv(readData(dataDir, 'azure-vm-cpu/periodic_avg_78.csv.gz'));
  return header.map((_, column) => Float64Array.from(rows, (row) => Number(row[column])));
}
