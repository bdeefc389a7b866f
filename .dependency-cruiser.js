/** The import rules of the architecture: a flow that reads one way. See ARCHITECTURE.md. */
const pure = '^backend/src/(contract|timeseries|errors|clock)';
export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'contract-imports-only-zod',
      severity: 'error',
      from: { path: '^backend/src/contract/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: ['^backend/src/contract/', 'node_modules/zod/'] },
    },
    {
      name: 'foundations-import-nothing-of-ours',
      severity: 'error',
      from: { path: '^backend/src/(timeseries|errors|clock)', pathNot: '\\.test\\.ts$' },
      to: { path: '^backend/src/', pathNot: pure },
    },
    {
      name: 'domains-know-no-door',
      comment: 'a domain folder never imports the doors (http, cli), the composition root or the environment reader',
      severity: 'error',
      from: {
        path: '^backend/src/(timeseries|datasources|forecasting|detection|capacity|jobs|facade|store)/',
        pathNot: '\\.test\\.ts$',
      },
      to: { path: '^backend/src/(http|cli|app|main)' },
    },
    {
      name: 'pure-maths-has-no-io',
      severity: 'error',
      from: {
        path: '^backend/src/(timeseries|detection|forecasting/models)/',
        pathNot: '(\\.test\\.ts|wasm\\.ts|prophet\\.ts|dlinear\\.ts|tensorflow\\.ts|augurs\\.ts)$',
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'plugin-sees-only-the-contract',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^backend/src/', pathNot: '^backend/src/contract/' },
    },
    {
      name: 'product-never-imports-tests',
      severity: 'error',
      from: { path: '^(src|backend/src)/', pathNot: '\\.test\\.tsx?$' },
      to: { path: '^test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|node_modules/(?!zod))' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.json'] },
  },
};
