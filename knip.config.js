/** @type {import("knip").KnipConfig} What counts as used: everything that can be reached from these entries. */
const config = {
  workspaces: {
    '.': {
      entry: [
        'src/panels/*/module.tsx',
        'test/support/{bootstrap.mjs,run-tests.ts,readme-settings.ts}',
        'test/support/dashboards/*.ts',
        'test/bench/main.ts',
        'test/bench/anomalies/series-worker.ts',
        'test/bench/suites/*/*-probe.ts',
        'test/demo/{main,shop,service}.ts',
        'test/{bench,contract,integration}/**/*.test.ts',
        'test/e2e/*.{spec,config}.ts',
        'test/plugin-host/*.ts',
        'test/plugin-host/src/main.tsx',
      ],
      project: ['src/**/*.{ts,tsx}', 'test/**/*.{ts,tsx,mjs}', '*.{js,ts}'],
      // The host's sources are bundled against the packages of grafana-12 and grafana-13, which have their own lock files.
      ignoreUnresolved: [/^#grafana\//],
      ignoreDependencies: [
        'express',
        'supertest',
        'react-router-dom-v5-compat',
        /^systemjs/,
        'moment-timezone',
        'i18next',
        '@emotion/react',
        'd3',
        'jquery',
        'lodash',
        'moment',
        'react-redux',
        'redux',
        '@grafana/scenes',
      ],
      ignoreBinaries: ['prometheus', 'prometheus-alertmanager', 'promtool', 'openssl'],
    },
    backend: {
      entry: ['src/**/*-worker.ts', 'src/**/*.test.ts'],
      project: ['src/**/*.ts'],
    },
    'test/plugin-host/grafana-12': { ignoreDependencies: [/.*/] },
    'test/plugin-host/grafana-13': { ignoreDependencies: [/.*/] },
  },
  ignoreExportsUsedInFile: true,
};

// Knip reads the default export.
export default config;
