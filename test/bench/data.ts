import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Where a data set can be had when its folder is missing. */
const publicSources: Readonly<Record<string, string>> = {
  'azure-vm-cpu':
    '78 VMs of the Azure Public Dataset V1 (CC BY 4.0), as in the R data sets of carlonlv/DataCenterSim on GitHub, written as CSV',
  bizitobs:
    'BizITObs/BizITObservabilityData on GitHub (CDLA-Sharing-1.0), folder "Publication-wise/IAAI 2024", Application and L2C, gzipped',
  'cloud-monitoring':
    'microsoft/cloud-monitoring-dataset on GitHub (MIT), each CSV gzipped, with an index.csv of counts',
  'datacenter-traces':
    'alejandrofdez-us/DataCenter-Traces-Datasets on GitHub (CC BY 4.0, DOI 10.5281/zenodo.14564847), gzipped',
  ett: 'zhouhaoyi/ETDataset on GitHub (CC BY-ND 4.0), ETTm1 and ETTm2, gzipped',
  'fev-bench': 'result tables of autogluon/fev on GitHub (Apache-2.0), four tasks as one CSV',
  'gift-eval': 'result tables of SalesforceAIResearch/gift-eval on GitHub (Apache-2.0), 23 configurations as one CSV',
  'kpi-aiops2018':
    'NetManAIOps/KPI-Anomaly-Detection on GitHub (MIT), filled halves as in CSTCloudOps/datasets, as gzipped CSV with an index.csv',
  m4: 'Mcompetitions/M4-methods on GitHub, Hourly and Weekly, gzipped',
  nab: 'data, labels, config and results of numenta/NAB on GitHub (MIT), CSV gzipped, per-file score tables joined into one',
  'tsb-ad':
    'file lists and result tables of TheDatumOrg/TSB-AD on GitHub (Apache-2.0); series from numenta/NAB, CSTCloudOps/datasets and zhhlee/InterFusion',
  wsd: 'alumik/AnoTransfer-data on GitHub, filled halves as in CSTCloudOps/datasets, as gzipped CSV with an index.csv',
};

/**
 * Text of a data file, unpacked when its name ends in `.gz`.
 * @param file below the data folder, such as `m4/Hourly-test.csv.gz`
 * @throws Error that names the public source when the file is missing
 */
export function readData(dataDir: string, file: string): string {
  const full = path.join(dataDir, file);
  if (!hasData(dataDir, file)) {
    const source = publicSources[file.split('/')[0] ?? ''] ?? 'see the table of data sets in test/bench/data.ts';
    throw new Error(`${full} is missing. It comes from: ${source}. Name the folder that holds it with --data DIR.`);
  }
  const bytes = readFileSync(full);
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

export function hasData(dataDir: string, file: string): boolean {
  return existsSync(path.join(dataDir, file));
}

/** Rows of a CSV file as objects by its header; cells may be quoted and hold commas then. */
export function readTable(dataDir: string, file: string): Array<Readonly<Record<string, string>>> {
  const [header = [], ...rows] = parseCsv(readData(dataDir, file));
  return rows.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i] ?? ''])));
}

/** Cells of a CSV text, quotes taken off; line breaks inside of quotes are not expected. */
export function parseCsv(text: string): string[][] {
  return text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) =>
      line.includes('"')
        ? [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((m) =>
            (m[1] ?? m[2] ?? '').replaceAll('""', '"')
          )
        : line.split(',')
    );
}
